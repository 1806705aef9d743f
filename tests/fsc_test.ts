import assert from "node:assert/strict";
import { fourierShellCorrelation, resolutionAt } from "../lib/fsc.ts";
import { softSphere } from "../lib/mask.ts";
import { createRandom } from "../lib/random.ts";
import { createVolume, type Volume } from "../lib/volume.ts";

const N = 24;

function noise(seed: number, pixelSize = 2): Volume {
  const random = createRandom(seed, "noise");
  const voxels = Float32Array.from({ length: N ** 3 }, () => random.normal());
  return createVolume({ boxSize: N, pixelSize, voxels });
}

/** a + scale b. */
function sum(a: Volume, b: Volume, scale: number): Volume {
  return { ...a, voxels: a.voxels.map((v, i) => v + scale * b.voxels[i]) };
}

/** Coefficients k of the grid with round(|k|) = s: as many independent real numbers, by symmetry. */
function countOf(s: number): number {
  let count = 0;
  for (let z = -N / 2; z < N / 2; z++) {
    for (let y = -N / 2; y < N / 2; y++) {
      for (let x = -N / 2; x < N / 2; x++) if (Math.round(Math.hypot(x, y, z)) === s) count++;
    }
  }
  return count;
}

Deno.test("the FSC of a map with itself is 1, with its negative -1, at any scale", () => {
  const a = noise(1);
  const same = fourierShellCorrelation(a, { ...a, voxels: a.voxels.map((v) => 8 * v) });
  assert.equal(same.length, N / 2 + 1);
  for (const c of same) assert.ok(Math.abs(c - 1) < 1e-12);
  const negative = fourierShellCorrelation(a, { ...a, voxels: a.voxels.map((v) => -v) });
  assert.equal(negative[0], 1);
  for (const c of negative.subarray(1)) assert.ok(Math.abs(c + 1) < 1e-12);
});

Deno.test("the FSC of independent noise is 0 within 5 / sqrt(coefficients)", () => {
  // The correlation of n pairs of real Gaussians deviates from 0 by 1 / sqrt(n).
  for (const seed of [1, 2, 3]) {
    const curve = fourierShellCorrelation(noise(seed), noise(seed + 100));
    for (let s = 1; s < curve.length; s++) {
      assert.ok(Math.abs(curve[s]) < 5 / Math.sqrt(countOf(s)), `shell ${s}: ${curve[s]}`);
    }
  }
});

Deno.test("the FSC of a map with a noisy copy is 1 / sqrt(1 + noise power / signal power)", () => {
  for (const power of [0.1, 1, 3]) {
    const a = noise(5), b = sum(a, noise(6), Math.sqrt(power));
    const curve = fourierShellCorrelation(a, b), wanted = 1 / Math.sqrt(1 + power);
    for (let s = 3; s < curve.length; s++) {
      // Deviation of a correlation rho of n pairs: (1 - rho^2) / sqrt(n).
      const bound = 5 * (1 - wanted ** 2) / Math.sqrt(countOf(s));
      assert.ok(Math.abs(curve[s] - wanted) < bound, `shell ${s}: ${curve[s]}, wanted ${wanted}`);
    }
  }
});

Deno.test("a wave at k = (3, -4, 1) changes shell 5 and no other", () => {
  const a = noise(7),
    wave = {
      ...a,
      voxels: a.voxels.map((_, i) =>
        40 * Math.cos(
          2 * Math.PI * (3 * (i % N) - 4 * (Math.floor(i / N) % N) +
            Math.floor(i / N ** 2)) /
            N,
        )
      ),
    };
  const before = fourierShellCorrelation(a, a), after = fourierShellCorrelation(a, sum(a, wave, 1));
  for (let s = 1; s <= N / 2; s++) {
    if (s === 5) assert.ok(after[s] < 0.9);
    // The wave is stored in single precision, 40 x 2^-24 of noise beside values of 1.
    else assert.ok(Math.abs(after[s] - before[s]) < 1e-9, `shell ${s}`);
  }
});

Deno.test("a mask multiplies both maps: what differs outside it is not seen", () => {
  const a = noise(8), mask = softSphere(N, { radius: 0.2, width: 3 });
  const b = { ...a, voxels: a.voxels.map((v, i) => mask[i] === 0 ? -v : v) };
  const curve = fourierShellCorrelation(a, b, { mask });
  for (const c of curve) assert.ok(Math.abs(c - 1) < 1e-12);
  assert.ok(fourierShellCorrelation(a, b)[6] < 0);
});

Deno.test("an empty map has FSC 0 but for the mean", () => {
  const empty = createVolume({ boxSize: N, pixelSize: 2 });
  const curve = fourierShellCorrelation(noise(9), empty);
  assert.deepEqual([...curve], [1, ...new Array(N / 2).fill(0)]);
});

Deno.test("maps on different grids are refused", () => {
  const other = createVolume({ boxSize: 20, pixelSize: 2 });
  assert.throws(() => fourierShellCorrelation(noise(1), other), RangeError);
  assert.throws(() => fourierShellCorrelation(noise(1), noise(2, 2.01)), RangeError);
  assert.throws(() => fourierShellCorrelation(noise(1), noise(2), { mask: [1] }), RangeError);
});

Deno.test("resolutionAt() finds the first crossing between shells, and Nyquist if there is none", () => {
  // 0.9 at shell 2 and 0.1 at shell 3: 0.5 halfway, 10 x 3 / 2.5 = 12 A. The later rise is not seen.
  assert.ok(Math.abs(resolutionAt([1, 1, 0.9, 0.1, 0.8, 0], 0.5, 10, 3) - 12) < 1e-12);
  assert.ok(Math.abs(resolutionAt([1, 1, 0.9, 0.1, 0.8, 0], 0.9, 10, 3) - 15) < 1e-12);
  assert.ok(Math.abs(resolutionAt([1, 0, 0], 0.143, 4, 3) - 12 / 0.857) < 1e-12);
  assert.equal(resolutionAt([1, 1, 0.6, 0.5], 0.5, 6, 3), 6);
});
