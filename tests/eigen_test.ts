import assert from "node:assert/strict";
import { solvePositive } from "../lib/cholesky.ts";
import { symmetricEigen } from "../lib/eigen.ts";
import { createRandom } from "../lib/random.ts";
import { distance, inner, solve, times, withEigenvalues } from "./dense_oracle.ts";
import { fc } from "./property.ts";

Deno.test("A u = lambda u with orthonormal u, largest first, for any symmetric matrix", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 9 }).chain((n) =>
      fc.tuple(
        fc.constant(n),
        fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer().map((v) => v / 7e6)), {
          minLength: n * (n + 1) / 2,
          maxLength: n * (n + 1) / 2,
        }),
      )
    ),
    ([n, lower]) => {
      const at = (i: number, j: number) =>
        lower[Math.max(i, j) * (Math.max(i, j) + 1) / 2 + Math.min(i, j)];
      const a = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => at(i, j)));
      const { values, vectors } = symmetricEigen(a.flat(), n);
      // Some sweeps of n^2 / 2 rotations, each a few roundings of |A|.
      const size = Math.hypot(...a.flat()), bound = 20 * n * n * 2 ** -52;
      for (let i = 0; i < n; i++) {
        const u = vectors.subarray(i * n, (i + 1) * n);
        assert.ok(distance(times(a, u), u.map((v) => values[i] * v)) <= bound * size);
        for (let j = 0; j < n; j++) {
          const w = vectors.subarray(j * n, (j + 1) * n);
          assert.ok(Math.abs(inner(u, w) - (i === j ? 1 : 0)) <= bound);
        }
        assert.ok(i === 0 || values[i] <= values[i - 1]);
      }
    },
  ));
});

Deno.test("eigenvalues that were put in come out, ties and zeros too", () => {
  const wanted = [7, 3, 3, 1e-6, 0, -2];
  const a = withEigenvalues(wanted, createRandom(1, "eigen")).flat();
  symmetricEigen(a, 6).values.forEach((v, i) => assert.ok(Math.abs(v - wanted[i]) < 1e-13));
  assert.deepEqual([...symmetricEigen([0, 0, 0, 0], 2).values], [0, 0]);
  assert.deepEqual([...symmetricEigen([-4], 1).values], [-4]);
});

Deno.test("numbers that are none have no eigenvalues", () => {
  for (const bad of [NaN, Infinity]) {
    assert.throws(
      () => symmetricEigen([1, bad, bad, 1], 2),
      /^RangeError: Cannot find eigenvalues/,
    );
  }
});

Deno.test("Cholesky solves what elimination solves, and reads only the lower half", () => {
  const random = createRandom(2, "cholesky"), values = [9, 5, 2, 1, 0.5, 0.01, 1e-3];
  const a = withEigenvalues(values, random), b = values.map(() => random.normal());
  const lower = a.map((row, i) => row.map((v, j) => j > i ? NaN : v));
  const x = solvePositive(lower.flat(), b), wanted = solve(a, b);
  // condition 9e3
  assert.ok(distance(x, wanted) < 9e3 * 7 * 2 ** -52 * Math.hypot(...wanted));
});

Deno.test("Cholesky refuses a matrix that is not positive definite", () => {
  for (const bad of [[1, 2, 2, 1], [0, 0, 0, 1], [NaN, 0, 0, 1]]) {
    assert.throws(() => solvePositive(bad, [1, 1]), /^RangeError: Cannot solve: pivot \d of/);
  }
});
