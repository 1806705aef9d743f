import assert from "node:assert/strict";
import type { Problem } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { createBand, workBoxOf } from "../lib/band.ts";
import { loadImages } from "../lib/image_source.ts";
import { likelihood } from "../lib/likelihood.ts";
import { createParticleStack, type ParticleStack } from "../lib/particles.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

const box = 16, band = createBand(box, 3);
const problem: Problem = {
  band,
  pixelSize: 4,
  workBox: workBoxOf(band),
  quadrature: createQuadrature(band),
};

for (const name of ["reference", "cpu"] as const) {
  Deno.test(`${name}: images read when needed give the same bits as images kept`, async () => {
    const count = name === "cpu" ? 150 : 9, few = name === "cpu" ? 40 : 4;
    const { particles } = createSmallSet({ count, box });
    await using backend = await createBackend(name, { threads: 2 });
    const run = async (budget: number) => {
      await using session = await backend.open(problem);
      const bytesPerImage = backend.bytesPerImage(problem);
      const source = await loadImages(particles, session, {
        bytesPerImage,
        budget,
        largestSelection: few,
      });
      assert.equal(source.resident, budget >= count * bytesPerImage);
      const results = [];
      for (let t = 0; t < 3; t++) {
        const order = createRandom(1, t).permutation(count).subarray(0, few - t);
        const { images, which } = await source.select(order);
        assert.equal(which.length, few - t);
        const voxels = blobDensity(problem.workBox);
        const { negativeLogLikelihood, gradient } = await likelihood(
          session,
          images,
          which,
          voxels,
        );
        results.push({ negativeLogLikelihood, gradient });
      }
      return { results, excess: source.power.excess(), transfer: source.power.transfer() };
    };
    assert.deepEqual(await run(0), await run(1e9));
  });
}

Deno.test("loading tells how far it has come and stops when it is told to", async () => {
  const count = 150, { particles } = createSmallSet({ count, box });
  await using backend = await createBackend("cpu", { threads: 1 });
  for (const budget of [0, 1e9]) {
    await using session = await backend.open(problem);
    const bytesPerImage = backend.bytesPerImage(problem);
    const options = { bytesPerImage, budget, largestSelection: 20 };
    const seen: [number, number][] = [];
    await loadImages(particles, session, {
      ...options,
      progress: (done, total) => seen.push([done, total]),
    });
    assert.ok(seen.length > 1);
    seen.forEach(([done, total], i) => {
      assert.ok(done > (i ? seen[i - 1][0] : 0));
      assert.equal(total, seen[0][1]);
    });
    assert.equal(seen.at(-1)![0], seen[0][1]);

    const controller = new AbortController();
    let read = 0;
    const loading = loadImages(particles, session, {
      ...options,
      signal: controller.signal,
      progress: (done) => (read = done, controller.abort()),
    });
    await assert.rejects(loading, { name: "AbortError" });
    assert.ok(read > 0 && read < count);
  }
});

/** A stack of noise of which one image has nothing in its corners. */
function spoiled(count: number, bad: number): ParticleStack {
  const { images, ctfs } = createSmallSet({ count, box });
  images.fill(0, bad * box * box, (bad + 1) * box * box);
  return createParticleStack({ boxSize: box, pixelSize: 4, images, ctfs: [...ctfs] });
}

Deno.test("an image that cannot be used is refused by its number, kept or not, and all can be closed", async () => {
  // the second block: images of the first are still being worked on
  const particles = spoiled(130, 100);
  await using backend = await createBackend("cpu", { threads: 2 });
  for (const budget of [0, 1e9]) {
    await using session = await backend.open(problem);
    await assert.rejects(
      () =>
        loadImages(particles, session, {
          bytesPerImage: backend.bytesPerImage(problem),
          budget,
          largestSelection: 20,
        }),
      /^RangeError: Cannot use image 101: its corners are constant/,
    );
  }
});
