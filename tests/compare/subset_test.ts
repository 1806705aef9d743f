import assert from "node:assert/strict";
import { tuningImages } from "../../lib/compare/tuning_images.ts";
import { createOrder } from "../../lib/minibatch.ts";
import { keptInMemory, subset } from "../../lib/subset.ts";
import { createSmallSet } from "../small_set.ts";

Deno.test("a subset reads the images it names, kept in memory or not", async () => {
  const { particles, ctfs } = createSmallSet({ count: 9, box: 8 });
  const some = subset(particles, [7, 2, 4]), kept = await keptInMemory(some);
  for (const stack of [some, kept]) {
    assert.deepEqual([stack.count, stack.boxSize, stack.pixelSize], [3, 8, 4]);
    assert.deepEqual(await stack.read([2, 0]), await particles.read([4, 7]));
    assert.deepEqual([0, 1, 2].map((i) => stack.ctf(i)), [ctfs[7], ctfs[2], ctfs[4]]);
  }
});

Deno.test("images for tuning are held out by no seed, differ from one another, are the same each time", () => {
  const options = { heldOut: 20, seeds: [3, 4, 5], most: 100, least: 30 };
  const images = tuningImages(200, options);
  assert.equal(images.length, 100);
  assert.equal(new Set(images).size, 100);
  for (const seed of options.seeds) {
    const { heldOut } = createOrder({ count: 200, heldOut: 20, batchSize: 1, seed });
    for (const i of heldOut) assert.ok(!images.includes(i));
  }
  assert.deepEqual(images, tuningImages(200, options));
  assert.notDeepEqual(images, tuningImages(200, { ...options, seeds: [4, 5] }));
  assert.ok(images.some((i) => i > 150) && images.some((i) => i < 50));
});

Deno.test("too few images for tuning are refused", () => {
  assert.throws(
    () => tuningImages(60, { heldOut: 30, seeds: [0], most: 100, least: 31 }),
    new RangeError(
      "Cannot tune: 30 of 60 images are never held out, wanted 31 or more " +
        "(fewer seeds, fewer held out, or no tuning)",
    ),
  );
});
