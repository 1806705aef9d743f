import assert from "node:assert/strict";
import { transformed } from "../lib/align.ts";
import { correlationCoefficient, evaluate } from "../lib/evaluate.ts";
import { softSphere } from "../lib/mask.ts";
import { createPhantom } from "../lib/phantom.ts";
import { createRandom } from "../lib/random.ts";
import { lowPass } from "../lib/resample.ts";

Deno.test("correlationCoefficient() is Pearson's r of what the weights leave", () => {
  assert.ok(Math.abs(correlationCoefficient([1, 2, 3], [5, 7, 9]) - 1) < 1e-12);
  assert.ok(Math.abs(correlationCoefficient([1, 2, 3], [3, 2, 1]) + 1) < 1e-12);
  // Deviations (-4, -1, 5) / 3 and (-1, -4, 5) / 3: 33 / 42.
  assert.ok(Math.abs(correlationCoefficient([1, 2, 4], [2, 1, 4]) - 33 / 42) < 1e-12);
  assert.ok(Math.abs(correlationCoefficient([1, 2, 3, 9], [5, 7, 9, 0], [1, 1, 1, 0]) - 1) < 1e-12);
  assert.equal(correlationCoefficient([1, 1], [1, 2]), 0);
});

Deno.test("evaluate() sees through rotation, shift, hand and scale to the resolution of a map", () => {
  const n = 24, pixelSize = 5, truth = createPhantom("enzyme", { boxSize: n, pixelSize });
  const random = createRandom(3, "motion");
  const moved = transformed(lowPass(truth, 7, 1), {
    boxSize: n,
    rotation: random.rotation(),
    shift: Float64Array.of(1.3, -0.6, 2.1),
    mirrored: true,
  });
  // Noise 1e-3 of the density, so that the empty shells above 7.5 do not agree.
  const map = { ...moved, voxels: moved.voxels.map((v) => 3 * (v + 1e-3 * random.normal())) };
  const quick = { radius: 7, searchRadius: 6, spacing: 15 };
  const found = evaluate(map, truth, quick);
  assert.equal(found.alignment.mirrored, true);
  assert.ok(found.curve.subarray(0, 7).every((c) => c > 0.99));
  for (const resolution of [found.resolutionHalf, found.resolution0143]) {
    assert.ok(resolution < n * pixelSize / 7 && resolution > n * pixelSize / 8.5, `${resolution}`);
  }
  assert.ok(found.correlation > 0.98);
  assert.equal(found.aligned.boxSize, n);

  // Within a mask that excludes half of the density the numbers are others.
  const mask = softSphere(n, { radius: 0.15, width: 3 });
  const inside = evaluate(map, truth, { ...quick, mask });
  assert.notEqual(inside.correlation, found.correlation);
  assert.notDeepEqual(inside.curve, found.curve);
  assert.deepEqual(inside.alignment, found.alignment);
});
