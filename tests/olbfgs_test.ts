import assert from "node:assert/strict";
import { inverseHessianTimes, olbfgs } from "../lib/optimizers/olbfgs.ts";
import { createRandom } from "../lib/random.ts";
import { constant } from "../lib/schedule.ts";
import {
  distance,
  inner,
  type Matrix,
  matrix,
  product,
  quadraticObjective,
  shifted,
  solve,
  times,
  withEigenvalues,
} from "./dense_oracle.ts";

const at = (value: number) => constant({ value });
const n = 8, eigenvalues = [4, 3, 2, 1.5, 1, 0.5, 0.2, 0.1], unit = 1 / 4;
const random = createRandom(4, "olbfgs");
const A = withEigenvalues(eigenvalues, random), b = eigenvalues.map(() => random.normal());
const minimum = solve(A, b);

/** BFGS's update of an inverse Hessian, every matrix written out. */
function updated(h: Matrix, s: ArrayLike<number>, y: ArrayLike<number>): Matrix {
  const rho = 1 / inner(s, y);
  const v = matrix(n, (i, j) => (i === j ? 1 : 0) - rho * y[i] * s[j]);
  const transposed = matrix(n, (i, j) => v[j][i]);
  return product(product(transposed, h), v).map((row, i) =>
    row.map((value, j) => value + rho * s[i] * s[j])
  );
}

/** H of these pairs. */
function inverseHessian(steps: ArrayLike<number>[], changes: ArrayLike<number>[]): Matrix {
  const scales = steps.map((s, i) => inner(s, changes[i]) / inner(changes[i], changes[i]));
  const scale = scales.length ? scales.reduce((a, b) => a + b, 0) / scales.length : unit;
  return steps.reduce<Matrix>(
    (h, s, i) => updated(h, s, changes[i]),
    matrix(n, (i, j) => i === j ? scale : 0),
  );
}

/** Pairs of a Hessian that changes a little from one to the next. */
function somePairs(count: number) {
  const steps: Float32Array[] = [], changes: Float32Array[] = [];
  for (let i = 0; i < count; i++) {
    const s = Float32Array.from({ length: n }, () => random.normal());
    steps.push(s);
    changes.push(Float32Array.from(times(shifted(A, 0.3 * random.uniform()), s)));
  }
  return { steps, changes };
}

Deno.test("the two loops are the product with BFGS's inverse Hessian", () => {
  for (const count of [0, 1, 2, 7, 30]) {
    const { steps, changes } = somePairs(count);
    const g = Float32Array.from({ length: n }, () => random.normal());
    const wanted = times(inverseHessian(steps, changes), g);
    const found = inverseHessianTimes(g, { steps, changes }, unit);
    // All in float64: two sums of n a pair, amplified by the condition of H, below 100, a few times.
    assert.ok(distance(found, wanted) < 1e-11 * Math.hypot(...wanted), `${count}`);
  }
});

Deno.test("H takes the last change of the gradient back to the last step", () => {
  const { steps, changes } = somePairs(5);
  const back = inverseHessianTimes(changes[4], { steps, changes }, unit);
  assert.ok(distance(back, steps[4]) < 1e-11 * Math.hypot(...steps[4]));
});

/** Steps of oLBFGS on the quadratic with what it knew before each. */
async function walk(options: Parameters<typeof olbfgs>[0], iterations: number) {
  const optimizer = olbfgs(options), objective = quadraticObjective(A, b, unit);
  let voxels = new Float32Array(n);
  const state = optimizer.init(voxels), walked = [];
  for (let t = 0; t < iterations; t++) {
    const before = structuredClone(state);
    const change = await optimizer.step(voxels, state, objective, t);
    walked.push({ voxels, before, change, after: structuredClone(state) });
    voxels = voxels.map((v, i) => v + change[i]);
  }
  return { walked, objective, voxels };
}

Deno.test("every step is the dense H times the gradient, the first one gradient descent's", async () => {
  const { walked, objective } = await walk(
    { learningRate: at(0.7), damping: at(0.1), memory: 4 },
    15,
  );
  for (const [t, { voxels, before, change }] of walked.entries()) {
    const g = Float32Array.from(times(A, voxels), (v, i) => v - b[i]);
    const wanted = times(inverseHessian(before.steps, before.changes), g).map((v) => -0.7 * v);
    // The point that is reached is rounded to float32, by half a unit of each voxel's size.
    const rounding = 2 ** -23 * Math.hypot(...voxels.map((v, i) => v + change[i]));
    assert.ok(distance(change, wanted) <= rounding + 1e-11 * Math.hypot(...wanted), `${t}`);
    assert.equal(before.steps.length, Math.min(t, 4));
    assert.equal(before.changes.length, Math.min(t, 4));
  }
  assert.equal(objective.gradients, 30);
  assert.equal(objective.values, 0);
});

Deno.test("a pair is the step that was taken and (A + lambda I) times it", async () => {
  const { walked } = await walk({ damping: at(0.3) }, 6);
  const damped = shifted(A, 0.3 / unit);
  for (const { voxels, change, after } of walked) {
    assert.deepEqual(after.steps.at(-1), change);
    // Both gradients are rounded to float32.
    const size = Math.hypot(...times(A, voxels)) + Math.hypot(...b) +
      Math.hypot(...times(A, change));
    const wanted = times(damped, change);
    assert.ok(
      distance(after.changes.at(-1)!, wanted) <= 2 * 2 ** -23 * (size + Math.hypot(...wanted)),
    );
  }
});

Deno.test("undamped oLBFGS at rate 1 finds a quadratic's minimum much sooner than gradient descent", async () => {
  const { voxels } = await walk({ learningRate: at(1), damping: at(0) }, 25);
  const left = distance(voxels, minimum) / Math.hypot(...minimum);
  // Gradient descent leaves at least (1 - 0.1 / 4)^50 = 0.28 of the slowest part for as many gradients.
  assert.ok(left < 1e-3, `${left}`);
});

Deno.test("directions of negative curvature are not remembered", async () => {
  const concave = quadraticObjective(matrix(2, (i, j) => i === j ? -1 : 0), [0, 0], 1);
  for (const [damping, remembered] of [[0, 0], [0.5, 0], [2, 3]]) {
    const optimizer = olbfgs({ learningRate: at(0.1), damping: at(damping) });
    let voxels = Float32Array.of(1, 2);
    const state = optimizer.init(voxels);
    for (let t = 0; t < 3; t++) {
      const change = await optimizer.step(voxels, state, concave, t);
      voxels = voxels.map((v, i) => v + change[i]);
    }
    assert.equal(state.steps.length, remembered);
    assert.ok(Math.hypot(...voxels) > Math.hypot(1, 2)); // downhill is outward
  }
});
