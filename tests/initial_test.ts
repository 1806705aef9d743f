import assert from "node:assert/strict";
import type { Problem } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { createBand, workBoxOf } from "../lib/band.ts";
import { ctfPhase } from "../lib/ctf.ts";
import { randomSpheres, scaleToPower } from "../lib/initial.ts";
import { createPowerSum } from "../lib/power.ts";
import { circularWindow, normalize } from "../lib/prepare.ts";
import { project } from "../lib/project.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";
import { transferAt, transformImage, turnBand } from "../lib/turn.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

const box = 16, pixelSize = 4, band = createBand(box, 4);
const problem: Problem = {
  band,
  pixelSize,
  workBox: workBoxOf(band),
  quadrature: createQuadrature(band),
};
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

Deno.test("white noise has no excess power", () => {
  const count = 400, random = createRandom(1), { ctfs } = createSmallSet({ count: 1, box });
  const images = Float32Array.from({ length: count * box * box }, () => random.normal());
  const window = circularWindow(box);
  const power = createPowerSum(band, pixelSize);
  power.add(
    images.map((v, i) => v * window[i % window.length]),
    new Array(count).fill(ctfs[0]),
  );
  const noise = sum(Array.from(window, (w) => w * w)) / (box * box);
  // |D|^2 of one coefficient is exponential: its deviation is its mean; the window correlates some
  // neighbours, which the number of coefficients does not show: twice.
  const deviation = noise / Math.sqrt(count);
  for (const e of power.excess()) assert.ok(Math.abs(e) < 5 * deviation);
  const mean = sum(power.excess()) / band.count;
  assert.ok(Math.abs(mean) < 5 * deviation / Math.sqrt(band.count) * 2);
});

Deno.test("power and transfer are means over the images, whatever way they were added", () => {
  const { images, ctfs } = createSmallSet({ count: 7, box, height: 1 });
  const together = createPowerSum(band, pixelSize), oneByOne = createPowerSum(band, pixelSize);
  together.add(images, ctfs);
  ctfs.forEach((ctf, i) =>
    oneByOne.add(images.subarray(i * box * box, (i + 1) * box * box), [ctf])
  );
  assert.deepEqual(oneByOne.excess(), together.excess());
  assert.deepEqual(oneByOne.transfer(), together.transfer());
  const at = turnBand(band, 0), window = circularWindow(box);
  const noise = sum(Array.from(window, (w) => w * w)) / (box * box);
  for (const i of [0, 5, band.count - 1]) {
    let power = 0, transfer = 0;
    ctfs.forEach((ctf, b) => {
      const image = images.subarray(b * box * box, (b + 1) * box * box);
      const D = transformImage(image, box, at);
      power += (D[2 * i] ** 2 + D[2 * i + 1] ** 2) / 7;
      transfer += transferAt(ctfPhase(ctf), box, pixelSize, at)[i] ** 2 / 7;
    });
    assert.ok(Math.abs(together.excess()[i] - (power - noise)) < 1e-11 * power);
    assert.ok(Math.abs(together.transfer()[i] - transfer) < 1e-14);
  }
});

Deno.test("the scaled start predicts the images' excess power", async () => {
  await using backend = await createBackend("reference");
  await using session = await backend.open(problem);
  const count = 50, { images, ctfs } = createSmallSet({ count, box, height: 1 });
  normalize(images, box);
  const power = createPowerSum(band, pixelSize);
  power.add(images, ctfs);
  const start = randomSpheres(problem.workBox, createRandom(3));
  const scale = await scaleToPower(start, session, power);

  // every direction of the rule, not half of them; each image's CTF, not their mean
  const { directions } = problem.quadrature, at = turnBand(band, 0);
  const P = project(start.map((v) => v * scale), {
    band,
    workBox: problem.workBox,
    frames: directions.frames,
  });
  let predicted = 0;
  for (const ctf of ctfs) {
    const c = transferAt(ctfPhase(ctf), box, pixelSize, at);
    for (let j = 0; j < directions.count; j++) {
      for (let i = 0; i < band.count; i++) {
        const p = 2 * (j * band.count + i);
        predicted += directions.weights[j] * c[i] ** 2 * (P[p] ** 2 + P[p + 1] ** 2) / count;
      }
    }
  }
  // The mirror in ky that half the rule leaves out meets CTFs turned by astigmatism: that is all.
  const excess = sum(power.excess());
  assert.ok(Math.abs(predicted / excess - 1) < 0.02, `${predicted}, not ${excess}`);
});

Deno.test("a tenth of the truth is scaled back to the truth", async () => {
  await using backend = await createBackend("cpu", { threads: 1 });
  await using session = await backend.open(problem);
  const count = 400, height = 1, { images, ctfs } = createSmallSet({ count, box, height });
  const window = circularWindow(box);
  const power = createPowerSum(band, pixelSize);
  power.add(images.map((v, i) => v * window[i % window.length]), ctfs);
  const scale = await scaleToPower(blobDensity(problem.workBox, height / 10), session, power);
  // Views and noise of 400 images: power to 5 %, which is 3 % of the scale; the window takes as much.
  assert.ok(Math.abs(scale / 10 - 1) < 0.06, `${scale}`);
});

Deno.test("images without power above their noise are refused", async () => {
  await using backend = await createBackend("reference");
  await using session = await backend.open(problem);
  const power = createPowerSum(band, pixelSize), { ctfs } = createSmallSet({ count: 1, box });
  power.add(new Float32Array(box * box), ctfs);
  await assert.rejects(
    () => scaleToPower(blobDensity(problem.workBox), session, power),
    /^RangeError: Cannot scale the start: the images hold -\d+\.\d+ sigma\^2 .* are there particles\?$/,
  );
});

Deno.test("random spheres are the same for the same seed, others for another", () => {
  const spheres = (seed: number) => randomSpheres(14, createRandom(seed, "spheres"));
  assert.deepEqual(spheres(1), spheres(1));
  assert.notDeepEqual(spheres(1), spheres(2));
});

Deno.test("random spheres are positive, inside the particle circle, and of the volume they should have", () => {
  const m = 24;
  let volume = 0;
  const trials = 40;
  for (let seed = 0; seed < trials; seed++) {
    const voxels = randomSpheres(m, createRandom(seed), { count: 5 });
    voxels.forEach((v, i) => {
      const x = i % m - m / 2, y = Math.floor(i / m) % m - m / 2, z = Math.floor(i / m / m) - m / 2;
      assert.ok(v >= 0 && v <= 5);
      // centres within 0.21, radii up to 0.15 box edges, half a voxel of blur
      if (Math.hypot(x, y, z) > 0.36 * m + 0.5) assert.equal(v, 0);
    });
    volume += sum(voxels) / trials;
  }
  // E r^3 of radii uniform in 0.05 .. 0.15 is (0.15^4 - 0.05^4) / (4 * 0.1) = 1.25e-3, deviation 1e-3; the
  // blur adds a little to the small ones
  const wanted = 5 * 4 / 3 * Math.PI * 1.25e-3 * m ** 3;
  assert.ok(Math.abs(volume / wanted - 1) < 5 * 0.8 / Math.sqrt(5 * trials) + 0.03);
});
