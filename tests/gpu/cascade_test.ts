import assert from "node:assert/strict";
import { createWebGPUBackend, type WebGPUBackendOptions } from "../../gpu/backend.ts";
import { levelsOf } from "../../gpu/levels.ts";
import type { Backend, Problem, Session } from "../../lib/backend.ts";
import { createBackend } from "../../lib/backends.ts";
import { createBand, workBoxOf } from "../../lib/band.ts";
import { MOST_KEPT } from "../../lib/quadrature/cascade.ts";
import { createQuadrature, quadraturePoints } from "../../lib/quadrature/quadrature.ts";
import { createRandom } from "../../lib/random.ts";
import { blobDensity, createSmallSet } from "../small_set.ts";
import { guard } from "./guard.ts";
import { gpuTest } from "./on_gpu.ts";

/** A problem whose levels have these radii. */
function problemOf(box: number, radii: readonly number[], extent = 0): Problem {
  const level = (radius: number) => {
    const band = createBand(box, radius);
    return { band, quadrature: createQuadrature(band, { extent }), tolerance: 1e-3 };
  };
  const levels = radii.map(level), { band, quadrature } = levels.pop()!;
  return { band, pixelSize: 4, workBox: workBoxOf(band), quadrature, coarse: levels };
}

/** Three levels. */
const problem = problemOf(16, [2.4, 3.3, 4.1]);
const shifted = problemOf(16, [2.2, 3.1], 1.8);
const { images: pixels, ctfs } = createSmallSet({ box: 16, count: 9, height: 2, extent: 1 });
const which = [8, 0, 3, 3, 1, 7, 2, 5, 4, 6];

async function everythingIn(session: Session, voxels = blobDensity(session.problem.workBox, 2)) {
  const images = session.createImages(ctfs.length);
  await images.set(0, Float32Array.from(pixels), [...ctfs]);
  const slices = await session.project(voxels, createRandom(3).rotation());
  const m = await session.marginalize(slices, images, which, {
    voxelGradient: true,
    best: true,
    diagonal: true,
  });
  return {
    ...m,
    gradient: await m.gradient!.download(),
    weight: await m.weight!.download(),
    weighed: await (await session.weigh(m.weight!, voxels)).download(),
  };
}

async function everything(options: WebGPUBackendOptions, own = problem) {
  await using backend = await createWebGPUBackend(options);
  await using session = await backend.open(own);
  return await everythingIn(session);
}

gpuTest(
  "a cascade gives the same bits again, whatever the tile, chunks and pages",
  async (device) => {
    const wanted = await everything({ device, tile: "4x4" });
    assert.deepEqual(await everything({ device, tile: "4x4" }), wanted);
    assert.deepEqual(await everything({ device, tile: "8x8" }), wanted);
    const { own, cascade } = levelsOf(problem, device.limits, 100);
    const most = Math.max(...cascade!.refined.map(({ points }) => points));
    const limits = {
      ...device.limits,
      maxBufferSize: 3 * 8 * own.patch,
      maxStorageBufferBindingSize: 4 * 8 * most,
    };
    const { page, chunk } = levelsOf(problem, limits, 100).own;
    assert.deepEqual({ page, chunk }, { page: 3, chunk: 4 });
    assert.deepEqual(await everything({ device: { ...device, limits } }), wanted);
  },
);

gpuTest(
  "a cascade reads nothing that was not written, and writes nothing beyond an end",
  async (device) => {
    for (const own of [problem, shifted]) {
      const { guarded, checkTails } = guard(device);
      const wanted = await everything({ device }, own);
      await using backend = await createWebGPUBackend({ device: guarded });
      await using session = await backend.open(own);
      assert.deepEqual(await everythingIn(session), wanted);
      assert.ok(await checkTails() > 60);
    }
  },
);

gpuTest("a session that refines gives back all that it took", async (device) => {
  const before = device.bytesHeld;
  {
    await using backend = await createWebGPUBackend({ device });
    await using session = await backend.open(problem);
    await everythingIn(session);
    const expected = backend.bytes(problem, 100) + 9 * backend.bytesPerImage(problem);
    const held = device.bytesHeld - before;
    assert.ok(
      held >= expected && held < expected + 2 ** 20,
      `${held} bytes, ${expected} announced`,
    );
  }
  assert.equal(device.bytesHeld, before);
});

gpuTest("where there is room for few points, fewer are kept, which is said", async (device) => {
  const wanted = await everything({ device });
  const mostPoints = Math.floor(Math.max(...wanted.points!) / 2);
  const found = await everything({ device, mostPoints });
  assert.ok(found.points!.some((points, b) => points < wanted.points![b]));
  found.points!.forEach((points, b) => {
    assert.ok(points > 0 && points <= mostPoints);
    assert.ok(found.dropped![b] >= wanted.dropped![b]);
    const lost = wanted.logLikelihood[b] - found.logLikelihood[b];
    // roundings aside nothing is gained
    assert.ok(lost > -1e-4 && lost < -Math.log1p(-found.dropped![b]) + 0.1, `image ${b}: ${lost}`);
  });
});

gpuTest("room for no points is refused", async (device) => {
  for (const mostPoints of [0, -1, 1.5, NaN]) {
    await assert.rejects(
      createWebGPUBackend({ device, mostPoints }),
      /^RangeError: Cannot use at most .* points: wanted a positive integer$/,
    );
  }
});

gpuTest("where more points are alike than may be kept, the first of them are", async (device) => {
  const flat = problemOf(16, [6.4, 6.9]);
  const run = async (backend: Backend) => {
    await using session = await backend.open(flat);
    const images = session.createImages(2);
    await images.set(0, Float32Array.from(pixels.slice(0, 2 * 16 ** 2)), ctfs.slice(0, 2));
    const slices = await session.project(new Float32Array(flat.workBox ** 3));
    return await session.marginalize(slices, images, [0, 1], { gradient: false });
  };
  await using gpu = await createWebGPUBackend({ device });
  await using cpu = await createBackend("cpu", { threads: 1 });
  const found = await run(gpu), wanted = await run(cpu);
  const all = quadraturePoints(flat.coarse![0].quadrature);
  assert.ok(all > 1.2 * MOST_KEPT);
  [0, 1].forEach((b) => {
    // they weigh up to a quarter of a nat more or less than on average
    const least = 1 - Math.exp(0.25) * MOST_KEPT / all;
    assert.ok(found.dropped![b] > least && found.dropped![b] < 1);
    assert.ok(Math.abs(found.dropped![b] - wanted.dropped![b]) < 1e-5);
    assert.ok(found.points![b] > MOST_KEPT);
  });
});

gpuTest("a cascade of numbers that overflow says so", async (device) => {
  await using backend = await createWebGPUBackend({ device });
  await using session = await backend.open(problem);
  const voxels = new Float32Array(problem.workBox ** 3).fill(NaN);
  const { logLikelihood, voxelGradient } = await everythingIn(session, voxels);
  assert.ok(logLikelihood.every(Number.isNaN));
  assert.ok(voxelGradient!.some(Number.isNaN));
});
