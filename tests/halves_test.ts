import assert from "node:assert/strict";
import type { Backend } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { compareHalfMaps } from "../lib/half_maps.ts";
import { marchHalf, planHalves } from "../lib/halves.ts";
import { createParticleStack } from "../lib/particles.ts";
import { createPhantom } from "../lib/phantom.ts";
import { createRandom } from "../lib/random.ts";
import { simulateParticles } from "../lib/simulate.ts";
import type { Volume } from "../lib/volume.ts";

const N = 24, pixelSize = 12, field = N * pixelSize;
const map = createPhantom("enzyme", { boxSize: N, pixelSize });
const { particles, truth } = simulateParticles({ map, count: 401, snr: 0.5, seed: 2 });

const common = { batchSize: 20, heldOut: 20, seed: 5, optimizer: "preconditioned" };
const stages = [
  { maxResolution: field / 4, epochs: 1, temperShare: 0.1 },
  { maxResolution: field / 6, epochs: 1, firstMinibatch: 20 },
  { maxResolution: field / 8, epochs: 0.5, firstMinibatch: 40 },
];

async function withBackend<T>(work: (backend: Backend) => Promise<T>): Promise<T> {
  await using backend = await createBackend("cpu", { threads: 2 });
  return await work(backend);
}

Deno.test("halves share no image, go through what is finer than the start, as far as the march", async () => {
  await withBackend(async (backend) => {
    const plan = planHalves(particles, backend, { ...common, stages });
    const seen = new Set<string>();
    for (const half of plan.halves) {
      assert.equal(half.count, 200);
      const pixels = await half.read(Uint32Array.from({ length: 200 }, (_, i) => i));
      for (let i = 0; i < 200; i++) seen.add(pixels.subarray(i * N * N, i * N * N + 9).join());
    }
    assert.equal(seen.size, 400);
    assert.equal(plan.startResolution, field / 4);
    assert.deepEqual(
      plan.plans.map(({ resolution, iterations, heldOut, firstMinibatch, temperShare }) => [
        ...[resolution, iterations, heldOut, firstMinibatch, temperShare],
      ]),
      // 381 of 401 images in minibatches of 20: 20 and 10 iterations
      [[field / 6, 20, 10, 0, 0], [field / 8, 10, 10, 20, 0]],
    );
    const finer = planHalves(particles, backend, {
      ...{ ...common, stages, startResolution: field / 6 },
    });
    assert.deepEqual(finer.plans.map(({ resolution }) => resolution), [field / 8]);
    const single = planHalves(particles, backend, { ...common, stages: stages.slice(2) });
    assert.equal(single.startResolution, field / 4);
    assert.equal(single.plans.length, 1);
    // another seed, other halves
    const { halves } = planHalves(particles, backend, { ...common, stages, seed: 6 });
    assert.notDeepEqual(await halves[0].read([0, 1]), await plan.halves[0].read([0, 1]));
  });
});

Deno.test("halves too small, and a start no coarser than the end, are refused before any work", async () => {
  await withBackend((backend) => {
    assert.throws(
      () => planHalves(particles, backend, { ...common, stages, batchSize: 191 }),
      /^RangeError: Cannot make half maps: 401 images, wanted at least 402 /,
    );
    planHalves(particles, backend, { ...common, stages, batchSize: 190 });
    for (const startResolution of [field / 8, field / 9, NaN]) {
      assert.throws(
        () => planHalves(particles, backend, { ...common, stages, startResolution }),
        /^RangeError: Cannot make half maps: they begin with .* wanted one coarser than 36.0 A/,
      );
    }
    return Promise.resolve();
  });
});

/** Both half maps of a stack, from the truth to shell 4. */
async function halfMaps(backend: Backend, stack: typeof particles): Promise<Volume[]> {
  const plan = planHalves(stack, backend, { ...common, stages });
  const maps: Volume[] = [];
  for (const half of [0, 1] as const) {
    await using run = await marchHalf(plan, half, { backend, map: truth });
    for await (const _ of run);
    maps.push(run.map());
  }
  return maps;
}

Deno.test("halves of particles agree beyond their start; halves of noise, begun alike, do not", async () => {
  await withBackend(async (backend) => {
    const [a, b] = await halfMaps(backend, particles);
    assert.notDeepEqual(a.voxels, b.voxels);
    const { fsc, resolution143 } = compareHalfMaps(a, b);
    assert.ok(fsc[5] > 0.5 && fsc[6] > 0.3, `${fsc}`);
    assert.ok(resolution143 < field / 6);

    const random = createRandom(7);
    const noise = createParticleStack({
      boxSize: N,
      pixelSize,
      images: Float32Array.from({ length: 401 * N * N }, () => random.normal()),
      ctfs: Array.from({ length: 401 }, (_, i) => particles.ctf(i)),
    });
    const [c, d] = await halfMaps(backend, noise);
    // 300 to 600 numbers a shell, 1 / sqrt(300) = 0.06: 5 deviations. The start has put noise images
    // where they look like it (Henderson 2013), but only as far as it goes itself.
    const ofNoise = compareHalfMaps(c, d).fsc;
    for (const s of [6, 7]) assert.ok(Math.abs(ofNoise[s]) < 0.3, `${ofNoise}`);
  });
});
