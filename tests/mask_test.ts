import assert from "node:assert/strict";
import { softSphere } from "../lib/mask.ts";

Deno.test("softSphere() is 1 to its radius, a half on the middle of the edge and 0 beyond it", () => {
  const n = 32, mask = softSphere(n, { radius: 0.25, width: 4 });
  const along = (r: number) => mask[((n / 2) * n + n / 2) * n + n / 2 + r];
  assert.equal(along(0), 1);
  assert.equal(along(8), 1);
  assert.ok(Math.abs(along(10) - 0.5) < 1e-7);
  assert.equal(along(12), 0);
  assert.equal(along(-8), 1);
  assert.ok(along(9) > along(10) && along(10) > along(11));
});

Deno.test("softSphere() without a width is a ball", () => {
  const inside = softSphere(20, { radius: 0.3, width: 0 }).reduce((sum, v) => sum + v, 0);
  // Volume 4/3 pi 6^3 = 905, to within a voxel's share of the surface, 4 pi 36 / 10 = 45.
  assert.ok(Math.abs(inside - 905) < 45);
});

Deno.test("a sphere that does not fit the box is refused", () => {
  assert.throws(() => softSphere(16, { radius: 0.6 }), RangeError);
  assert.throws(() => softSphere(16, { radius: 0.3, width: -1 }), RangeError);
});
