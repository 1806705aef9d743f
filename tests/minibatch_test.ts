import assert from "node:assert/strict";
import { createOrder } from "../lib/minibatch.ts";
import { fc } from "./property.ts";

const orders = fc.record({
  heldOut: fc.integer({ min: 0, max: 20 }),
  batchSize: fc.integer({ min: 1, max: 20 }),
  more: fc.integer({ min: 0, max: 50 }),
  seed: fc.integer(),
}).map(({ heldOut, batchSize, more, seed }) => ({
  count: heldOut + batchSize + more,
  heldOut,
  batchSize,
  seed,
}));

Deno.test("held-out images and the others are all images, none of them twice", () => {
  fc.assert(fc.property(orders, (options) => {
    const { heldOut, train } = createOrder(options);
    assert.equal(heldOut.length, options.heldOut);
    const all = [...heldOut, ...train].sort((a, b) => a - b);
    assert.deepEqual(all, [...new Array(options.count).keys()]);
  }));
});

Deno.test("every epoch shows every image of the others once, across minibatch ends", () => {
  fc.assert(fc.property(orders, (options) => {
    const order = createOrder(options), { length } = order.train, epochs = 3;
    const batches = Math.ceil(epochs * length / options.batchSize);
    const seen = Array.from({ length: batches }, (_, t) => [
      ...order.minibatch(t, options.batchSize),
    ]).flat();
    const wanted = [...order.train].sort((a, b) => a - b);
    for (let epoch = 0; epoch < epochs; epoch++) {
      const shown = seen.slice(epoch * length, (epoch + 1) * length);
      assert.deepEqual(shown.sort((a, b) => a - b), wanted);
    }
  }));
});

Deno.test("epochs are shuffled anew, and seeds split and shuffle differently", () => {
  const options = { count: 60, heldOut: 10, batchSize: 50, seed: 1 };
  const order = createOrder(options), other = createOrder({ ...options, seed: 2 });
  assert.notDeepEqual(order.minibatch(0, 50), order.minibatch(1, 50));
  assert.notDeepEqual(order.minibatch(0, 50), other.minibatch(0, 50));
  assert.notDeepEqual(order.heldOut, other.heldOut);
  assert.notDeepEqual(order.minibatch(0, 50), order.train);
});

Deno.test("a minibatch does not depend on which were asked for before", () => {
  fc.assert(
    fc.property(orders, fc.array(fc.nat(30), { minLength: 1, maxLength: 8 }), (options, asked) => {
      const order = createOrder(options);
      for (const t of asked) {
        assert.deepEqual(
          order.minibatch(t, options.batchSize),
          createOrder(options).minibatch(t, options.batchSize),
        );
      }
    }),
  );
});

Deno.test("too few images for the held-out set and one minibatch are refused", () => {
  assert.throws(
    () => createOrder({ count: 29, heldOut: 10, batchSize: 20, seed: 0 }),
    /^RangeError: Cannot split the images: 29 images, wanted at least 30 \(10 held out \+ a mini/,
  );
  assert.equal(createOrder({ count: 30, heldOut: 10, batchSize: 20, seed: 0 }).train.length, 20);
});

Deno.test("blocks come back whole: the same images once an epoch, in another order, none left out", () => {
  fc.assert(fc.property(orders, (options) => {
    const order = createOrder(options), { batchSize } = options, epochs = 3;
    const { count } = order.block(0, batchSize);
    assert.equal(count, Math.ceil(order.train.length / batchSize));
    const first = Array.from({ length: count }, (_, t) => order.block(t, batchSize));
    first.forEach(({ index }, t) => assert.equal(index, t));
    const all = first.flatMap(({ images }) => [...images]).sort((a, b) => a - b);
    assert.deepEqual(all, [...order.train].sort((a, b) => a - b));
    for (const { images } of first) {
      const floor = Math.floor(order.train.length / count);
      assert.ok(images.length === floor || images.length === floor + 1);
      assert.ok(images.length <= batchSize);
    }
    for (let epoch = 1; epoch < epochs; epoch++) {
      const seen = Array.from(
        { length: count },
        (_, t) => order.block(epoch * count + t, batchSize),
      );
      for (const block of seen) assert.deepEqual(block, first[block.index]);
      assert.equal(new Set(seen.map(({ index }) => index)).size, count);
    }
  }));
});

Deno.test("in the first epoch blocks are the minibatches where their size divides, later they are shuffled anew", () => {
  const order = createOrder({ count: 130, heldOut: 10, batchSize: 10, seed: 1 });
  for (let t = 0; t < 12; t++) {
    assert.deepEqual(order.block(t, 10).images, order.minibatch(t, 10));
  }
  const indices = (epoch: number) =>
    Array.from({ length: 12 }, (_, t) => order.block(12 * epoch + t, 10).index);
  assert.notDeepEqual(indices(1), indices(0));
  assert.notDeepEqual(indices(2), indices(1));
});
