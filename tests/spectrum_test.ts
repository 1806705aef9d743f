import assert from "node:assert/strict";
import { createRandom } from "../lib/random.ts";
import { createSpectrum, readSpectrum } from "../lib/spectrum.ts";
import { createVolume, type Volume } from "../lib/volume.ts";

const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

function noise(boxSize: number, seed: number): Volume {
  const random = createRandom(seed, "noise");
  const voxels = Float32Array.from({ length: boxSize ** 3 }, () => random.normal());
  return createVolume({ boxSize, pixelSize: 1, voxels });
}

/** F(k) = sum_x V(x) exp(-2 pi i k.x / N), x from the origin at N/2. */
function transformAt({ boxSize: n, voxels }: Volume, k: ArrayLike<number>): [number, number] {
  let re = 0, im = 0;
  voxels.forEach((v, i) => {
    const x = i % n - n / 2, y = Math.floor(i / n) % n - n / 2, z = Math.floor(i / n ** 2) - n / 2;
    const phase = -2 * Math.PI * (k[0] * x + k[1] * y + k[2] * z) / n;
    re += v * Math.cos(phase), im += v * Math.sin(phase);
  });
  return [re, im];
}

function read(volume: Volume, k: readonly number[], m = IDENTITY, width = 6): [number, number] {
  const re = new Float64Array(1), im = new Float64Array(1);
  readSpectrum(createSpectrum(volume, { width }), k, m, re, im);
  return [re[0], im[0]];
}

Deno.test("readSpectrum() is the Fourier sum at any frequency, to the window's error", () => {
  // Each voxel errs by at most three times the window's one-dimensional error (kaiser_bessel_test.ts);
  // noise adds up in quadrature, sqrt(N^3), here with a factor 5 for the largest of the readings.
  const random = createRandom(2, "k");
  for (const n of [8, 14]) {
    const volume = noise(n, n);
    for (const [width, error] of [[4, 2e-3], [6, 2e-5], [8, 2e-7]]) {
      const spectrum = createSpectrum(volume, { width });
      const count = 40,
        k = Float64Array.from({ length: 3 * count }, () => (random.uniform() - 0.5) * n);
      k.set([n / 2, 1, -n / 2, 0, 0, 0, -3, 2, 1]);
      const re = new Float64Array(count), im = new Float64Array(count);
      readSpectrum(spectrum, k, IDENTITY, re, im);
      const bound = 5 * 3 * error * Math.sqrt(n ** 3);
      for (let i = 0; i < count; i++) {
        const [wantedRe, wantedIm] = transformAt(volume, k.subarray(3 * i, 3 * i + 3));
        const off = Math.hypot(re[i] - wantedRe, im[i] - wantedIm);
        assert.ok(off < bound, `box ${n}, width ${width}: ${off}, bound ${bound}`);
      }
    }
  }
});

Deno.test("readSpectrum() multiplies the frequencies by its matrix", () => {
  const volume = noise(8, 3), m = Float64Array.of(0, -1, 0, 0, 0, 1, 0.5, 0, 0);
  const got = read(volume, [1, 2, 3], m), wanted = read(volume, [-2, 3, 0.5]);
  assert.deepEqual(got, wanted);
});

Deno.test("a spectrum is zero outside the box's own frequencies", () => {
  const volume = noise(8, 4);
  assert.deepEqual(read(volume, [4.1, 0, 0]), [0, 0]);
  assert.deepEqual(read(volume, [0, -4.1, 0]), [0, 0]);
  assert.notDeepEqual(read(volume, [4, 4, -4]), [0, 0]);
});
