import assert from "node:assert/strict";
import { createRandom } from "../lib/random.ts";
import { regrid } from "../lib/regrid.ts";
import { resample } from "../lib/resample.ts";
import { createVolume, type Volume } from "../lib/volume.ts";

/** A Gaussian at (7, -5, 3) A with a deviation of 8 A. */
function blob(boxSize: number, pixelSize: number): Volume {
  const volume = createVolume({ boxSize, pixelSize });
  const [x0, y0, z0] = [7, -5, 3];
  for (let i = 0; i < boxSize ** 3; i++) {
    const [x, y, z] = [i, Math.floor(i / boxSize), Math.floor(i / boxSize ** 2)]
      .map((at) => (at % boxSize - boxSize / 2) * pixelSize);
    const r2 = (x - x0) ** 2 + (y - y0) ** 2 + (z - z0) ** 2;
    volume.voxels[i] = Math.exp(-r2 / (2 * 8 ** 2));
  }
  return volume;
}

function largestDifference(a: Volume, b: Volume): number {
  assert.equal(a.boxSize, b.boxSize);
  return a.voxels.reduce((most, v, i) => Math.max(most, Math.abs(v - b.voxels[i])), 0);
}

function noise(boxSize: number): Volume {
  const random = createRandom(2, "regrid");
  const voxels = Float32Array.from({ length: boxSize ** 3 }, () => random.normal());
  return createVolume({ boxSize, pixelSize: 3, voxels });
}

Deno.test("a density regridded is the density sampled on the new grid: finer, coarser, cropped, padded", () => {
  // Deviation 8 A: Nyquist of 4.3 A voxels holds exp(-2 (8 pi / 8.6)^2) = 4e-8 of the peak; at the
  // nearest edge, 48 - 7 A away, exp(-41^2 / 128) = 2e-6 is left.
  const from = blob(32, 3);
  for (
    const [boxSize, pixelSize] of [[40, 2.3], [24, 4.3], [20, 3], [44, 3], [50, 2.7], [16, 3.77]]
  ) {
    const error = largestDifference(regrid(from, { boxSize, pixelSize }), blob(boxSize, pixelSize));
    assert.ok(error < 1e-5, `${boxSize} at ${pixelSize} A: ${error}`);
  }
});

Deno.test("regrid() to the same pixel size moves voxels as they are and pads with zeros", () => {
  const volume = noise(8),
    [same, larger, smaller] = [8, 12, 6].map((boxSize) =>
      regrid(volume, { boxSize, pixelSize: 3 })
    );
  // Weights of 1 and rounding errors of cosine sums, 8 * 2^-53: nothing that float32 would keep.
  assert.ok(largestDifference(same, volume) < 1e-6);
  assert.ok(largestDifference(regrid(larger, { boxSize: 8, pixelSize: 3 }), volume) < 1e-6);
  assert.ok(largestDifference(regrid(larger, { boxSize: 6, pixelSize: 3 }), smaller) < 1e-6);
  const inside = (i: number) => i % 12 >= 2 && i % 12 < 10;
  larger.voxels.forEach((v, i) => {
    const within = [i, Math.floor(i / 12), Math.floor(i / 144)].every(inside);
    assert.ok(within || v === 0, `voxel ${i}: ${v}`);
  });
});

Deno.test("regrid() within the same field is resample() below Nyquist", () => {
  // A finer grid of a coarse one has nothing at the finer Nyquist, where the two may differ.
  const smooth = resample(noise(8), 12);
  for (const boxSize of [16, 24, 10]) {
    const a = regrid(smooth, { boxSize, pixelSize: smooth.pixelSize * 12 / boxSize });
    assert.ok(largestDifference(a, resample(smooth, boxSize)) < 1e-5, `${boxSize}`);
  }
});

Deno.test("regrid() refuses odd boxes and pixel sizes that are none", () => {
  assert.throws(() => regrid(noise(8), { boxSize: 7, pixelSize: 3 }), /^RangeError: Cannot/);
  assert.throws(() => regrid(noise(8), { boxSize: 8, pixelSize: 0 }), /^RangeError: Cannot/);
});
