import { createOrder } from "../minibatch.ts";
import { createRandom } from "../random.ts";

/**
 * Images that rates are tuned on: drawn from those that no seed of the comparison holds out. Which of
 * them are trained on and which are measured is up to the runs of the tuning, by a seed of their own.
 *
 * @param most images
 * @throws {RangeError} if there are too few left for the runs of the tuning.
 */
export function tuningImages(
  count: number,
  { heldOut, seeds, most, least }: {
    heldOut: number;
    seeds: readonly number[];
    most: number;
    least: number;
  },
): Uint32Array {
  const taken = new Set(
    seeds.flatMap((seed) => [...createOrder({ count, heldOut, batchSize: 1, seed }).heldOut]),
  );
  const free = createRandom(seeds[0], "tuning").permutation(count).filter((i) => !taken.has(i));
  if (free.length < least) {
    throw new RangeError(
      `Cannot tune: ${free.length} of ${count} images are never held out, wanted ${least} or more ` +
        "(fewer seeds, fewer held out, or no tuning)",
    );
  }
  return free.subarray(0, most);
}
