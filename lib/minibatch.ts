import { createRandom } from "./random.ts";

/** Which images are held out and in which order the others are seen. */
export interface Order {
  /** Held-out images. */
  readonly heldOut: Uint32Array;
  /** The others, in stack order of the split. */
  readonly train: Uint32Array;
  /** Images of minibatch t: the next B of an endless sequence of shuffled epochs. */
  minibatch(t: number, batchSize: number): Uint32Array;
  /**
   * Minibatch t where minibatches are to come back: the first epoch's images, cut once and for all into
   * as many equal parts (to one image) as minibatches of at most B are needed, and from the second epoch
   * on those in an order shuffled anew. In the first epoch they are minibatch()'s where B divides.
   */
  block(t: number, batchSize: number): FixedMinibatch;
}

/** A minibatch that comes back once an epoch. */
export interface FixedMinibatch {
  /** Its images. */
  readonly images: Uint32Array;
  /** Which of the blocks it is, from 0. */
  readonly index: number;
  /** Blocks. */
  readonly count: number;
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
  const first = createRandom(seed, "epoch", 0).permutation(train.length);
  let epoch = 0, order = first;
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
    block(t, size) {
      const count = Math.ceil(train.length / size), epoch = Math.floor(t / count);
      const index = epoch === 0
        ? t
        : createRandom(seed, "blocks", epoch).permutation(count)[t % count];
      const start = Math.floor(index * train.length / count);
      const end = Math.floor((index + 1) * train.length / count);
      return {
        images: Uint32Array.from(first.subarray(start, end), (i) => train[i]),
        index,
        count,
      };
    },
  };
}
