import assert from "node:assert/strict";
import { tonga } from "../lib/optimizers/tonga.ts";
import { createRandom } from "../lib/random.ts";
import { constant } from "../lib/schedule.ts";
import {
  distance,
  gradientsInTurn,
  inner,
  type Matrix,
  matrix,
  shifted,
  solve,
  spectralNorm,
} from "./dense_oracle.ts";

const at = (value: number) => constant({ value });
const n = 30, gamma = 0.9, damping = 0.2;

/** Gradients that share a direction and shrink, as those of a descent do. */
function someGradients(count: number): Float32Array[] {
  const random = createRandom(3, "gradients"),
    common = Array.from({ length: n }, () => random.normal());
  return Array.from(
    { length: count },
    (_, t) => Float32Array.from(common, (c) => (0.3 * c + random.normal()) / (1 + 0.02 * t)),
  );
}

const outer = (g: ArrayLike<number>) => matrix(n, (i, j) => g[i] * g[j]);
const combination = (a: number, x: Matrix, b: number, y: Matrix) =>
  matrix(n, (i, j) => a * x[i][j] + b * y[i][j]);
const none = matrix(n, () => 0);

/** Runs over the gradients; calls back with what is explicit and what TONGA has after each. */
async function run(
  { rank = 20, period = 20, count }: { rank?: number; period?: number; count: number },
  each: (
    at: {
      t: number;
      gradient: Float32Array;
      covariance: Matrix;
      change: Float32Array;
      state: { columns: Float32Array[]; gram: Float64Array; trace: number };
    },
  ) => void,
) {
  const gradients = someGradients(count), objective = gradientsInTurn(gradients, 0.5);
  const optimizer = tonga({
    learningRate: at(2),
    damping: at(damping),
    forgetting: at(gamma),
    rank,
    period,
  });
  const voxels = new Float32Array(n), state = optimizer.init(voxels);
  let covariance = none;
  for (const [t, gradient] of gradients.entries()) {
    const change = await optimizer.step(voxels, state, objective, t);
    covariance = combination(gamma, covariance, 1, outer(gradient));
    each({ t, gradient, covariance, change, state });
  }
  assert.equal(objective.gradients, count);
  assert.equal(objective.values, 0);
}

/** Columns are rounded to float32 every time they are shrunk, and once when they are combined. */
const ROUNDING = 40 * 2 ** -24;

Deno.test("before anything is dropped TONGA steps along (I + C / lambda)^-1 g of the explicit C", async () => {
  await run({ count: 40 }, ({ t, gradient, covariance, change }) => {
    const trace = covariance.reduce((s, row, i) => s + row[i], 0), lambda = damping * trace;
    const scaled = covariance.map((row) => row.map((v) => v / lambda));
    // rate 2 times unit 0.5
    const wanted = solve(shifted(scaled, 1), gradient).map((v) => -v);
    // (I + C / lambda) is between 1 and 1 + 1 / damping; C is off by two roundings of its columns.
    const bound = 2 * ROUNDING * (1 + 1 / damping) * Math.hypot(...gradient);
    assert.ok(distance(change, wanted) < bound, `iteration ${t}`);
  });
});

Deno.test("with all axes kept TONGA never departs from the explicit C", async () => {
  await run({ rank: n, period: 5, count: 70 }, ({ t, gradient, covariance, change, state }) => {
    const trace = covariance.reduce((s, row, i) => s + row[i], 0), lambda = damping * trace;
    const scaled = covariance.map((row) => row.map((v) => v / lambda));
    const wanted = solve(shifted(scaled, 1), gradient).map((v) => -v);
    const bound = 2 * ROUNDING * (1 + 1 / damping) * Math.hypot(...gradient);
    assert.ok(distance(change, wanted) < bound, `iteration ${t}`);
    assert.ok(state.columns.length < n + 5);
  });
});

Deno.test("what is dropped from C is at most the eigenvalue behind the last that is kept, shrinking since", async () => {
  const rank = 6, period = 9;
  let before: Matrix = none, allowed = 0, recompressed = 0;
  await run({ rank, period, count: 60 }, ({ t, gradient, covariance, state }) => {
    const kept = matrix(n, (i, j) => state.columns.reduce((s, x) => s + x[i] * x[j], 0));
    const full = combination(gamma, before, 1, outer(gradient));
    const size = spectralNorm(covariance), drop = spectralNorm(combination(1, full, -1, kept));
    allowed *= gamma;
    if (t >= rank && state.columns.length === rank) {
      recompressed++;
      // The shortest axis that stays is at least as long as the longest that goes.
      const shortest = inner(state.columns[rank - 1], state.columns[rank - 1]);
      assert.ok(drop > 1e-3 * size && drop <= shortest + 2 * ROUNDING * size);
      allowed += drop;
    } else assert.ok(drop <= 2 * ROUNDING * size);
    const error = spectralNorm(combination(1, covariance, -1, kept));
    assert.ok(error <= allowed + 4 * ROUNDING * size);
    // what goes stays in the trace
    const trace = covariance.reduce((s, row, i) => s + row[i], 0);
    assert.ok(Math.abs(state.trace - trace) <= ROUNDING * trace);
    before = kept;
  });
  assert.equal(recompressed, 1 + Math.floor((60 - rank - period) / period));
});

Deno.test("TONGA's Gram matrix is that of its columns, before and after they are recombined", async () => {
  await run({ rank: 6, period: 9, count: 50 }, ({ state: { columns, gram } }) => {
    assert.equal(gram.length, columns.length ** 2);
    const size = Math.max(...gram);
    columns.forEach((x, i) =>
      columns.forEach((y, j) =>
        assert.ok(Math.abs(gram[i * columns.length + j] - inner(x, y)) <= 2 * ROUNDING * size)
      )
    );
  });
});

Deno.test("each of TONGA's numbers changes what it does", async () => {
  const end = async (options: Parameters<typeof tonga>[0]) => {
    const gradients = someGradients(30), objective = gradientsInTurn(gradients, 0.5);
    const optimizer = tonga({ rank: 4, period: 4, ...options }), voxels = new Float32Array(n);
    const state = optimizer.init(voxels);
    let change = voxels;
    for (let t = 0; t < 30; t++) {
      change = await optimizer.step(voxels, state, objective, t) as never;
    }
    return change;
  };
  const usual = await end({});
  for (
    const options of [
      { learningRate: at(1) },
      { damping: at(0.3) },
      { forgetting: at(0.9) },
      { rank: 3 },
      { period: 3 },
    ]
  ) assert.notDeepEqual(await end(options), usual, JSON.stringify(options));
});

Deno.test("no gradient at all is no step", async () => {
  const optimizer = tonga(), voxels = Float32Array.of(1, 2), state = optimizer.init(voxels);
  const objective = gradientsInTurn([[0, 0], [0, 0], [3, 4]], 1);
  for (const t of [0, 1]) {
    assert.deepEqual([...await optimizer.step(voxels, state, objective, t)], [0, 0]);
  }
  const change = await optimizer.step(voxels, state, objective, 2);
  assert.ok(change[0] < 0 && change[1] < 0);
});
