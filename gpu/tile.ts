import type { KernelName } from "./kernels.ts";

/** How many sums of a product a thread keeps in registers. */
export interface Tile {
  readonly kernel: KernelName;
  /** Sums along planes and along rows. */
  readonly edge: 4 | 8;
}

/** The tiles by name. Results do not depend on the choice: every sum is taken in the same order. */
export const tiles = {
  "4x4": { kernel: "multiply4x4", edge: 4 },
  "8x8": { kernel: "multiply8x8", edge: 8 },
} as const satisfies Record<string, Tile>;

/** Name of a tile. */
export type TileName = keyof typeof tiles;

/**
 * A tile by name.
 *
 * @throws {RangeError} if there is none of that name.
 */
export function parseTile(name: string): Tile {
  if (!Object.hasOwn(tiles, name)) {
    throw new RangeError(
      `Cannot use tile ${name}: wanted one of ${Object.keys(tiles).join(", ")}`,
    );
  }
  return tiles[name as TileName];
}
