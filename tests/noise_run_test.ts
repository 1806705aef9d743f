import assert from "node:assert/strict";
import { createBand } from "../lib/band.ts";
import { createBackend } from "../lib/backends.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../lib/checkpoint.ts";
import { drawIce } from "../lib/junk.ts";
import { march } from "../lib/march.ts";
import { bandShells } from "../lib/noise.ts";
import { createNoiseField } from "../lib/noise_field.ts";
import { createParticleStack } from "../lib/particles.ts";
import { createPowerSum } from "../lib/power.ts";
import { circularWindow, windowPower } from "../lib/prepare.ts";
import { createRandom } from "../lib/random.ts";
import { reconstruct } from "../lib/reconstruct.ts";
import type { ReconstructOptions } from "../lib/reconstruction.ts";
import { createVolume } from "../lib/volume.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

const box = 24, count = 160, junk = 20, pixelSize = 4, height = 1.2;
const field = createNoiseField(box, 6);
const { images: clean, ctfs } = createSmallSet({ box, pixelSize, count, height, noise: 0 });

/** Blobs in coloured noise; the last 20 show nothing, or ice. */
const images = clean.map((v) => v);
for (let i = 0; i < count; i++) {
  const noise = field.draw(createRandom(1, "noise run", i)), first = i * box * box;
  const ice = drawIce(createRandom(1, "ice", i), box, 0.3);
  noise.forEach((v, p) =>
    images[first + p] = v + (i < count - junk ? clean[first + p] : i % 2 ? ice[p] : 0)
  );
}
const particles = createParticleStack({ boxSize: box, pixelSize, images, ctfs });
const truth = createVolume({ boxSize: box, pixelSize, voxels: blobDensity(box, height) });

/** r = 4 Fourier pixels. */
const options: Omit<ReconstructOptions, "backend"> = {
  maxResolution: 24,
  optimizer: "preconditioned",
  maskRadius: 0.42,
  initial: truth,
  batchSize: 60,
  heldOut: 20,
  testEvery: 100,
  epochs: 14,
  noise: "shells",
  outlierShare: 0.1,
  seed: 2,
};

async function wholeRun(more: Partial<ReconstructOptions> = {}) {
  await using backend = await createBackend("cpu", { threads: 2 });
  await using run = await reconstruct(particles, { backend, ...options, ...more });
  const checkpoints = [run.checkpoint()], noise: (readonly number[])[] = [];
  for await (const record of run) {
    if (record.noise) noise.push(record.noise);
    checkpoints.push(run.checkpoint());
  }
  return {
    checkpoints,
    noise,
    variance: run.noise(),
    test: await run.test(),
    poses: await run.poses(),
  };
}

const whole = await wholeRun();

Deno.test("a run learns the power of the noise from what its map leaves of the images", () => {
  assert.equal(whole.variance.length, box / 2 + 1);
  assert.equal(whole.noise.length, Math.floor((whole.checkpoints.length - 1) / 10));
  assert.deepEqual([...whole.noise.at(-1)!], [...whole.variance.slice(0, 5)]);
  // images are divided by the deviation of their corners, some of which are ice: 2 %
  for (let s = 1; s <= 4; s++) {
    // some four residuals of 60 images count; n = 4 in the first shell: 7 %; the map fits some noise
    const ratio = whole.variance[s] / field.variance(s);
    assert.ok(Math.abs(ratio - 1) < 0.25, `shell ${s}: ${ratio}`);
  }
});

Deno.test("images that show nothing, or ice, are found out; particles are not", () => {
  const of = (from: number, to: number) =>
    whole.poses.slice(from, to).map(({ responsibility }) => responsibility!);
  const [good, bad] = [of(0, count - junk), of(count - junk, count)];
  assert.ok(good.filter((r) => r > 0.9).length > 0.95 * good.length);
  assert.ok(bad.filter((r) => r < 0.5).length > 0.8 * bad.length);
});

Deno.test("the model with coloured noise and outliers is the likelier one, and white noise knows neither", async () => {
  const white = await wholeRun({ noise: "white", outlierShare: 0 });
  assert.ok(whole.test < white.test - 1);
  assert.deepEqual(white.noise, []);
  assert.ok(white.variance.every((v) => v === 1));
  assert.ok(white.poses.every(({ responsibility }) => responsibility === undefined));
  assert.equal(white.checkpoints[0].noise, undefined);
});

Deno.test("a run that knows its noise goes on from a checkpoint to the same bits", async () => {
  const untimed = ({ seconds: _, ...rest }: Checkpoint) => rest;
  for (const at of [0, 9, 10, 25]) {
    const resume = decodeCheckpoint(encodeCheckpoint(whole.checkpoints[at]), "checkpoint");
    const rest = await wholeRun({ resume });
    assert.deepEqual(
      rest.checkpoints.map(untimed),
      whole.checkpoints.slice(at).map(untimed),
    );
    assert.equal(rest.test, whole.test);
    assert.deepEqual(rest.variance, whole.variance);
  }
});

Deno.test("what images hold beyond coloured noise is what the particles added", () => {
  const band = createBand(box, 4), used = count - junk, area = box * box;
  const variance = Float64Array.from({ length: 5 }, (_, s) => field.variance(s));
  const excessOf = (pixels: Float32Array, noise: ArrayLike<number>) => {
    const sum = createPowerSum(band, pixelSize), window = circularWindow(box);
    sum.add(pixels.map((v, i) => v * window[i % area]), ctfs.slice(0, used));
    return sum.excess(noise).reduce((a, b) => a + b, 0);
  };
  const none = excessOf(clean.subarray(0, used * area), [0, 0, 0, 0, 0]);
  const found = excessOf(images.subarray(0, used * area), variance);
  // 24 coefficients of 140 images, |D|^2 = 0.7 sigma^2 + signal, sigma^2 up to 2.5: 2.5 in all
  assert.ok(Math.abs(found - none) < 4 * 2.5, `${found}, not ${none}`);
  const white = excessOf(images.subarray(0, used * area), [1, 1, 1, 1, 1]);
  const more = bandShells(band).reduce((sum, s) => sum + windowPower(box) * (variance[s] - 1), 0);
  assert.ok(more > 15 && Math.abs(white - found - more) < 1e-9); // noise taken for particles
});

Deno.test("a march carries the noise on to the next stage", async () => {
  await using backend = await createBackend("cpu", { threads: 2 });
  const stages = [{ maxResolution: 40, epochs: 5 }, { maxResolution: 24, epochs: 0.1 }];
  await using run = await march(particles, { backend, ...options, stages });
  let before = run.noise();
  for await (const _ of run) if (run.stage === 0) before = run.noise();
  assert.equal(run.stage, 1);
  assert.deepEqual(run.noise(), before);
  assert.notEqual(before[2], before[3]);
});
