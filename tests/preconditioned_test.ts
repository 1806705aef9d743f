import assert from "node:assert/strict";
import type { Objective } from "../lib/objective.ts";
import { preconditioned } from "../lib/optimizers/preconditioned.ts";
import { createRandom } from "../lib/random.ts";
import { constant, steps } from "../lib/schedule.ts";

const M = 6, RADIUS = 2;
const K = [0, 1, 2, 3, -2, -1];

/** The transform of the grid summed up term by term, f indexed [z, y, x], k as in K. */
function transformOf(f: ArrayLike<number>, kx: number, ky: number, kz: number): [number, number] {
  let re = 0, im = 0;
  for (let z = 0, i = 0; z < M; z++) {
    for (let y = 0; y < M; y++) {
      for (let x = 0; x < M; x++, i++) {
        const angle = -2 * Math.PI * (kx * x + ky * y + kz * z) / M;
        re += f[i] * Math.cos(angle), im += f[i] * Math.sin(angle);
      }
    }
  }
  return [re, im];
}

/** All frequencies of the grid in the order of a Diagonal. */
const FREQUENCIES = K.flatMap((kz) => K.flatMap((ky) => K.map((kx) => [kx, ky, kz] as const)));

/** A diagonal as the deposit leaves it: the same at k and -k, anisotropic. */
function randomDiagonal(seed: number): Float32Array {
  const random = createRandom(seed, "diagonal");
  const values = new Float32Array(M ** 3);
  FREQUENCIES.forEach(([x, y, z], i) => {
    const mate = [z, y, x].reduce((at, k) => at * M + (M - k) % M, 0);
    values[i] = mate < i ? values[mate] : 0.5 + 4 * random.uniform();
  });
  return values;
}

function objectiveOf(gradient: Float32Array, values?: Float32Array): Objective {
  return {
    batchSize: 1,
    unit: 123, // which does not matter
    evaluate(_voxels, options) {
      assert.equal(options?.diagonal, true);
      return Promise.resolve({
        value: 0,
        gradient: gradient.slice(),
        ...values && { diagonal: { values, radius: RADIUS } },
      });
    },
    value: () => Promise.reject(new Error("not asked for")),
  };
}

/** -eta F^-1 [ F(g) / (H + delta shellmean(H)) ] for |k| < r + 1/2, written out. */
function stepOf(gradient: Float32Array, h: readonly number[], eta: number, delta: number) {
  const shell = FREQUENCIES.map((k) => Math.round(Math.hypot(...k)));
  const mean = (s: number) => {
    const own = h.filter((_, i) => shell[i] === s);
    return own.reduce((a, b) => a + b, 0) / own.length;
  };
  const change = new Float64Array(M ** 3);
  FREQUENCIES.forEach(([kx, ky, kz], i) => {
    if (Math.hypot(kx, ky, kz) >= RADIUS + 0.5) return;
    const [re, im] = transformOf(gradient, kx, ky, kz);
    const factor = -eta / (h[i] + delta * mean(shell[i])) / M ** 3;
    for (let z = 0, at = 0; z < M; z++) {
      for (let y = 0; y < M; y++) {
        for (let x = 0; x < M; x++, at++) {
          const angle = 2 * Math.PI * (kx * x + ky * y + kz * z) / M;
          change[at] += factor * (re * Math.cos(angle) - im * Math.sin(angle));
        }
      }
    }
  });
  return change;
}

Deno.test("three steps are the formula's, H their average of weights 0.1 and 0.9, corrected for its start", async () => {
  const rates = [0.6, 0.3, 0.2], dampings = [0.1, 0.5, 0];
  const optimizer = preconditioned({
    learningRate: steps({ values: rates.map((rate, t) => [t, rate] as const) }),
    damping: steps({ values: dampings.map((d, t) => [t, d] as const) }),
  });
  const random = createRandom(2), voxels = new Float32Array(M ** 3).map(() => random.normal());
  const given = voxels.slice(), state = optimizer.init(voxels);
  const diagonals = [1, 2, 3].map(randomDiagonal);
  for (let t = 0; t < 3; t++) {
    const gradient = new Float32Array(M ** 3).map(() => random.normal());
    const change = await optimizer.step(voxels, state, objectiveOf(gradient, diagonals[t]), t);
    const weights = diagonals.slice(0, t + 1).map((_, i) => 0.9 ** (t - i));
    const sum = weights.reduce((a, b) => a + b, 0);
    const h = FREQUENCIES.map((_, i) =>
      weights.reduce((s, w, d) => s + w * diagonals[d][i], 0) / sum
    );
    const wanted = stepOf(gradient, h, rates[t], dampings[t]);
    const largest = wanted.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    assert.ok(largest > 0.01);
    // H is kept in float32, rounded once a step: 2^-24 of it each; the change is rounded once.
    const tolerance = (t + 2) * 2 ** -23 * largest;
    wanted.forEach((w, i) => assert.ok(Math.abs(change[i] - w) < tolerance, `t ${t}, voxel ${i}`));
  }
  assert.deepEqual(voxels, given);
});

Deno.test("with damping 0 and rate 1 the step undoes H: the gradient of a quadratic is taken back whole", async () => {
  const random = createRandom(6), values = randomDiagonal(9);
  // a density of |k| < r + 1/2, and H times it
  const noise = new Float32Array(M ** 3).map(() => random.normal());
  const density = stepOf(noise, new Array<number>(M ** 3).fill(1), -1, 0);
  const gradient = stepOf(noise, [...values].map((h) => 1 / h), -1, 0);
  const optimizer = preconditioned({
    learningRate: constant({ value: 1 }),
    damping: constant({ value: 0 }),
  });
  const voxels = new Float32Array(M ** 3), state = optimizer.init(voxels);
  const objective = objectiveOf(Float32Array.from(gradient), values);
  const change = await optimizer.step(voxels, state, objective, 0);
  // The gradient was rounded to float32: 216 voxels' rounding 2^-24 max|g|, over H >= 0.5.
  const largest = gradient.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const tolerance = Math.sqrt(216) * 2 ** -24 * largest / 0.5;
  density.forEach((v, i) => assert.ok(Math.abs(change[i] + v) < tolerance, `${i}`));
});

Deno.test("the step holds nothing beyond r + 1/2, all within, and nothing in a shell never seen", async () => {
  const random = createRandom(7), gradient = new Float32Array(M ** 3).map(() => random.normal());
  const shell = FREQUENCIES.map((k) => Math.round(Math.hypot(...k)));
  // Shell 1 was never seen; of shell 2 a single frequency was not, which damping makes up for.
  const unseen = FREQUENCIES.findIndex(([x, y, z]) => x === 2 && y === 0 && z === 0);
  const values = randomDiagonal(4).map((h, i) => shell[i] === 1 || i === unseen ? 0 : h);
  const optimizer = preconditioned(), voxels = new Float32Array(M ** 3);
  const state = optimizer.init(voxels);
  const change = await optimizer.step(voxels, state, objectiveOf(gradient, values), 0);
  // What rounding 216 voxels to float32 can add to a frequency.
  const noise = 216 * 2 ** -24 * change.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  FREQUENCIES.forEach((k, i) => {
    const size = Math.hypot(...transformOf(change, ...k));
    const empty = Math.hypot(...k) >= RADIUS + 0.5 || shell[i] === 1;
    assert.ok(empty ? size < noise : size > 100 * noise, `${k}: ${size} ${noise}`);
  });
});

Deno.test("without a diagonal there is no step, and the error says so", async () => {
  const optimizer = preconditioned(), voxels = new Float32Array(M ** 3);
  await assert.rejects(
    () => optimizer.step(voxels, optimizer.init(voxels), objectiveOf(voxels), 0),
    /^TypeError: Cannot precondition: the objective has no diagonal$/,
  );
});
