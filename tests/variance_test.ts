/**
 * vSGD and VDAM, which work on Fourier coefficients, against their formulas in float64.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createBall } from "../lib/ball.ts";
import type { ValueAndGradient } from "../lib/objective.ts";
import { createOptimizer } from "../lib/optimizers/registry.ts";
import { createRandom } from "../lib/random.ts";

const M = 6, RADIUS = 2, UNIT = 0.5, ITERATIONS = 12;
const wrap = (k: number) => k <= M / 2 ? k : k - M;
/** One of each k and -k within r + 1/2, and its place in a diagonal. */
const FREQUENCIES = Array.from({ length: M ** 3 }, (_, place) => ({
  place,
  k: [wrap(place % M), wrap(Math.floor(place / M) % M), wrap(Math.floor(place / M / M))],
})).filter(({ k }) => Math.hypot(...k) < RADIUS + 0.5 && (k.find((v) => v !== 0) ?? 1) > 0);
const shellOf = (k: readonly number[]) => Math.round(Math.hypot(...k));

type Complex = readonly [number, number];
const power = ([a, b]: Complex) => a * a + b * b;
const phaseOf = ([x, y, z]: readonly number[], i: number) =>
  2 * Math.PI * (x * (i % M) + y * (Math.floor(i / M) % M) + z * Math.floor(i / M / M)) / M;

function coefficients(voxels: ArrayLike<number>): Complex[] {
  return FREQUENCIES.map(({ k }) => {
    let re = 0, im = 0;
    for (let i = 0; i < M ** 3; i++) {
      re += voxels[i] * Math.cos(phaseOf(k, i)), im -= voxels[i] * Math.sin(phaseOf(k, i));
    }
    return [re, im];
  });
}

function density(packed: readonly Complex[]): Float64Array {
  return Float64Array.from({ length: M ** 3 }, (_, i) =>
    FREQUENCIES.reduce((sum, { k }, c) => {
      const [re, im] = packed[c], both = shellOf(k) === 0 ? 1 : 2;
      return sum +
        both * (re * Math.cos(phaseOf(k, i)) - im * Math.sin(phaseOf(k, i))) / M ** 3;
    }, 0));
}

/** Exponential averages of numbers kept in whole. */
const average = (values: readonly number[], beta: number) => {
  const weights = values.map((_, i) => beta ** (values.length - 1 - i));
  return values.reduce((s, v, i) => s + weights[i] * v, 0) / weights.reduce((a, b) => a + b, 0);
};

const random = createRandom(3, "variance");
const noise = (scale = 1) => new Float32Array(M ** 3).map(() => scale * random.normal());
const diagonalOf = () => new Float32Array(M ** 3).map(() => 0.5 + 2 * random.uniform());

async function follow(
  name: string,
  given: (t: number) => Partial<ValueAndGradient> & { gradient: Float32Array },
  wanted: (t: number) => Float64Array,
  settings: Record<string, number> = {},
) {
  const optimizer = createOptimizer(name, settings), voxels = noise();
  const state = optimizer.init(voxels);
  let moved = 0;
  for (let t = 0; t < ITERATIONS; t++) {
    const result = given(t);
    const change = await optimizer.step(voxels, state, {
      batchSize: 2,
      unit: UNIT,
      radius: RADIUS,
      evaluate: () => Promise.resolve({ value: 0, ...result }),
      value: () => Promise.reject(new Error("not asked for")),
    }, t);
    const step = wanted(t), largest = step.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
    // Averages are rounded to float32 at every iteration, 41 coefficients make a voxel; ratios of
    // averages double what is lost.
    const tolerance = (t + 4) * 2 ** -22 * largest;
    step.forEach((w, i) => assert.ok(Math.abs(w - change[i]) <= tolerance, `t ${t}: ${i}`));
    moved += largest;
  }
  assert.ok(moved > 0.01);
}

Deno.test("vsgd does what its formula says, coefficient by coefficient", async () => {
  const mean = noise(2), gradients: Complex[][] = [], curvatures: number[][] = [];
  const memory = FREQUENCIES.map(() => 1);
  let g: Float64Array[] = [], v: number[] = [], h: number[] = [];
  await follow("vsgd", () => {
    const gradient = mean.map((x) => x + random.normal()), values = diagonalOf();
    gradients.push(coefficients(gradient));
    curvatures.push(FREQUENCIES.map(({ place, k }) => {
      const shell = [...values].filter((_, i) =>
        shellOf([wrap(i % M), wrap(Math.floor(i / M) % M), wrap(Math.floor(i / M / M))]) ===
          shellOf(k)
      );
      return values[place] + 0.1 * shell.reduce((a, b) => a + b, 0) / shell.length;
    }));
    return { gradient, diagonal: { values, radius: RADIUS } };
  }, (t) => {
    const now = gradients[t], bend = curvatures[t];
    if (t === 0) g = now.map(() => new Float64Array(2)), v = now.map(() => 0), h = v.slice();
    return density(now.map(([re, im], i) => {
      const tau = memory[i];
      g[i][0] = (1 - 1 / tau) * g[i][0] + re / tau;
      g[i][1] = (1 - 1 / tau) * g[i][1] + im / tau;
      v[i] = (1 - 1 / tau) * v[i] + power([re, im]) / tau;
      h[i] = (1 - 1 / tau) * h[i] + bend[i] / tau;
      const ratio = power([g[i][0], g[i][1]]) / v[i];
      // five iterations of looking on
      memory[i] = t < 5 ? tau + 1 : (1 - ratio) * tau + 1;
      const eta = t < 5 ? 0 : 0.8 * ratio / h[i];
      return [-eta * re, -eta * im];
    }));
  }, { learningRate: 0.8 });
  assert.ok(Math.max(...memory) > 1.5 * Math.min(...memory)); // some coefficients agree, some do not
});

Deno.test("vdam does what its formula says, from all it was ever given", async () => {
  const mean = noise(), first: Complex[][] = [], other: Complex[][] = [];
  await follow("vdam", () => {
    const halves = [
      mean.map((x) => x + 0.5 * random.normal()),
      mean.map((x) => x + 0.5 * random.normal()),
    ] as const;
    first.push(coefficients(halves[0])), other.push(coefficients(halves[1]));
    return { gradient: mean, halves };
  }, () => {
    const all = FREQUENCIES.map((_, i) => i);
    const moment = (half: Complex[][], part: 0 | 1) =>
      all.map((i) => average(half.map((g) => g[i][part]), 0.8));
    const a = [moment(first, 0), moment(first, 1)], b = [moment(other, 0), moment(other, 1)];
    const n = all.map((i) =>
      average(
        first.map((g, t) => power([g[i][0] - other[t][i][0], g[i][1] - other[t][i][1]]) / 4),
        0.99,
      )
    );
    const gamma = Math.sqrt(n.reduce((x, y) => x + y, 0) / n.length);
    return density(all.map((i) => {
      const shell = all.filter((j) => shellOf(FREQUENCIES[j].k) === shellOf(FREQUENCIES[i].k));
      const sum = (u: number[][], v: number[][]) =>
        shell.reduce((s, j) => s + u[0][j] * v[0][j] + u[1][j] * v[1][j], 0);
      const F = Math.max(0, sum(a, b) / Math.sqrt(sum(a, a) * sum(b, b))), w = 2 * F / (1 + F);
      const factor = -UNIT * 0.7 * w * gamma / (Math.sqrt(n[i]) + 0.3 * gamma);
      return [factor * (a[0][i] + b[0][i]) / 2, factor * (a[1][i] + b[1][i]) / 2];
    }));
  }, { learningRate: 0.7, momentum: 0.8, forgetting: 0.99, delta: 0.3 });
});

Deno.test("vdam does not follow momentum that its halves do not share", async () => {
  const optimizer = createOptimizer("vdam"), voxels = noise(), state = optimizer.init(voxels);
  const shared = noise();
  const step = async (sign: number) => {
    const other = shared.map((v) => sign * v);
    const gradient = shared.map((v, i) => (v + other[i]) / 2);
    return await optimizer.step(voxels, optimizer.init(voxels), {
      batchSize: 2,
      unit: UNIT,
      radius: RADIUS,
      evaluate: () => Promise.resolve({ value: 0, gradient, halves: [shared, other] }),
      value: () => Promise.resolve(0),
    }, 0);
  };
  assert.ok((await step(-0.5)).every((v) => v === 0));
  assert.ok((await step(0.5)).some((v) => Math.abs(v) > 1e-3));
  assert.equal(state.firstShare, 0);
});

for (const name of ["vsgd", "vdam", "preconditioned"]) {
  Deno.test(`${name} at its defaults comes close to the minimum of a convex quadratic of a density`, async () => {
    const ball = createBall(M, RADIUS),
      h = new Float64Array(ball.count).map(() => 1 + 3 * random.uniform());
    const values = new Float32Array(M ** 3).fill(2);
    ball.places.forEach((place, i) => {
      const mate = [place % M, Math.floor(place / M) % M, Math.floor(place / M / M)]
        .map((v) => (M - v) % M).reduce((sum, v, a) => sum + v * M ** a, 0);
      values[place] = values[mate] = h[i];
    });
    const minimum = ball.unpack(ball.pack(noise()));
    let voxels = ball.unpack(ball.pack(noise()));
    const optimizer = createOptimizer(name), state = optimizer.init(voxels);
    const away = () => Math.hypot(...voxels.map((v, i) => v - minimum[i])), before = away();
    for (let t = 0; t < 400; t++) {
      const evaluate = (at: Float32Array) => {
        const error = ball.pack(at.map((v, i) => v - minimum[i]));
        const gradient = ball.unpack(error.map((c, i) => h[i >> 1] * c));
        const rough = ball.unpack(ball.pack(noise(0.1)));
        const halves = [
          gradient.map((g, i) => g + rough[i]),
          gradient.map((g, i) => g - rough[i]),
        ] as const;
        return Promise.resolve({
          value: 0,
          gradient,
          halves,
          diagonal: { values, radius: RADIUS },
        });
      };
      const change = await optimizer.step(voxels, state, {
        batchSize: 2,
        unit: 1 / 4,
        radius: RADIUS,
        evaluate,
        value: () => Promise.resolve(0),
      }, t);
      voxels = voxels.map((v, i) => v + change[i]);
    }
    assert.ok(away() < 0.02 * before, `${away()} of ${before}`);
  });
}

Deno.test("what vsgd and vdam need and do not get is named", async () => {
  const voxels = noise();
  const bare = {
    batchSize: 1,
    unit: 1,
    evaluate: () => Promise.resolve({ value: 0, gradient: voxels }),
    value: () => Promise.resolve(0),
  };
  const step = (name: string) => {
    const optimizer = createOptimizer(name);
    return optimizer.step(voxels, optimizer.init(voxels), bare, 0);
  };
  await assert.rejects(
    step("vsgd"),
    /^TypeError: Cannot adapt rates: the objective has no diagonal$/,
  );
  await assert.rejects(
    step("vdam"),
    /^TypeError: Cannot compare halves: the objective has no halves or no radius$/,
  );
  await assert.rejects(step("csgd"), /^TypeError: Cannot set the step: the objective has no diag/);
});
