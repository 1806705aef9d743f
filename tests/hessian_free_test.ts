import assert from "node:assert/strict";
import { conjugateGradient } from "../lib/conjugate_gradient.ts";
import { hessianFree } from "../lib/optimizers/hessian_free.ts";
import { createRandom } from "../lib/random.ts";
import { constant } from "../lib/schedule.ts";
import {
  type CountedObjective,
  distance,
  inner,
  matrix,
  quadraticObjective,
  shifted,
  solve,
  times,
  withEigenvalues,
} from "./dense_oracle.ts";

const at = (value: number) => constant({ value });
const eigenvalues = [4, 3, 2, 1.5, 1, 0.5, 0.2, 0.1], n = eigenvalues.length, unit = 1 / 4;
const random = createRandom(5, "hessian free");
const A = withEigenvalues(eigenvalues, random), b = eigenvalues.map(() => random.normal());
const byMatrix = (a: number[][]) => (v: Float64Array) =>
  Promise.resolve(Float64Array.from(times(a, v)));

Deno.test("as many conjugate gradients as dimensions solve what elimination solves, damped or not", async () => {
  for (const damping of [0, 0.5]) {
    const { solution, products, negativeCurvature } = await conjugateGradient(byMatrix(A), b, {
      iterations: n,
      damping,
    });
    const wanted = solve(shifted(A, damping), b);
    // condition 40, its square root for the loss of orthogonality an iteration
    assert.ok(distance(solution, wanted) < 1e-10 * Math.hypot(...wanted));
    assert.equal(products, n);
    assert.equal(negativeCurvature, false);
  }
});

Deno.test("conjugate gradients are the best of their Krylov space: what is left is orthogonal to it", async () => {
  for (const iterations of [1, 2, 3, 5]) {
    const { solution } = await conjugateGradient(byMatrix(A), b, { iterations, damping: 0.25 });
    const damped = shifted(A, 0.25), image = times(damped, solution);
    const left = b.map((v, i) => v - image[i]);
    let power: number[] = b;
    for (let i = 0; i < iterations; i++, power = times(A, power)) {
      assert.ok(Math.abs(inner(left, power)) < 1e-11 * Math.hypot(...power) * Math.hypot(...b));
    }
    assert.ok(Math.abs(inner(left, solution)) < 1e-11 * Math.hypot(...solution) * Math.hypot(...b));
  }
});

Deno.test("conjugate gradients end with what they have at negative curvature, however large the damping", async () => {
  const saddle = matrix(3, (i, j) => i === j ? [2, 1, -1][i] : 0);
  const first = await conjugateGradient(byMatrix(saddle), [0, 0, 1], { iterations: 3, damping: 9 });
  assert.deepEqual([...first.solution], [0, 0, 0]);
  assert.equal(first.products, 1);
  assert.ok(first.negativeCurvature);
  // b = (3, 0, 1): A b = (6, 0, -1) has curvature 17 along b, the next direction less than none.
  const second = await conjugateGradient(byMatrix(saddle), [3, 0, 1], { iterations: 3 });
  assert.deepEqual([second.products, second.negativeCurvature], [2, true]);
  assert.ok(distance(second.solution, [30 / 17, 0, 10 / 17]) < 1e-15);
});

Deno.test("conjugate gradients end where nothing is left to solve", async () => {
  const { solution, products } = await conjugateGradient(byMatrix(A), new Array(n).fill(0), {
    iterations: 5,
  });
  assert.deepEqual([products, ...solution], [0, ...new Array(n).fill(0)]);
});

async function firstStep(
  options: Parameters<typeof hessianFree>[0],
  objective: CountedObjective,
  start: ArrayLike<number>,
) {
  const optimizer = hessianFree(options), voxels = Float32Array.from(start);
  const state = optimizer.init(voxels);
  return { change: await optimizer.step(voxels, state, objective, 0), state };
}

const bothProducts = [
  { products: "differences", differences: at(1), precision: 2 ** -11.5 },
  // float32's rounding, of v, of G v and of the step
  { products: "Gauss-Newton products", differences: at(0), precision: 2 ** -22 },
];

for (const { products, differences, precision } of bothProducts) {
  Deno.test(`with enough conjugate gradients the step is -(H + lambda I)^-1 g, by ${products}`, async () => {
    for (const damping of [0.05, 0.5]) {
      const objective = quadraticObjective(A, b, unit), start = b.map((_, i) => Math.cos(i));
      const { change, state } = await firstStep(
        { damping: at(damping), iterations: n, differences },
        objective,
        start,
      );
      const gradient = times(A, Float32Array.from(start)).map((v, i) => v - b[i]);
      const damped = shifted(A, damping / unit), wanted = solve(damped, gradient).map((v) => -v);
      // A difference of gradients over 2^-11.5 |theta| knows H to 2^-11.5 |g| / |theta|, in units of
      // the least eigenvalue; so does a product to its rounding.
      const bound = precision * (Math.hypot(...gradient) / Math.hypot(...start) + 4) /
        (0.1 + damping / unit);
      assert.ok(distance(change, wanted) < bound * Math.hypot(...wanted));
      if (products === "differences") {
        assert.ok(objective.gradients <= 1 + n && objective.gradients > 1 + n / 2);
      } else assert.equal(objective.gradients, 1);
      assert.equal(objective.values, 1);
      // f falls by more than the damped model says
      assert.equal(state.trust, 1.5);
    }
  });
}

Deno.test("exact products are good to rounding, which differences are not", async () => {
  const start = b.map((_, i) => Math.cos(i));
  const wanted = solve(
    shifted(A, 0.05 / unit),
    times(A, Float32Array.from(start)).map((v, i) => v - b[i]),
  );
  const error = async (differences: number) => {
    const options = { damping: at(0.05), iterations: n, differences: at(differences) };
    const { change } = await firstStep(options, quadraticObjective(A, b, unit), start);
    return distance(change, wanted.map((v) => -v));
  };
  assert.ok(await error(0) < 0.1 * await error(1));
});

Deno.test("products that are not to be had, or neither kind, are refused", async () => {
  const without = doubleWell();
  await assert.rejects(
    () => firstStep({}, without, [1, 1]),
    /^TypeError: Cannot multiply by the curvature: the objective has no products$/,
  );
  await assert.rejects(
    () => firstStep({ differences: at(0.5) }, without, [1, 1]),
    /^RangeError: Cannot take products: differences 0.5, wanted 0 or 1$/,
  );
});

Deno.test("five conjugate gradients are the default, one likelihood besides", async () => {
  const objective = quadraticObjective(A, b, unit);
  await firstStep({ differences: at(1) }, objective, b);
  assert.deepEqual([objective.gradients, objective.values], [6, 1]);
  assert.equal(hessianFree().batchSize, 300);
});

Deno.test("where curvature is negative at once the step is gradient descent's, -g / L", async () => {
  const concave = quadraticObjective(matrix(3, (i, j) => i === j ? -2 : 0), [0, 0, 0], 0.25);
  const { change } = await firstStep({ differences: at(1) }, concave, [1, -2, 3]);
  assert.deepEqual([...change], [0.5, -1, 1.5]);
  assert.equal(concave.gradients, 2);
});

/** f(x, y) = (x^2 - 1)^2 + y^2: its model at small |x| goes much too far. */
const doubleWell = (): CountedObjective => ({
  batchSize: 1,
  unit: 1 / 8,
  gradients: 0,
  values: 0,
  evaluate([x, y]) {
    this.gradients++;
    return Promise.resolve({
      value: (x * x - 1) ** 2 + y * y,
      gradient: Float32Array.of(4 * x * (x * x - 1), 2 * y),
    });
  },
  value([x, y]) {
    this.values++;
    return Promise.resolve((x * x - 1) ** 2 + y * y);
  },
});

Deno.test("a step that would raise f is shortened, and the damping grows", async () => {
  // At x = 0.6 f'' = 0.32 and Newton's step is 4.8, over the hill behind x = 1.
  const objective = doubleWell();
  const { change, state } = await firstStep(
    { damping: at(0), differences: at(1) },
    objective,
    [0.6, 0],
  );
  assert.ok(Math.abs(change[0] - 4.8 / 16) < 0.01 && change[1] === 0);
  assert.equal(objective.values, 3);
  // Even the shortened step falls by less than a quarter of what was promised.
  assert.ok(Math.abs(state.trust - 1.5 ** -3) < 1e-12);
});

Deno.test("f never rises on the minibatch, from wherever", async () => {
  const optimizer = hessianFree({ differences: at(1) });
  for (let i = 0; i < 100; i++) {
    const objective = doubleWell();
    let voxels = Float32Array.of(2 * random.normal(), 2 * random.normal());
    const state = optimizer.init(voxels);
    for (let t = 0; t < 20; t++) {
      const change = await optimizer.step(voxels, state, objective, t);
      const next = voxels.map((v, k) => v + change[k]);
      assert.ok(
        await objective.value(next) < await objective.value(voxels) || Math.hypot(...change) === 0,
      );
      voxels = next;
    }
    assert.ok(await objective.value(voxels) < 1e-6, `${voxels}`);
  }
});

Deno.test("at a minimum nothing happens, for as long as one likes", async () => {
  const objective = quadraticObjective(A, new Array(n).fill(0), unit), optimizer = hessianFree();
  const voxels = new Float32Array(n), state = optimizer.init(voxels);
  for (let t = 0; t < 3000; t++) {
    const change = await optimizer.step(voxels, state, objective, t);
    assert.ok(change.every((v) => v === 0));
  }
  assert.ok(state.trust > 0);
});
