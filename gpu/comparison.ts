import { type Binder, type Dispatch, groupsOf } from "./binder.ts";
import type { Page } from "./images.ts";
import { columnTiles } from "./product.ts";
import { type Sizes, TILE } from "./sizes.ts";
import type { Tile } from "./tile.ts";

/** Images that are compared with the slices together. */
export interface Chunk {
  /** The first in the minibatch, and how many. */
  readonly first: number;
  readonly count: number;
  /** Where they are: entries first .. first + count - 1 of the memory's places. */
  readonly entries: readonly {
    readonly page: Page;
    readonly first: number;
    readonly count: number;
  }[];
}

/** A Call as kernels/call.wgsl has it. */
export function encodeCall(
  { first = 0, count = 0, beta = 1, skip = 0, accumulate = false }: {
    first?: number;
    count?: number;
    beta?: number;
    skip?: number;
    accumulate?: boolean;
  },
): ArrayBuffer {
  const call = new DataView(new ArrayBuffer(32));
  call.setUint32(0, first, true);
  call.setUint32(4, count, true);
  call.setFloat32(8, beta, true);
  call.setFloat32(12, skip, true);
  call.setUint32(16, accumulate ? 1 : 0, true);
  return call.buffer;
}

/** Turns the images of a chunk to a level's columns. */
export function createTurning(bind: Binder, s: Sizes): (chunk: Chunk) => Promise<void> {
  const turns = new Map<Page, Dispatch>();
  return async ({ entries }) => {
    for (const { page, ...entry } of entries) {
      // deno-fmt-ignore
      const turn = turns.get(page) ?? await bind("turn", [
        "sizes", "calls", "window", page.patches, page.transfers, "places", "k", "turns", "noise", "columnRows", "powers",
      ]);
      turns.set(page, turn);
      await turn([groupsOf(entry.count * s.angles), s.coefficients], encodeCall(entry));
    }
  };
}

/** Products of the images of a chunk with all slices of a level. */
export async function createComparison(
  bind: Binder,
  s: Sizes,
  { kernel, edge }: Tile,
): Promise<(chunk: Chunk) => Promise<void>> {
  const turn = createTurning(bind, s);
  // deno-fmt-ignore
  const sort = await bind("sort", ["columnsWidth", "sortTerms", "sortFactors", "columnRows", "columnParts"]);
  const multiply = await bind(
    kernel,
    ["forward", "sliceParts", "columnParts", "kept", "products"],
    { listed: 0, rowThreads: TILE / edge },
  );
  return async (chunk) => {
    await turn(chunk);
    await sort([groupsOf(s.pitch / 4), s.rows]);
    await multiply([s.tiles, columnTiles(s, chunk.count), 8]);
  };
}
