import { type Binder, groupsOf } from "./binder.ts";
import { createComparison, createTurning, encodeCall } from "./comparison.ts";
import type { Levels, RefinedSizes } from "./levels.ts";
import { type Marginalization, NEGLIGIBLE_MASS } from "./marginalization.ts";
import type { Buffers } from "./memory.ts";
import type { Tile } from "./tile.ts";

/** Workgroups that share the points of an image. */
const POINT_GROUPS = 64;

/** A level before the last, with its binder. */
export interface BoundLevel {
  readonly bind: Binder;
  readonly at: Buffers;
}

/** Points of an image at a level: those near what is kept of the level before, and their scores. */
async function createStep(
  bind: Binder,
  s: RefinedSizes,
  place: number,
  before: BoundLevel,
) {
  const turn = createTurning(bind, s);
  const marked = ["level", "calls", "reach", "marks", "bits", "found"] as const;
  const narrow = place === 0
    ? await bind("narrowAll", [...marked, before.at.sizes, before.at.products, before.at.shares])
    : await bind("narrowPoints", [...marked, before.at.level, "points"]);
  const list = await bind("list", ["level", "calls", "marks", "bits", "found", "slots", "points"]);
  // deno-fmt-ignore
  const compare = await bind("compare", [
    "level", "sizes", "calls", "found", "slices", "columnRows", "views", "k", "turns", "logs", "points",
  ]);
  return { turn, narrow, list, compare };
}

/**
 * The marginalization steps of a session that refines: all points of the first level are compared, then,
 * level after level, those near the ones that are kept; see lib/quadrature/cascade.ts. Nothing comes
 * back to the host in between: points are listed on the device, as many as there is room for.
 *
 * @param bind of the last level
 * @param before binders and buffers of the levels before it
 */
export async function createRefinement(
  bind: Binder,
  { first, refined }: NonNullable<Levels["cascade"]>,
  before: readonly BoundLevel[],
  tile: Tile,
): Promise<Marginalization> {
  const compareAll = await createComparison(before[0].bind, first, tile);
  const expand = await before[0].bind("expand", [
    "sizes",
    "calls",
    "products",
    "planeLog",
    "columnLog",
    "shares",
  ]);
  const steps: Awaited<ReturnType<typeof createStep>>[] = [];
  for (const [l, sizes] of refined.entries()) {
    steps.push(await createStep(before[l + 1]?.bind ?? bind, sizes, l, before[l]));
  }
  const s = refined[refined.length - 1];
  // deno-fmt-ignore
  const posterior = await bind("posterior", ["level", "calls", "found", "powers", "outliers", "points", "evidence", "best"]);
  const transpose = await bind("transpose", ["sizes", "columnRows", "columnsTransposed"]);
  // deno-fmt-ignore
  const gather = await bind("gather", [
    "level", "sizes", "calls", "points", "marks", "slots", "columnsTransposed", "viewsBack", "k", "turns", "sliceRows",
  ]);
  // deno-fmt-ignore
  const close = await bind("close", ["sizes", "calls", "sliceRows", "slices", "gradient", "weight"]);

  return {
    async chunk(chunk, { temperature, gradient }) {
      const { first: from, count } = chunk;
      const call = encodeCall({
        first: from,
        count,
        beta: 1 / temperature,
        skip: NEGLIGIBLE_MASS,
        accumulate: from > 0,
      });
      await compareAll(chunk);
      await expand([first.tiles, count], call);
      for (const { turn, narrow, list, compare } of steps) {
        await narrow([count], call);
        await list([count], call);
        await turn(chunk);
        await compare([POINT_GROUPS, count], call);
      }
      await posterior([count], call);
      if (!gradient) return;
      await transpose([Math.ceil(count * s.columns / 16), Math.ceil(s.rows / 16)]);
      await gather([groupsOf(s.coefficients), s.planes], call);
    },
    close: ({ temperature }) =>
      close([groupsOf(s.lanes), s.coefficients], encodeCall({ beta: 1 / temperature })),
  };
}
