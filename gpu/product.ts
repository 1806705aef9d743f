import { type Sizes, TILE } from "./sizes.ts";

/** Row groups of the eight products, the slice's part first: A, B, C, D, <E,E>, <Q,Q>, <E,Q>, <Q,E>. */
const PAIRS = [[0, 0], [1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [4, 5], [5, 4]] as const;

/** A Product as kernels/multiply.wgsl takes it. */
function encode(
  tasks: readonly (readonly [a: number, b: number, result: number, count: number])[],
  rest: readonly number[],
): Uint32Array<ArrayBuffer> {
  return Uint32Array.from([...tasks.flat(), ...rest, 0, 0, 0, 0, 0, 0, 0, 0].slice(0, 40));
}

/** First row of each group. */
function firstRows({ symmetry }: Sizes): number[] {
  let at = 0;
  return symmetry.groups.map((count) => (at += count) - count);
}

/** Slices times images: products [8, pitch, lanes] of slice parts [rows, lanes] and column parts [rows, pitch]. */
export function forwardProduct(s: Sizes): Uint32Array<ArrayBuffer> {
  const first = firstRows(s), { groups } = s.symmetry;
  return encode(
    PAIRS.map(([slice, image], z) => [
      first[slice],
      first[image] * s.pitch / 4,
      z * s.pitch,
      groups[slice],
    ]),
    [s.lanes / 4, s.pitch / 4, s.lanes / 4, 1, 0, 1, 0],
  );
}

/** Weights times images: partial sums [G, 8, partialRows, lanes] of weights [8, pitch, lanes] and columns [pitch, rows]. */
export function backwardProduct(s: Sizes): Uint32Array<ArrayBuffer> {
  const first = firstRows(s);
  return encode(
    PAIRS.map(([, image], z) => [z * s.pitch, first[image] / 4, z * s.partialRows, 0]),
    [s.lanes / 4, s.rows / 4, s.lanes / 4, s.groups, 8 * s.partialRows, s.columns, s.chunk],
  );
}

/** Tiles along the columns of `images` images. */
export function columnTiles(s: Sizes, images: number): number {
  return Math.ceil(images * s.columns / TILE);
}
