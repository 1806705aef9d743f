import assert from "node:assert/strict";
import { transform3 } from "../lib/fft.ts";
import { fourierShellCorrelation } from "../lib/fsc.ts";
import { compareHalfMaps, filterByFSC } from "../lib/half_maps.ts";
import { softSphere } from "../lib/mask.ts";
import { randomizePhases } from "../lib/phases.ts";
import { createRandom } from "../lib/random.ts";
import { lowPass } from "../lib/resample.ts";
import { shellsOf } from "../lib/shells.ts";
import { createVolume, type Volume } from "../lib/volume.ts";

const N = 32, pixelSize = 3, HALF = N / 2;

function noise(seed: number): Volume {
  const random = createRandom(seed, "noise");
  const voxels = Float32Array.from({ length: N ** 3 }, () => random.normal());
  return createVolume({ boxSize: N, pixelSize, voxels });
}

/** a + scale b. */
const sum = (a: Volume, b: Volume, scale: number): Volume => ({
  ...a,
  voxels: a.voxels.map((v, i) => v + scale * b.voxels[i]),
});

/** Coefficients of each shell: as many independent real numbers, by symmetry. */
const counts = new Float64Array(N);
for (const s of shellsOf(N)) counts[s]++;

function transformOf({ voxels }: Volume) {
  const real = Float64Array.from(voxels), imaginary = new Float64Array(N ** 3);
  transform3(real, imaginary, N);
  return { real, imaginary };
}

/** What two half maps of one molecule share, up to shell 5, where the FSC of its halves is 0.97. */
const signal = lowPass(noise(1), 5, 0);
const first = sum(noise(2), signal, 6), second = sum(noise(3), signal, 6);

Deno.test("random phases keep amplitudes, what lies below them, and a map that is real", () => {
  const map = noise(4), from = 6;
  const before = transformOf(map), after = transformOf(randomizePhases(map, from, createRandom(1)));
  const shells = shellsOf(N);
  let cosine = 0, replaced = 0;
  for (let i = 0; i < N ** 3; i++) {
    const was = Math.hypot(before.real[i], before.imaginary[i]);
    const is = Math.hypot(after.real[i], after.imaginary[i]);
    // voxels of about 1, rounded to 2^-25 each, N^3 of them: sqrt(N^3) 2^-25, largest of N^3 Gaussians 5
    const rounding = 5 * Math.sqrt(N ** 3) * 2 ** -24;
    assert.ok(Math.abs(was - is) < rounding, `${i}: ${was} ${is}`);
    if (shells[i] < from) {
      assert.ok(Math.abs(before.real[i] - after.real[i]) < rounding);
      assert.ok(Math.abs(before.imaginary[i] - after.imaginary[i]) < rounding);
    } else {
      cosine += (before.real[i] * after.real[i] + before.imaginary[i] * after.imaginary[i]) /
        (was * is);
      replaced++;
    }
  }
  // cosines of random angles: variance 1/2, each but once by symmetry: sqrt(1/2 x 2 / count)
  assert.ok(Math.abs(cosine / replaced) < 5 / Math.sqrt(replaced), `${cosine / replaced}`);
});

Deno.test("half maps of noise alone agree nowhere, masked or not, within 5 deviations", () => {
  const mask = softSphere(N, { radius: 0.3, width: 3 });
  // A mask leaves (sum m^2)^2 / sum m^4 of N^3 voxels: so much fewer independent numbers a shell.
  const [m2, m4] = mask.reduce(([a, b], m) => [a + m ** 2, b + m ** 4], [0, 0]);
  const share = m2 ** 2 / m4 / N ** 3;
  for (const seed of [10, 20]) {
    const { fsc, masked, corrected } = compareHalfMaps(noise(seed), noise(seed + 1), { mask });
    for (let s = 2; s <= HALF; s++) {
      assert.ok(Math.abs(fsc[s]) < 5 / Math.sqrt(counts[s]), `shell ${s}: ${fsc[s]}`);
      const deviation = 1 / Math.sqrt(share * counts[s]);
      assert.ok(Math.abs(masked[s]) < 5 * deviation, `shell ${s}: ${masked[s]}`);
      // the mean of three draws subtracted: sqrt(1 + 1/3)
      const more = 5 * deviation * Math.sqrt(4 / 3) / (1 - 5 * deviation / Math.sqrt(3));
      if (more < 1) assert.ok(Math.abs(corrected[s]) < more, `shell ${s}: ${corrected[s]}`);
    }
  }
});

Deno.test("phase randomization takes back what a sharp mask adds beyond the signal", () => {
  const mask = softSphere(N, { radius: 0.25, width: 0 });
  const a = sum(first, signal, 14), b = sum(second, signal, 14); // 20 times the noise
  const { fsc, masked, randomized, corrected, randomizedFrom } = compareHalfMaps(a, b, { mask });
  assert.equal(randomizedFrom, 6); // the shell after the signal
  const share = mask.reduce((a, b) => a + b, 0) / N ** 3;
  // deviations of a masked FSC and of the mean of three: sqrt(1 + 1/3) / sqrt(independent numbers)
  const deviation = randomized.map((r, s) => Math.sqrt(4 / 3 / (share * counts[s])) / (1 - r));
  for (let s = 8; s <= HALF; s++) {
    assert.ok(Math.abs(fsc[s]) < 5 / Math.sqrt(counts[s]));
    assert.ok(Math.abs(corrected[s]) < 5 * deviation[s], `shell ${s}: ${corrected[s]}`);
  }
  const mean = (curve: Float64Array) => curve.slice(8).reduce((a, b) => a + b) / (HALF - 7);
  assert.ok(mean(masked) > 0.3, `the mask adds ${mean(masked)}`);
  const deviationOfMean = Math.hypot(...deviation.slice(8)) / (HALF - 7);
  assert.ok(Math.abs(mean(corrected)) < 5 * deviationOfMean, `${mean(corrected)}`);
  // below, the masked FSC stands
  for (let s = 0; s < 8; s++) assert.equal(corrected[s], masked[s]);
});

Deno.test("shells that a map does not fill count for nothing, whatever a mask carries there", () => {
  const [a, b] = [first, second].map((map) => lowPass(sum(map, signal, 14), 4.5, 0));
  const mask = softSphere(N, { radius: 0.3, width: 2 });
  const { masked, corrected, resolution143 } = compareHalfMaps(a, b, { mask });
  assert.ok(masked[6] > 0.5, `${masked[6]}`);
  for (let s = 0; s <= HALF; s++) {
    if (s > 4) assert.equal(corrected[s], 0);
    else assert.ok(corrected[s] > 0.9, `shell ${s}: ${corrected[s]}`);
  }
  // between shell 4, about 1, and shell 5, 0
  assert.ok(resolution143 > N * pixelSize / 4.9 && resolution143 < N * pixelSize / 4.8);
});

Deno.test("the resolution of half maps is that of their signal, and without a mask nothing is corrected", () => {
  const { fsc, masked, corrected, resolution143 } = compareHalfMaps(first, second);
  assert.deepEqual([...masked], [...fsc]);
  assert.deepEqual([...corrected], [...fsc]);
  // between shell 5, FSC 0.97, and shell 6, FSC 0
  assert.ok(resolution143 < N * pixelSize / 5 && resolution143 > N * pixelSize / 6);
  assert.deepEqual(compareHalfMaps(first, first).resolution143, 2 * pixelSize);
});

Deno.test("the filtered mean keeps sqrt(2 FSC / (1 + FSC)) of each shell, nothing after the first below 0", () => {
  const curve = Float64Array.from({ length: HALF + 1 }, (_, s) => s < 3 ? 1 : s < 9 ? 0.6 : 0.4);
  curve[12] = -0.1;
  const before = transformOf(sum(first, second, 1)), shells = shellsOf(N);
  const after = transformOf(filterByFSC(first, second, curve));
  // along the axis shells are whole numbers: no interpolation
  for (let k = 0; k < HALF; k++) {
    const c = curve[k], weight = k >= 12 ? 0 : Math.sqrt(2 * c / (1 + c)) / 2;
    assert.ok(Math.abs(after.real[k] - weight * before.real[k]) < 1e-3, `${k}`);
  }
  const left = after.real.filter((_, i) => shells[i] > 12);
  assert.ok(left.every((v) => Math.abs(v) < 1e-3));
});

Deno.test("the filtered mean is nearer to the signal than the mean", () => {
  const { corrected } = compareHalfMaps(first, second);
  const mean = { ...first, voxels: sum(first, second, 1).voxels.map((v) => v / 2) };
  const error = (map: Volume) =>
    map.voxels.reduce((e, v, i) => e + (v - 6 * signal.voxels[i]) ** 2, 0);
  const filtered = filterByFSC(first, second, corrected);
  assert.ok(error(filtered) < 0.2 * error(mean), `${error(filtered)} ${error(mean)}`);
  assert.ok(fourierShellCorrelation(filtered, signal)[4] > 0.97);
});
