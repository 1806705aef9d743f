/** Refuses images that do not fit into a store, and pixels that are not those of `count` images. */
export function requireRoom(
  { capacity, at, count, pixels, boxSize }: {
    capacity: number;
    at: number;
    count: number;
    pixels: number;
    boxSize: number;
  },
): void {
  if (!(at >= 0 && at + count <= capacity)) {
    throw new RangeError(
      `Cannot store images: ${count} at place ${at}, wanted places 0 to ${capacity - 1}`,
    );
  }
  if (pixels !== count * boxSize ** 2) {
    throw new RangeError(
      `Cannot store images: ${pixels} pixels, wanted ${count} x ${boxSize}^2`,
    );
  }
}

/** Refuses places that a store does not have. */
export function requirePlaces(
  capacity: number,
  which: ArrayLike<number>,
  act = "marginalize",
): void {
  for (let b = 0; b < which.length; b++) {
    if (!(which[b] >= 0 && which[b] < capacity)) {
      throw new RangeError(
        `Cannot ${act} image ${which[b]}: wanted places 0 to ${capacity - 1} of the store`,
      );
    }
  }
}
