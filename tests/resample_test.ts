import assert from "node:assert/strict";
import { createRandom } from "../lib/random.ts";
import { lowPass, resample } from "../lib/resample.ts";
import { createVolume, type Volume } from "../lib/volume.ts";
import { fc } from "./property.ts";

function noise(boxSize: number, seed: number): Volume {
  const random = createRandom(seed, "noise");
  const voxels = Float32Array.from({ length: boxSize ** 3 }, () => random.normal());
  return createVolume({ boxSize, pixelSize: 2, voxels });
}

/** cos(2 pi k.x / N + phase), x from the origin at N/2. */
function wave(boxSize: number, k: readonly number[], phase: number): Volume {
  const n = boxSize, o = n / 2;
  const voxels = Float32Array.from({ length: n ** 3 }, (_, i) => {
    const x = i % n - o, y = Math.floor(i / n) % n - o, z = Math.floor(i / n ** 2) - o;
    return Math.cos(2 * Math.PI * (k[0] * x + k[1] * y + k[2] * z) / n + phase);
  });
  return createVolume({ boxSize, pixelSize: 64 / n, voxels });
}

function furthest(a: Volume, b: Volume): number {
  return a.voxels.reduce((most, v, i) => Math.max(most, Math.abs(v - b.voxels[i])), 0);
}

Deno.test("growing a volume and shrinking it back is the identity, Nyquist planes included", () => {
  // Single precision of values up to 5, stored twice: 2 x 5 x 2^-24 = 6e-7.
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 0, max: 6 }),
      fc.nat(),
      (half, more, seed) => {
        const volume = noise(2 * half, seed);
        const back = resample(resample(volume, 2 * (half + more)), 2 * half);
        assert.ok(furthest(back, volume) < 2e-6);
        assert.ok(Math.abs(back.pixelSize - volume.pixelSize) < 1e-12);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("a wave below both Nyquist frequencies keeps its values, phase and origin", () => {
  for (const [from, to] of [[12, 20], [20, 12], [10, 16], [16, 10], [14, 14]]) {
    for (const k of [[1, 0, 0], [0, -3, 0], [2, 1, -4]]) {
      const got = resample(wave(from, k, 0.7), to);
      // A cosine in single precision, 2^-24, and the sum of a few of them: 1e-6.
      assert.ok(furthest(got, wave(to, k, 0.7)) < 1e-6, `${from} to ${to}, k ${k}`);
      assert.ok(Math.abs(got.pixelSize - 64 / to) < 1e-12);
    }
  }
});

Deno.test("a wave beyond the new Nyquist frequency is gone", () => {
  const got = resample(wave(20, [0, 7, 2], 0.3), 12);
  assert.ok(got.voxels.every((v) => Math.abs(v) < 1e-6));
});

Deno.test("shrinking keeps the mean density", () => {
  const volume = noise(16, 3), small = resample(volume, 6);
  const mean = ({ voxels }: Volume) => voxels.reduce((sum, v) => sum + v, 0) / voxels.length;
  assert.ok(Math.abs(mean(volume) - mean(small)) < 1e-6);
});

Deno.test("an odd box is refused", () => {
  assert.throws(() => resample(noise(8, 1), 7), RangeError);
});

Deno.test("lowPass() keeps what is below its edge, halves what is on it, drops what is above", () => {
  for (const [k, gain] of [[2, 1], [3, 1], [4, 0.5], [5, 0], [7, 0]]) {
    const before = wave(16, [0, k, 0], 0.4), after = lowPass(before, 4, 2);
    const wanted = { ...before, voxels: before.voxels.map((v) => gain * v) };
    assert.ok(furthest(after, wanted) < 1e-6, `k ${k}`);
  }
});

Deno.test("lowPass() without a width is a sharp ball, |k| <= radius", () => {
  const at = (k: number[]) => lowPass(wave(16, k, 0.4), 5, 0).voxels;
  assert.ok(at([3, 4, 0]).some((v) => v > 0.5));
  assert.ok(at([3, 4, 1]).every((v) => Math.abs(v) < 1e-6));
});
