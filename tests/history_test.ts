/**
 * SAG and SAGA against their definition, with tables of whole densities in float64.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createBall } from "../lib/ball.ts";
import type { Objective } from "../lib/objective.ts";
import { createOptimizer } from "../lib/optimizers/registry.ts";
import { stateBytes } from "../lib/optimizers/state_bytes.ts";
import { createRandom } from "../lib/random.ts";

const M = 6, RADIUS = 1.7, UNIT = 0.5, BLOCKS = 3;
const frequencies = Array.from(
  { length: M ** 3 },
  (_, i) =>
    [i % M, Math.floor(i / M) % M, Math.floor(i / M / M)].map((k) => k <= M / 2 ? k : k - M),
).filter((k) => Math.hypot(...k) < RADIUS + 0.5);

/** What of a density is within |k| < r + 1/2, summed up term by term. */
function cut(voxels: ArrayLike<number>): Float64Array {
  const out = new Float64Array(M ** 3);
  for (const [kx, ky, kz] of frequencies) {
    const phase = (i: number) =>
      2 * Math.PI * (kx * (i % M) + ky * (Math.floor(i / M) % M) + kz * Math.floor(i / M / M)) / M;
    let re = 0, im = 0;
    for (let i = 0; i < M ** 3; i++) {
      re += voxels[i] * Math.cos(phase(i)), im -= voxels[i] * Math.sin(phase(i));
    }
    for (let i = 0; i < M ** 3; i++) {
      out[i] += (re * Math.cos(phase(i)) - im * Math.sin(phase(i))) / M ** 3;
    }
  }
  return out;
}

/** The step's direction of block j with the data's gradient g, a table of y_j or nothing. */
type Direction = (table: (Float64Array | undefined)[], j: number, g: Float64Array) => Float64Array;

const mean = (rows: Float64Array[]) =>
  rows[0].map((_, i) => rows.reduce((s, r) => s + r[i], 0) / rows.length);
const seen = (table: (Float64Array | undefined)[]) => table.filter((y) => y !== undefined);
const directions: Record<string, Direction> = {
  sag(table, j, g) {
    table[j] = g;
    return mean(seen(table));
  },
  saga(table, j, g) {
    const old = table[j], average = old && mean(seen(table));
    table[j] = g;
    return old === undefined ? g : g.map((v, i) => v - old[i] + average![i]);
  },
};

/** Blocks in an order that shows one twice before another is seen. */
const ORDER = [1, 1, 0, 2, 0, 1, 2, 2, 0, 1, 0, 2];

for (const [name, direction] of Object.entries(directions)) {
  Deno.test(`${name} is its definition, with a table of densities`, async () => {
    const random = createRandom(8, name),
      noise = () => new Float32Array(M ** 3).map(() => random.normal());
    const optimizer = createOptimizer(name, { learningRate: "steps:0=0.5,5=0.25" });
    const voxels = noise(), state = optimizer.init(voxels);
    const table: (Float64Array | undefined)[] = new Array(BLOCKS).fill(undefined);
    for (const [t, index] of ORDER.entries()) {
      const gradient = noise(), priorGradient = noise().map((v) => 0.3 * v);
      const objective: Objective = {
        batchSize: 1,
        unit: UNIT,
        radius: RADIUS,
        block: { index, count: BLOCKS },
        evaluate: () => Promise.resolve({ value: 0, gradient, priorGradient }),
        value: () => Promise.reject(new Error("not asked for")),
      };
      const change = await optimizer.step(voxels, state, objective, t);
      const data = cut(gradient.map((g, i) => g - priorGradient[i]));
      const along = direction(table, index, data), eta = UNIT * (t < 5 ? 0.5 : 0.25);
      // coefficients are rounded to float32, 216 of them add up to a voxel of size 1; so is the change
      const tolerance = eta * 2 ** -23 * 8;
      along.forEach((a, i) =>
        assert.ok(Math.abs(change[i] + eta * (a + priorGradient[i])) < tolerance, `t ${t}: ${i}`)
      );
    }
  });

  Deno.test(`${name} comes to rest where no block alone would, at a constant rate`, async () => {
    const random = createRandom(9, name), ball = createBall(M, RADIUS);
    const smooth = () =>
      ball.unpack(ball.pack(new Float32Array(M ** 3).map(() => random.normal())));
    const minima = Array.from({ length: 5 }, smooth);
    const wanted = mean(minima.map((v) => Float64Array.from(v)));
    const optimizer = createOptimizer(name, { learningRate: 0.1 });
    let voxels = smooth();
    const state = optimizer.init(voxels), zero = new Float32Array(M ** 3);
    for (let t = 0; t < 400; t++) {
      const index = t % 5;
      const change = await optimizer.step(voxels, state, {
        batchSize: 1,
        unit: 1, // f_j = |theta - m_j|^2 / 2
        radius: RADIUS,
        block: { index, count: 5 },
        evaluate: (v) =>
          Promise.resolve({
            value: 0,
            gradient: v.map((x, i) => x - minima[index][i]),
            priorGradient: zero,
          }),
        value: () => Promise.resolve(0),
      }, t);
      voxels = voxels.map((v, i) => v + change[i]);
    }
    // gradient descent would go on by a tenth of the way to each minimum in turn
    const error = Math.hypot(...voxels.map((v, i) => v - wanted[i]));
    assert.ok(error < 1e-5 * Math.hypot(...wanted), `${error}`);
    // five blocks of half a ball's coefficients in float32, their sum in float64, and a number
    assert.equal(stateBytes(state), 5 * 8 * ball.count + 16 * ball.count + 8);
  });

  Deno.test(`${name} asks for blocks, and says so if there are none`, async () => {
    const optimizer = createOptimizer(name), voxels = new Float32Array(M ** 3);
    assert.equal(optimizer.blocks, true);
    await assert.rejects(
      () =>
        optimizer.step(voxels, optimizer.init(voxels), {
          batchSize: 1,
          unit: 1,
          evaluate: () => Promise.resolve({ value: 0, gradient: voxels }),
          value: () => Promise.resolve(0),
        }, 0),
      /^TypeError: Cannot keep a table of gradients: the objective has no block or no radius$/,
    );
  });
}
