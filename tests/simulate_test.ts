import assert from "node:assert/strict";
import { ctfPhase, evaluateCTF } from "../lib/ctf.ts";
import { createPhantom } from "../lib/phantom.ts";
import { createRandom } from "../lib/random.ts";
import { drawCTF, type Microscope, simulate } from "../lib/simulate.ts";
import { transformImage } from "../lib/turn.ts";
import { createVolume, type Volume } from "../lib/volume.ts";

const N = 24, PIXEL = 4, SIGMA = 1.6;

/** Blobs of unequal weight, (x, y, z) from the origin in px. */
const BLOBS = [[4, -3, 2, 1], [-5, 1, 3, 0.7], [0, 4, -4, 1.3], [2, 2, 5, -0.5]];

/** Gaussians: at Nyquist their transform is exp(-(pi SIGMA)^2 / 2) = 3e-6 of its peak. */
function blobs(): Volume {
  const volume = createVolume({ boxSize: N, pixelSize: PIXEL });
  for (let i = 0; i < N ** 3; i++) {
    const x = i % N - N / 2, y = Math.floor(i / N) % N - N / 2, z = Math.floor(i / N / N) - N / 2;
    for (const [bx, by, bz, weight] of BLOBS) {
      const r2 = (x - bx) ** 2 + (y - by) ** 2 + (z - bz) ** 2;
      volume.voxels[i] += weight * Math.exp(-r2 / (2 * SIGMA ** 2));
    }
  }
  return volume;
}

/** CTF = sin(asin 1) = 1 at every frequency. */
const PERFECT: Microscope = {
  amplitudeContrast: 1,
  sphericalAberration: 0,
  defocusMin: 0,
  defocusMax: 0,
  astigmatism: 0,
};

const map = blobs();
const COUNT = 200;
const plain = simulate({ map, count: COUNT, snr: 0.2, seed: 4 });
const shifted = simulate({
  map,
  count: COUNT,
  snr: 0.2,
  seed: 4,
  shiftSigma: 1.5,
  microscope: PERFECT,
});

function variance(pixels: ArrayLike<number>): number {
  let sum = 0, squares = 0;
  for (let i = 0; i < pixels.length; i++) sum += pixels[i], squares += pixels[i] ** 2;
  return squares / pixels.length - (sum / pixels.length) ** 2;
}

Deno.test("the first 128 images of a seed have a mean variance of exactly the SNR", () => {
  for (const { snr, seed } of [{ snr: 0.2, seed: 4 }, { snr: 0.01, seed: 5 }]) {
    const { clean } = simulate({ map, count: 1, snr, seed });
    let mean = 0;
    for (let i = 0; i < 128; i++) mean += variance(clean(i)) / 128;
    // Pixels are float32: 2^-23 relative, and the sums of squares are of like signs.
    assert.ok(Math.abs(mean / snr - 1) < 1e-6, `${mean}`);
  }
});

Deno.test("other images have the SNR too, within the spread of their variances", () => {
  const { clean } = simulate({ map, count: 1, snr: 0.2, seed: 4 });
  const values = Array.from({ length: 128 }, (_, i) => variance(clean(1000 + i)));
  const mean = values.reduce((a, b) => a + b) / values.length;
  // Two means of 128 are compared: five standard errors.
  assert.ok(Math.abs(mean - 0.2) < 5 * Math.sqrt(2 * variance(values) / 128), `${mean}`);
});

Deno.test("the noise is white, of mean 0 and variance 1, in the corners too", () => {
  const images = 128, size = N * N, all = images * size;
  const noise = new Float64Array(all);
  for (let i = 0; i < images; i++) {
    const image = plain.image(i), clean = plain.clean(i);
    for (let p = 0; p < size; p++) noise[i * size + p] = image[p] - clean[p];
  }
  const moment = (f: (at: number) => number, from = 0, step = 1) => {
    let sum = 0, terms = 0;
    for (let at = from; at < all; at += step) sum += f(at), terms++;
    return { mean: sum / terms, terms };
  };
  const near = ({ mean, terms }: { mean: number; terms: number }, wanted: number, spread: number) =>
    assert.ok(Math.abs(mean - wanted) < 5 * spread / Math.sqrt(terms), `${mean}, wanted ${wanted}`);
  near(moment((at) => noise[at]), 0, 1);
  near(moment((at) => noise[at] ** 2), 1, Math.SQRT2);
  for (const neighbour of [1, N, N + 1, size]) {
    near(moment((at) => noise[at] * (noise[at + neighbour] ?? 0)), 0, 1);
  }
  for (const corner of [0, N - 1, size - N, size - 1]) {
    near(moment((at) => noise[at], corner, size), 0, 1);
    near(moment((at) => noise[at] ** 2, corner, size), 1, Math.SQRT2);
  }
});

Deno.test("a clean image is the projection of the truth, turned by R^T and moved by +t", () => {
  // The scale, from the voxel nearest to a blob, float32.
  const peak = map.voxels.indexOf(map.voxels.reduce((most, v) => Math.max(most, v)));
  const scale = shifted.truth.voxels[peak] / map.voxels[peak];
  for (let i = 0; i < 5; i++) {
    const image = shifted.clean(i), { rotation: r, shift: [tx, ty] } = shifted.particle(i).pose;
    let error = 0, largest = 0;
    for (let p = 0; p < N * N; p++) {
      const x = p % N - N / 2, y = Math.floor(p / N) - N / 2;
      // A ray through a Gaussian of deviation SIGMA: the integral along z is sqrt(2 pi) SIGMA.
      let expected = 0;
      for (const [bx, by, bz, weight] of BLOBS) {
        const px = r[0] * bx + r[3] * by + r[6] * bz + tx;
        const py = r[1] * bx + r[4] * by + r[7] * bz + ty;
        const r2 = (x - px) ** 2 + (y - py) ** 2;
        expected += weight * Math.exp(-r2 / (2 * SIGMA ** 2)) * Math.sqrt(2 * Math.PI) * SIGMA;
      }
      error = Math.max(error, Math.abs(image[p] - scale * expected));
      largest = Math.max(largest, Math.abs(scale * expected));
    }
    // Interpolation 1e-5; blobs reach 3 deviations over the edge of the box when shifted: 1e-3 there.
    assert.ok(error < 2e-3 * largest, `image ${i}: ${error / largest}`);
  }
});

Deno.test("the CTF multiplies the transform of the projection, and nothing is beyond Nyquist", () => {
  const perfect = simulate({ map, count: 1, snr: 0.2, seed: 4, microscope: PERFECT });
  const ratio = plain.truth.voxels[N ** 3 / 2] / perfect.truth.voxels[N ** 3 / 2];
  const k: number[] = [];
  for (let y = -N / 2; y < N / 2; y++) for (let x = 0; x <= N / 2; x++) k.push(x, y);
  for (let i = 0; i < 3; i++) {
    const { ctf, pose } = plain.particle(i), phase = ctfPhase(ctf);
    assert.deepEqual(pose.rotation, perfect.particle(i).pose.rotation);
    const seen = transformImage(plain.clean(i), N, Float64Array.from(k));
    const bare = transformImage(perfect.clean(i), N, Float64Array.from(k));
    const largest = bare.reduce((most, d) => Math.max(most, Math.abs(d)), 0) * ratio;
    for (let j = 0; j < k.length; j++) {
      const x = k[j & ~1], y = k[j | 1], inside = x * x + y * y < N * N / 4;
      const transfer = evaluateCTF(phase, x / (N * PIXEL), y / (N * PIXEL));
      const expected = inside ? transfer * ratio * bare[j] : 0;
      // Pixels are float32, summed N^2 at a time over N: N 2^-23 of the largest.
      assert.ok(Math.abs(seen[j] - expected) < N * 2 ** -23 * largest, `image ${i}, (${x}, ${y})`);
    }
  }
});

Deno.test("image i depends on the seed and i: not on the count, the chunks or what was made before", () => {
  const options = { map, snr: 0.1, seed: 9, shiftSigma: 1 };
  const all = simulate({ ...options, count: 13 }), few = simulate({ ...options, count: 5 });
  const together = [...all.chunks(13)][0];
  assert.deepEqual(few.image(3), all.image(3));
  assert.equal(together.images.length, 13 * N * N);
  for (const size of [1, 4]) {
    const chunks = [...all.chunks(size)];
    assert.deepEqual(chunks.map(({ first }) => first), chunks.map((_, i) => i * size));
    const joined = chunks.flatMap(({ images }) => [...images]);
    assert.deepEqual(Float32Array.from(joined), together.images);
    assert.deepEqual(chunks.flatMap(({ ctfs }) => ctfs), together.ctfs);
    assert.deepEqual(chunks.flatMap(({ poses }) => poses), together.poses);
  }
  const other = simulate({ ...options, seed: 10, count: 5 });
  assert.notDeepEqual(other.image(3), all.image(3));
  assert.notDeepEqual(other.particle(3), all.particle(3));
});

Deno.test("shifts have the deviation asked for along both axes, and zero means centred", () => {
  const shifts = Array.from({ length: COUNT }, (_, i) => shifted.particle(i).pose.shift).flat();
  const squares = shifts.reduce((sum, t) => sum + t * t, 0) / shifts.length;
  assert.ok(Math.abs(squares / 1.5 ** 2 - 1) < 5 * Math.SQRT2 / Math.sqrt(shifts.length));
  assert.ok(plain.particle(3).pose.shift.every((t) => t === 0));
});

Deno.test("a drawn CTF lies within the ranges asked for and spans them", () => {
  const microscope = { voltage: 200, defocusMin: 8000, defocusMax: 9000, astigmatism: 50 };
  const drawn = Array.from({ length: 300 }, (_, i) => drawCTF(createRandom(1, i), microscope));
  const range = (f: (ctf: ReturnType<typeof drawCTF>) => number) => {
    const values = drawn.map(f);
    return [Math.min(...values), Math.max(...values)];
  };
  // 300 uniform draws leave out more than 5 % at one end with probability 0.95^300 = 2e-7.
  const spans = ([min, max]: number[], from: number, to: number) =>
    assert.ok(
      min >= from - 1e-9 && max <= to + 1e-9 && min < from + 0.05 * (to - from) &&
        max > to - 0.05 * (to - from),
      `${min} to ${max}, wanted ${from} to ${to}`,
    );
  spans(range(({ defocusU, defocusV }) => (defocusU + defocusV) / 2), 8000, 9000);
  spans(range(({ defocusU, defocusV }) => defocusU - defocusV), 0, 50);
  spans(range(({ defocusAngle }) => defocusAngle), 0, 180);
  assert.deepEqual(range(({ voltage }) => voltage), [200, 200]);
  assert.throws(
    () => drawCTF(createRandom(1), { defocusMin: 2, defocusMax: 1 }),
    /^RangeError: Cannot/,
  );
});

Deno.test("junk is the share asked for, a third of each kind, the other images as without it", () => {
  const junk = { share: 0.3, other: createPhantom("cylinder", { boxSize: N, pixelSize: PIXEL }) };
  const options = { map, snr: 0.2, seed: 4, count: 600 };
  const mixed = simulate({ ...options, junk });
  const power = { particle: 0, noise: 0, ice: 0, other: 0 }, count = { ...power };
  for (let i = 0; i < options.count; i++) {
    const { kind } = mixed.particle(i), clean = mixed.clean(i);
    count[kind]++;
    power[kind] += variance(clean);
    if (kind === "particle") assert.deepEqual(clean, plain.clean(i));
    else assert.notDeepEqual(clean, plain.clean(i));
  }
  const within = (found: number, share: number) =>
    assert.ok(Math.abs(found - 600 * share) < 4 * Math.sqrt(600 * share * (1 - share)));
  within(count.particle, 0.7);
  for (const kind of ["noise", "ice", "other"] as const) within(count[kind], 0.1);
  assert.equal(power.noise, 0);
  assert.ok(Math.abs(power.ice / count.ice / 2 - 1) < 1e-5); // ten times the particles'
  // that of the first 128 images of the other map is 0.2; these are some 60
  assert.ok(Math.abs(power.other / count.other / 0.2 - 1) < 0.3);
});

Deno.test("amplitudes are in the truth and in the pixels, not in what is known of the images", () => {
  const spread = 0.3, options = { map, snr: 0.2, seed: 4, count: COUNT };
  const varied = simulate({ ...options, amplitudeSpread: spread });
  let mean = 0, squares = 0;
  for (let i = 0; i < COUNT; i++) {
    const { scale } = varied.particle(i).ctf, log = Math.log(scale);
    mean += scale / COUNT;
    squares += (log + spread ** 2 / 2) ** 2 / COUNT;
    const ratio = Math.sqrt(variance(varied.clean(i)) / variance(plain.clean(i)));
    assert.ok(Math.abs(ratio / scale - 1) < 1e-5);
  }
  assert.ok(Math.abs(mean - 1) < 4 * spread / Math.sqrt(COUNT));
  assert.ok(Math.abs(squares / spread ** 2 - 1) < 4 * Math.SQRT2 / Math.sqrt(COUNT));
  const [{ ctfs }] = varied.chunks(3);
  assert.deepEqual(ctfs.map(({ scale }) => scale), [1, 1, 1]);
});

Deno.test("coloured noise comes on top of the same images", () => {
  const options = { map, snr: 0.2, seed: 4, count: 1 };
  const coloured = simulate({ ...options, noiseDecay: 6 });
  assert.deepEqual(coloured.clean(0), plain.clean(0));
  assert.notDeepEqual(coloured.image(0), plain.image(0));
  assert.ok(Math.abs(coloured.noiseVariance(0) / coloured.noiseVariance(N / 2) - 6) < 1e-12);
  assert.equal(plain.noiseVariance(3), 1);
});

Deno.test("simulate() refuses a map without contrast and numbers out of range", () => {
  const good = { map, count: 1, snr: 1 };
  const empty = createVolume({ boxSize: 8, pixelSize: 1 });
  const broken = createVolume({ boxSize: 8, pixelSize: 1 });
  broken.voxels[3] = NaN;
  for (
    const bad of [
      { map: empty },
      { map: broken },
      { snr: 0 },
      { snr: NaN },
      { snr: Infinity },
      {
        count: 0,
      },
      { count: 1.5 },
      { shiftSigma: -1 },
      { noiseDecay: 0.5 },
      { amplitudeSpread: -1 },
    ]
  ) {
    assert.throws(() => simulate({ ...good, ...bad }), /^RangeError: Cannot simulate: /);
  }
});
