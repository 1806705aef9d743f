import assert from "node:assert/strict";
import type { ImageStore, Session } from "../../lib/backend.ts";
import { createBackend } from "../../lib/backends.ts";
import { createBand } from "../../lib/band.ts";
import { byPosterior } from "../../lib/baselines/batch_em.ts";
import type { Method } from "../../lib/baselines/batch_run.ts";
import { applyGain, frequencies } from "../../lib/baselines/fourier_gain.ts";
import { solveNormalEquations } from "../../lib/baselines/normal_equations.ts";
import { byBestPose, projectionMatching } from "../../lib/baselines/projection_matching.ts";
import { createPhantom } from "../../lib/phantom.ts";
import { normalize } from "../../lib/prepare.ts";
import { createQuadrature, rotationOf } from "../../lib/quadrature/quadrature.ts";
import { createRandom } from "../../lib/random.ts";
import { lowPass, resample } from "../../lib/resample.ts";
import { angleBetween } from "../../lib/rotation.ts";
import { simulateParticles } from "../../lib/simulate.ts";
import { norm } from "../../lib/vector.ts";
import type { Volume } from "../../lib/volume.ts";
import { distance, inner } from "../dense_oracle.ts";
import { blobDensity, createSmallSet, type SmallSet } from "../small_set.ts";

const box = 16, pixelSize = 4, M = 8;
const band = createBand(box, 2.6);
const problem = { band, pixelSize, workBox: M, quadrature: createQuadrature(band) };
const grid = createRandom(1, "grid").rotation();

/** Images in a session of the definition. */
async function open(set: SmallSet): Promise<{ session: Session; images: ImageStore }> {
  const session = await (await createBackend("reference")).open(problem);
  const pixels = set.images.slice(), images = session.createImages(set.ctfs.length);
  normalize(pixels, box);
  await images.set(0, pixels, set.ctfs);
  return { session, images };
}

/** One iteration of a method with a given prior: log p of all images before it, and the next map. */
async function iterate(
  { session, images }: { session: Session; images: ImageStore },
  { particles, ctfs }: SmallSet,
  voxels: Float32Array,
  method: Method,
  prior: Float64Array,
) {
  const slices = await session.project(voxels, grid), P = await slices.download();
  const sums = { numerator: new Float64Array(P.length), weight: new Float64Array(P.length) };
  const indices = Uint32Array.from(ctfs.keys());
  const batch = { session, particles, indices, images, which: indices, slices, P };
  const logs = await method.add(batch, sums);
  const next = await solveNormalEquations(session, sums, voxels, { prior, grid });
  return { logLikelihood: logs.reduce((a, b) => a + b), sums, next };
}

for (const precision of [0, 0.3]) {
  Deno.test(`EM never lets the probability of the map fall: 1/tau^2 = ${precision}`, async () => {
    const set = createSmallSet({ count: 30, box, pixelSize, height: 2 });
    const opened = await open(set), prior = new Float64Array(M ** 3).fill(precision);
    const inside = frequencies(M).map((k) => k < band.radius + 0.5 ? 1 : 0);
    const start = blobDensity(M, 0.5).map((v, i) => v * (1 + Math.sin(i)));
    let voxels: Float32Array = Float32Array.from(applyGain(start, inside));
    const values: number[] = [];
    for (let t = 0; t < 8; t++) {
      const { logLikelihood, next } = await iterate(opened, set, voxels, byPosterior, prior);
      values.push(logLikelihood - inner(voxels, applyGain(voxels, prior)) / 2);
      voxels = next;
    }
    values.slice(1).forEach((v, t) => {
      // Rounding V to float32 shifts it by 2^-24 |V| at most, where the gradient is as large as the last
      // step's: below the rounding of 30 sums of some tens of nats.
      assert.ok(v > values[t] - 1e-6, `iteration ${t + 1}: ${values}`);
    });
    assert.ok(values.at(-1)! > values[0] + 20, `it rises: ${values}`);
  });
}

Deno.test("with sharp posteriors EM and projection matching put the same into the same slices", async () => {
  const set = createSmallSet({ count: 24, box, pixelSize, height: 4, seed: 4 });
  const opened = await open(set), prior = new Float64Array(M ** 3).fill(1);
  const voxels = blobDensity(M, 2000); // so bright that no two poses fit an image nearly as well
  const soft = await iterate(opened, set, voxels, byPosterior, prior);
  const hard = await iterate(opened, set, voxels, byBestPose, prior);
  const { images, session } = opened;
  const slices = await session.project(voxels, grid);
  const { best } = await session.marginalize(slices, images, [...set.ctfs.keys()], { best: true });
  const half = problem.quadrature.directions.count / 2;
  assert.ok(best!.every(({ probability }) => probability > 1 - 1e-9));
  for (const isBack of [false, true]) { // both a direction and its antipode are met
    assert.ok(best!.some(({ direction }) => direction >= half === isBack));
  }
  assert.equal(hard.logLikelihood, soft.logLikelihood);
  for (const name of ["weight", "numerator"] as const) {
    const a = soft.sums[name], b = hard.sums[name];
    // 24 images' share of 1e-9, and W P - G, a difference of numbers not larger than W P
    assert.ok(distance(a, b) < 1e-7 * Math.hypot(...a), name);
  }
});

Deno.test("projection matching finds known poses from near the truth, and the density with them", async () => {
  const boxSize = 24, map = createPhantom("enzyme", { boxSize, pixelSize: 10 });
  const { particles, truth, poses } = simulateParticles({ map, count: 300, snr: 20, seed: 3 });
  const near = lowPass(truth, 4);
  await using backend = await createBackend("cpu", { threads: 2 });
  await using run = await projectionMatching(particles, {
    backend,
    maxResolution: 40, // r = 6
    initial: near,
    iterations: 3,
    heldOut: 10,
  });
  for await (const { step } of run) assert.ok(step > 0);
  const found = run.map(), band = lowPass(truth, 6);
  const error = (volume: Volume) => distance(volume.voxels, band.voxels) / norm(band.voxels);
  assert.ok(error(found) < error(near) / 2, `${error(found)}, ${error(near)}`);

  await using session = await backend.open(run.problem);
  const { workBox, quadrature } = run.problem, which = Uint32Array.from(poses.keys());
  const pixels = await particles.read(which), images = session.createImages(which.length);
  normalize(pixels, boxSize);
  await images.set(0, pixels, Array.from(which, particles.ctf));
  const slices = await session.project(resample(found, workBox).voxels, grid);
  const { best } = await session.marginalize(slices, images, which, { best: true });
  // Half of atan(1/r) in each of three angles, where directions are spaced as they are on average; a
  // Lebedev rule's largest holes are up to twice as wide.
  const step = 1.5 * Math.atan(1 / 6);
  best!.forEach(({ direction, angle }, i) => {
    const off = angleBetween(rotationOf(quadrature, direction, angle, grid), poses[i].rotation);
    assert.ok(off < step, `image ${i}: ${off}, ${step}`);
  });
});
