import { createRandom } from "./random.ts";

/** Which images are held out and in which order the others are seen. */
export interface Order {
  /** Held-out images. */
  readonly heldOut: Uint32Array;
  /** The others, in stack order of the split. */
  readonly train: Uint32Array;
  /** Images of minibatch t: the next B of an endless sequence of shuffled epochs. */
  minibatch(t: number, batchSize: number): Uint32Array;
}

/**
 * Makes sure that there are enough images for a held-out set and one minibatch.
 *
 * @throws {RangeError} if there are not.
 */
export function requireSplit(
  { count, heldOut, batchSize }: { count: number; heldOut: number; batchSize: number },
): void {
  if (count >= heldOut + batchSize) return;
  throw new RangeError(
    `Cannot split the images: ${count} images, wanted at least ${heldOut + batchSize} ` +
      `(${heldOut} held out + a minibatch of ${batchSize})`,
  );
}

/**
 * The split and order of a seed; every optimizer sees the same.
 *
 * @throws {RangeError} if there are not enough images for the held-out set and one minibatch.
 */
export function createOrder(
  { count, heldOut, batchSize, seed }: {
    count: number;
    heldOut: number;
    batchSize: number;
    seed: number;
  },
): Order {
  requireSplit({ count, heldOut, batchSize });
  const split = createRandom(seed, "split").permutation(count);
  const test = split.slice(0, heldOut), train = split.slice(heldOut);
  let epoch = -1, order: Uint32Array = new Uint32Array();
  const at = (position: number) => {
    const wanted = Math.floor(position / train.length);
    if (wanted !== epoch) {
      epoch = wanted;
      order = createRandom(seed, "epoch", epoch).permutation(train.length);
    }
    return train[order[position % train.length]];
  };
  return {
    heldOut: test,
    train,
    minibatch: (t, size) => Uint32Array.from({ length: size }, (_, i) => at(t * size + i)),
  };
}
