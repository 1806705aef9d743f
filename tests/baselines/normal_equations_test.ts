import assert from "node:assert/strict";
import { createBackend } from "../../lib/backends.ts";
import { createBand } from "../../lib/band.ts";
import { applyGain, frequencies } from "../../lib/baselines/fourier_gain.ts";
import { solveNormalEquations } from "../../lib/baselines/normal_equations.ts";
import { signalPrior } from "../../lib/baselines/signal_prior.ts";
import { project } from "../../lib/project.ts";
import { createQuadrature } from "../../lib/quadrature/quadrature.ts";
import { createRandom } from "../../lib/random.ts";
import {
  distance,
  inner,
  type Matrix,
  matrix,
  solve,
  spectralNorm,
  times,
} from "../dense_oracle.ts";

const M = 6, band = createBand(8, 1.9), quadrature = createQuadrature(band);
const problem = { band, pixelSize: 4, workBox: M, quadrature };
const random = createRandom(0, "normal equations");
const grid = random.rotation();
const normal = (length: number) => Float64Array.from({ length }, () => random.normal());

/** P, a row for each real or imaginary part of a slice, a column for each voxel. */
function projector(): Matrix {
  const frames = quadrature.directions.frames.subarray(0, 9 * quadrature.directions.count / 2);
  const columns = Array.from({ length: M ** 3 }, (_, x) => {
    const voxels = new Float64Array(M ** 3);
    voxels[x] = 1;
    return project(voxels, { band, workBox: M, frames, grid });
  });
  return matrix(columns[0].length, () => 0).map((_, s) => columns.map((column) => column[s]));
}

/** The matrix of applyGain(). */
function gainMatrix(gain: Float64Array): Matrix {
  const columns = Array.from({ length: M ** 3 }, (_, x) => {
    const voxels = new Float64Array(M ** 3);
    voxels[x] = 1;
    return applyGain(voxels, gain);
  });
  return matrix(M ** 3, (i, j) => columns[j][i]);
}

const P = projector(), inside = frequencies(M).map((k) => k < band.radius + 0.5 ? 1 : 0);
const L = gainMatrix(inside);

/** L (P* W P + prior) L + (I - L) and L P* X: only what is inside is solved for. */
function densely(weight: Float64Array, numerator: Float64Array, prior: Float64Array) {
  const PL = P.map((row) => times(L, row)); // L is symmetric
  const C = gainMatrix(prior.map((v, i) => v * inside[i]));
  const A = matrix(M ** 3, (i, j) => C[i][j] + (i === j ? 1 : 0) - L[i][j]);
  for (let s = 0; s < PL.length; s++) {
    for (let i = 0; i < M ** 3; i++) {
      const w = weight[s] * PL[s][i];
      for (let j = 0; j < M ** 3; j++) A[i][j] += w * PL[s][j];
    }
  }
  const b = Array.from(
    { length: M ** 3 },
    (_, i) => PL.reduce((sum, row, s) => sum + row[i] * numerator[s], 0),
  );
  return { A, b };
}

Deno.test("applyGain() is symmetric and real, and a gain of 1 changes nothing", () => {
  const k = frequencies(M), gain = k.map((v) => Math.cos(v) + 2);
  const a = normal(M ** 3), b = normal(M ** 3);
  // 216 terms of size 3, rounded in float64
  assert.ok(Math.abs(inner(applyGain(a, gain), b) - inner(a, applyGain(b, gain))) < 1e-12);
  assert.ok(distance(applyGain(a, k.map(() => 1)), a) < 1e-13);
  assert.equal(k[0], 0);
  assert.equal(k[M ** 3 - 1], Math.hypot(1, 1, 1)); // -1, -1, -1
});

Deno.test("the map solves the normal equations: a dense solution of the same, whatever the last map", async () => {
  const weight = new Float64Array(P.length);
  for (let s = 0; s < P.length; s += 2) weight[s] = weight[s + 1] = 40 * random.uniform();
  const numerator = normal(P.length).map((v) => 100 * v);
  const prior = frequencies(M).map((k) => 20 + k * k);
  const { A, b } = densely(weight, numerator, prior);
  const expected = solve(A, b);
  await using backend = await createBackend("reference");
  await using session = await backend.open(problem);
  for (const last of [new Float32Array(M ** 3), Float32Array.from(normal(M ** 3))]) {
    const found = await solveNormalEquations(session, { weight, numerator }, last, {
      prior,
      grid,
      iterations: 60,
    });
    // Voxels and back-projections are rounded to float32, here at most a few times the size of the
    // solution: |A dx| < 8 * 2^-24 |A| |x|, and A is at least as large as the least prior, 20.
    const size = Math.hypot(...expected, ...last);
    const bound = 8 * 2 ** -24 * spectralNorm(A) * size / 20;
    assert.ok(bound < 1e-3 * Math.hypot(...expected), `it says something: ${bound}`);
    assert.ok(distance(found, expected) < bound, `${distance(found, expected)}, ${bound}`);
  }
});

Deno.test("stopped early, it is nearer the solution than the last map, in the norm of the equations", async () => {
  const weight = new Float64Array(P.length).fill(3), numerator = normal(P.length);
  const prior = frequencies(M).map(() => 0.1);
  const { A, b } = densely(weight, numerator, prior);
  const expected = solve(A, b);
  const last = Float32Array.from(times(L, normal(M ** 3)));
  const excess = (v: ArrayLike<number>) => {
    const d = expected.map((e, i) => v[i] - e);
    return inner(d, times(A, d));
  };
  await using backend = await createBackend("reference");
  await using session = await backend.open(problem);
  let before = excess(last);
  for (const iterations of [1, 2, 4]) {
    const options = { prior, grid, iterations };
    const now = excess(await solveNormalEquations(session, { weight, numerator }, last, options));
    assert.ok(now < 0.9 * before, `${iterations}: ${now}, ${before}`);
    before = now;
  }
});

Deno.test("what no image and no prior says anything about stays as it was; beyond r + 1/2 is nothing", async () => {
  const nothing = new Float64Array(P.length), last = Float32Array.from(normal(M ** 3));
  await using backend = await createBackend("reference");
  await using session = await backend.open(problem);
  const found = await solveNormalEquations(
    session,
    { weight: nothing, numerator: nothing },
    last,
    { prior: new Float64Array(M ** 3), grid },
  );
  assert.ok(distance(found, times(L, last)) < 2 ** -22 * Math.hypot(...last));
});

Deno.test("the prior is the last map's power by shell, none where it has none", () => {
  // A unit impulse at the origin has |U|^2 = 1 / M^3 everywhere.
  const impulse = new Float32Array(M ** 3);
  impulse[(M / 2 * M + M / 2) * M + M / 2] = 1;
  const k = frequencies(M);
  signalPrior(impulse, 4).forEach((p) => assert.ok(Math.abs(p / (M ** 3 / 4) - 1) < 1e-12));
  // A wave of height 1 along x has |U|^2 = M^3 / 4 at k = (+-1, 0, 0), two of the six within shell 1.
  const wave = Float32Array.from(
    { length: M ** 3 },
    (_, i) => Math.cos(2 * Math.PI * (i % M) / M),
  );
  const shell = k.filter((v) => Math.round(v) === 1).length;
  signalPrior(wave, 2).forEach((p, i) => {
    const expected = Math.round(k[i]) === 1 ? shell / (2 * 2 * M ** 3 / 4) : 0;
    assert.ok(Math.abs(p - expected) <= 1e-6 * expected, `${k[i]}: ${p}, ${expected}`);
  });
});
