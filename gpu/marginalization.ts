import { type Binder, type Dispatch, groupsOf } from "./binder.ts";
import type { Page } from "./images.ts";
import { columnTiles } from "./product.ts";
import type { Sizes } from "./sizes.ts";
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

/** What is asked of a minibatch. */
export interface Wanted {
  /** T. */
  readonly temperature: number;
  readonly gradient: boolean;
  readonly best: boolean;
}

/** The marginal likelihood and its gradient; see lib/marginalize.ts. */
export interface Marginalization {
  /** Evidence of a chunk, its most probable poses, and its share of the gradient's rows. */
  chunk(chunk: Chunk, wanted: Wanted): Promise<void>;
  /** The gradient's rows to the gradient and weight of every slice. */
  close(wanted: Wanted): Promise<void>;
}

/** Share of an image's posterior that its gradient may leave out, over all tiles of planes. */
const NEGLIGIBLE_MASS = 1e-6;

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

/** The marginalization steps of a session. */
export async function createMarginalization(
  bind: Binder,
  s: Sizes,
  { kernel, edge }: Tile,
): Promise<Marginalization> {
  const turns = new Map<Page, Dispatch>();
  const turnOf = async (page: Page) => {
    const known = turns.get(page);
    if (known) return known;
    // deno-fmt-ignore
    const turn = await bind("turn", [
      "sizes", "calls", "window", page.patches, page.transfers, "places", "k", "turns", "columnRows", "powers",
    ]);
    turns.set(page, turn);
    return turn;
  };
  // deno-fmt-ignore
  const sort = await bind("sort", ["columnsWidth", "sortTerms", "columnFactors", "columnRows", "columnParts"]);
  const transpose = await bind("transpose", ["sizes", "columnParts", "columnPartsTransposed"]);
  const tile = 64;
  const multiply = await bind(
    kernel,
    ["forward", "sliceParts", "columnParts", "kept", "products"],
    { listed: 0, rowThreads: tile / edge },
  );
  const gather = await bind(
    kernel,
    ["backward", "products", "columnPartsTransposed", "kept", "partial"],
    { listed: 1, rowThreads: s.gradientTile / edge },
  );
  const scored = ["sizes", "calls", "products", "planeLog", "columnLog"] as const;
  const scores = await bind("scores", [...scored, "shares"]);
  // deno-fmt-ignore
  const evidence = await bind("evidence", ["sizes", "calls", "shares", "powers", "outliers", "evidence"]);
  const best = await bind("best", [...scored, "best"]);
  const keep = await bind("keep", ["sizes", "calls", "shares", "evidence", "kept"]);
  const weights = await bind("weights", [...scored, "shares", "evidence"]);
  // deno-fmt-ignore
  const sum = await bind("sum", ["sizes", "calls", "partialSources", "partial", "gradientParts"]);
  // deno-fmt-ignore
  const unsort = await bind("sort", ["slicesWidth", "unsortTerms", "unsortFactors", "gradientParts", "sliceRows"]);
  // deno-fmt-ignore
  const close = await bind("close", ["sizes", "calls", "sliceRows", "slices", "gradient", "weight"]);

  return {
    async chunk({ first, count, entries }, { temperature, gradient, best: wantsBest }) {
      for (const { page, ...entry } of entries) {
        const turn = await turnOf(page);
        await turn([groupsOf(entry.count * s.angles), s.coefficients], encodeCall(entry));
      }
      await sort([groupsOf(s.pitch / 4), s.rows]);
      await multiply([s.tiles, columnTiles(s, count), 8]);
      const call = encodeCall({
        first,
        count,
        beta: 1 / temperature,
        skip: NEGLIGIBLE_MASS / s.tiles,
        accumulate: first > 0,
      });
      await scores([s.tiles, count], call);
      await evidence([groupsOf(count)], call);
      if (wantsBest) await best([s.tiles, count], call);
      if (!gradient) return;
      await transpose([s.pitch / 16, Math.ceil(s.rows / 16)]);
      await keep([groupsOf(s.tiles)], call);
      await weights([s.tiles, count], call);
      await gather([s.tiles, s.partialRows / s.gradientTile, 8 * s.groups]);
      await sum([groupsOf(s.lanes / 4), s.rows], call);
    },
    async close({ temperature }) {
      await unsort([groupsOf(s.lanes / 4), 3 * s.coefficients]);
      await close([groupsOf(s.lanes), s.coefficients], encodeCall({ beta: 1 / temperature }));
    },
  };
}
