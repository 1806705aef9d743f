/**
 * What each optimizer's own step costs beside its evaluations: the objective is a diagonal quadratic that
 * takes one pass over the voxels, `objective` in the list, and the state has been filled by 60 steps.
 *
 * `deno bench --allow-read bench/optimizers_bench.ts`. Work grids of 32^3 and 48^3 voxels, which hold
 * bands of 10 and 16 Fourier pixels.
 *
 * @module
 */
import type { Objective } from "../lib/objective.ts";
import { createOptimizer, optimizers } from "../lib/optimizers/registry.ts";
import { createRandom } from "../lib/random.ts";

/** Steps before the clock starts: history and covariance are full, running averages have settled. */
const WARM_UP = 60;
/** Blocks that minibatches come back in: 2,000 images by 100. */
const BLOCKS = 20;

/** f(x) = x . (a x) / 2 - b . x, b a little different in each minibatch; nothing is computed beside. */
function freeObjective(m: number, radius: number): (t: number) => Objective {
  const random = createRandom(0, "free objective");
  const a = Float32Array.from({ length: m ** 3 }, () => 0.1 + 0.9 * random.uniform());
  const b = Float32Array.from({ length: m ** 3 }, () => random.normal());
  const none = new Float32Array(m ** 3), values = new Float32Array(m ** 3).fill(1);
  const gradientAt = (x: Float32Array, push: number) => {
    const g = new Float32Array(x.length);
    for (let i = 0; i < g.length; i++) g[i] = a[i] * x[i] - push * b[i];
    return g;
  };
  const valueAt = (x: Float32Array, push: number) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i] * (a[i] * x[i] / 2 - push * b[i]);
    return sum;
  };
  return (t) => {
    const push = 1 + 0.1 * Math.sin(t);
    return {
      batchSize: 100,
      unit: 1,
      radius,
      block: { index: t % BLOCKS, count: BLOCKS },
      evaluate: (x, { diagonal, priorGradient, halves, product } = {}) =>
        Promise.resolve({
          value: 0,
          gradient: gradientAt(x, push),
          ...diagonal && { diagonal: { values, radius } },
          ...priorGradient && { priorGradient: none },
          ...halves && { halves: [gradientAt(x, 0.9 * push), gradientAt(x, 1.1 * push)] as const },
          ...product && { product: (v) => Promise.resolve(v.map((w, i) => a[i] * w)) },
        }),
      value: (x) => Promise.resolve(valueAt(x, push)),
    };
  };
}

for (const { m, radius } of [{ m: 32, radius: 10 }, { m: 48, radius: 16 }]) {
  const group = `M = ${m}`, objectiveAt = freeObjective(m, radius);
  const start = new Float32Array(m ** 3).fill(0.1);
  Deno.bench(`objective, ${group}`, { group, baseline: true }, async () => {
    await objectiveAt(0).evaluate(start);
  });
  for (const name of Object.keys(optimizers)) {
    const optimizer = createOptimizer(name), voxels = start.slice();
    let state = optimizer.init(voxels), t = 0;
    const step = async () => {
      const change = await optimizer.step(voxels, state, objectiveAt(t), t);
      for (let i = 0; i < voxels.length; i++) voxels[i] += change[i];
      t++;
    };
    Deno.bench(`${name}, ${group}`, { group, n: 40, warmup: 5 }, async (b) => {
      if (t === 0) {
        state = optimizer.init(voxels);
        while (t < WARM_UP) await step();
      }
      b.start();
      await step();
      b.end();
    });
  }
}
