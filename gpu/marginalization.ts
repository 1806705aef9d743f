import { type Binder, groupsOf } from "./binder.ts";
import { type Chunk, createComparison, encodeCall } from "./comparison.ts";
import type { Sizes } from "./sizes.ts";
import type { Tile } from "./tile.ts";

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

/** Share of an image's posterior that its gradient may leave out, over all its poses. */
export const NEGLIGIBLE_MASS = 1e-6;

/** The marginalization steps of a session that sums over all points. */
export async function createMarginalization(
  bind: Binder,
  s: Sizes,
  tile: Tile,
): Promise<Marginalization> {
  const compare = await createComparison(bind, s, tile);
  const transpose = await bind("transpose", ["sizes", "columnParts", "columnPartsTransposed"]);
  const gather = await bind(
    tile.kernel,
    ["backward", "products", "columnPartsTransposed", "kept", "partial"],
    { listed: 1, rowThreads: s.gradientTile / tile.edge },
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
    async chunk(chunk, { temperature, gradient, best: wantsBest }) {
      const { first, count } = chunk;
      await compare(chunk);
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
