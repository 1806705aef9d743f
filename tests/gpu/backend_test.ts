import assert from "node:assert/strict";
import { createWebGPUBackend, type WebGPUBackendOptions } from "../../gpu/backend.ts";
import { createPrograms } from "../../gpu/programs.ts";
import { sizesOf } from "../../gpu/sizes.ts";
import { tiles, timeTiles } from "../../gpu/tile.ts";
import type { Problem, Session } from "../../lib/backend.ts";
import { createBand, workBoxOf } from "../../lib/band.ts";
import { createQuadrature } from "../../lib/quadrature/quadrature.ts";
import { createRandom } from "../../lib/random.ts";
import { reconstruct } from "../../lib/reconstruct.ts";
import { blobDensity, createSmallSet } from "../small_set.ts";
import { guard } from "./guard.ts";
import { freshDevice, gpuTest } from "./on_gpu.ts";

/** 151 pairs of directions: three tiles; 8 columns an image. */
const band = createBand(20, 4.4);
const problem: Problem = {
  band,
  pixelSize: 4,
  workBox: workBoxOf(band),
  quadrature: createQuadrature(band, {}),
};
const { images: pixels, ctfs } = createSmallSet({ box: 20, count: 9, height: 2, extent: 1 });
const voxels = blobDensity(problem.workBox, 2);
const grid = createRandom(3).rotation();
const which = [8, 0, 3, 3, 1, 7, 2, 5, 4, 6];

async function storeIn(session: Session) {
  const images = session.createImages(ctfs.length);
  await images.set(0, Float32Array.from(pixels), [...ctfs]);
  return images;
}

/** All that a session can say of the minibatch. */
async function everythingIn(session: Session) {
  const images = await storeIn(session);
  const slices = await session.project(voxels, grid);
  const m = await session.marginalize(slices, images, which, {
    voxelGradient: true,
    best: true,
  });
  return {
    P: await slices.download(),
    logLikelihood: m.logLikelihood,
    best: m.best,
    gradient: await m.gradient!.download(),
    weight: await m.weight!.download(),
    voxelGradient: m.voxelGradient!,
    weighed: await (await session.weigh(m.weight!, voxels)).download(),
  };
}

async function everything(options: WebGPUBackendOptions) {
  await using backend = await createWebGPUBackend(options);
  await using session = await backend.open(problem);
  return await everythingIn(session);
}

const norm = (a: ArrayLike<number>) => Math.hypot(...Array.from(a));
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  return norm(Array.from(a, (v, i) => v - b[i])) / norm(b);
}

gpuTest("the same sums give the same bits, whatever the tile", async (device) => {
  const wanted = await everything({ device, tile: "4x4" });
  assert.deepEqual(await everything({ device, tile: "4x4" }), wanted);
  assert.deepEqual(await everything({ device, tile: "8x8" }), wanted);
});

gpuTest("every tile is tried on the same product", async (device) => {
  const before = device.bytesHeld;
  const seconds = await timeTiles(device, createPrograms(device));
  assert.deepEqual(Object.keys(seconds), Object.keys(tiles));
  assert.ok(Object.values(seconds).every((s) => s > 0));
  assert.equal(device.bytesHeld, before);
});

gpuTest("chunks and pages do not change what an image says", async (device) => {
  const wanted = await everything({ device });
  const { patch, lanes } = sizesOf(problem, device.limits, 100);
  const limits = {
    ...device.limits,
    maxBufferSize: 3 * 8 * patch,
    maxStorageBufferBindingSize: 4 * 8 * lanes * 64,
  };
  const { page, chunk } = sizesOf(problem, limits, 100);
  assert.deepEqual({ page, chunk }, { page: 3, chunk: 8 });
  const found = await everything({ device: { ...device, limits } });
  assert.deepEqual(found.logLikelihood, wanted.logLikelihood);
  assert.deepEqual(found.best, wanted.best);
  // the gradient's sum is split elsewhere: a few roundings of 2^-24 of terms that partly cancel
  assert.ok(difference(found.gradient, wanted.gradient) < 1e-5);
  assert.ok(difference(found.weight, wanted.weight) < 1e-6);
  assert.ok(difference(found.voxelGradient, wanted.voxelGradient) < 1e-5);
});

gpuTest("nothing is read that was not written, or written beyond its end", async (device) => {
  const { guarded, checkTails } = guard(device);
  const wanted = await everything({ device });
  await using backend = await createWebGPUBackend({ device: guarded });
  await using session = await backend.open(problem);
  assert.deepEqual(await everythingIn(session), wanted);
  assert.ok(await checkTails() > 30);
});

gpuTest("two sessions on one device do not disturb each other", async (device) => {
  await using backend = await createWebGPUBackend({ device });
  await using one = await backend.open(problem);
  await using other = await backend.open(problem);
  const images = await storeIn(one), others = await storeIn(other);
  const options = { gradient: false };
  const slices = await one.project(voxels, grid);
  const { logLikelihood } = await one.marginalize(slices, images, [0, 1], options);
  const again = await one.project(voxels, grid);
  const else_ = await other.project(voxels.map((v) => 2 * v));
  const [a, b] = await Promise.all([
    one.marginalize(again, images, [0, 1], options),
    other.marginalize(else_, others, [0, 1], options),
  ]);
  assert.deepEqual(a.logLikelihood, logLikelihood);
  assert.notDeepEqual(b.logLikelihood, logLikelihood);
});

gpuTest("a session gives back all that it took", async (device) => {
  const before = device.bytesHeld;
  {
    await using backend = await createWebGPUBackend({ device });
    await using session = await backend.open(problem);
    await storeIn(session);
    const expected = backend.bytes(problem, 100) + 9 * backend.bytesPerImage(problem);
    const held = device.bytesHeld - before;
    assert.ok(
      held >= expected && held < expected + 2 ** 20,
      `${held} bytes, ${expected} announced`,
    );
  }
  assert.equal(device.bytesHeld, before);
});

gpuTest("what cannot be is refused by name", async (device) => {
  await assert.rejects(
    createWebGPUBackend({ device, tile: "3x3" }),
    /^RangeError: Cannot use tile 3x3: wanted one of 4x4, 8x8$/,
  );
  const limits = { ...device.limits, maxStorageBufferBindingSize: 65536 };
  await using small = await createWebGPUBackend({ device: { ...device, limits } });
  await assert.rejects(
    async () => await small.open(problem),
    /^RangeError: Cannot open the problem: an image takes \d+ bytes, wanted at most 65536 a binding$/,
  );
  await using backend = await createWebGPUBackend({ device });
  await using session = await backend.open(problem);
  const images = session.createImages(2), slices = await session.project(voxels);
  await assert.rejects(
    session.marginalize(slices, images, [0]),
    /^RangeError: Cannot marginalize: images that were never stored$/,
  );
  await assert.rejects(
    session.project(new Float32Array(8)),
    /^RangeError: Cannot project 8 voxels: wanted \d+\^3 of the work grid$/,
  );
  await assert.rejects(
    session.backproject(slices),
    /^TypeError: Cannot backproject projected slices: wanted a gradient or an upload$/,
  );
});

gpuTest("a run whose device is lost says so, and can still be saved", async () => {
  const device = await freshDevice();
  await using backend = await createWebGPUBackend({ device });
  const { particles } = createSmallSet({ box: 20, count: 30, height: 2, extent: 1 });
  const run = await reconstruct(particles, {
    backend,
    maxResolution: 20,
    heldOut: 5,
    batchSize: 5,
    epochs: 2,
  });
  const iterations = run[Symbol.asyncIterator]();
  await iterations.next();
  const saved = run.checkpoint();
  device.gpu.destroy();
  await assert.rejects(iterations.next(), /^Error: Cannot use .*: it was destroyed$/);
  const { iteration, voxels: kept } = run.checkpoint();
  assert.deepEqual({ iteration, kept }, { iteration: 1, kept: saved.voxels });
  await run[Symbol.asyncDispose]();
});
