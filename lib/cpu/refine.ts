import { logAdd } from "../log_add.ts";
import { MOST_KEPT } from "../quadrature/cascade.ts";
import type { Level } from "./layout.ts";
import type { Thread } from "./thread.ts";
import { workSpace } from "./refined_layout.ts";

/** What one image's refinement begins with: its scores at the first level, and what it is made of. */
export interface Coarse {
  /** Its place in the chunk. */
  readonly image: number;
  /** Its best score at the first level. */
  readonly top: number;
  readonly patch: number;
  readonly parameters: number;
  readonly inverseTemperature: number;
  /** Bytes of the first level's scores: of a panel, and of a plane of one. */
  readonly panelBytes: number;
  readonly plane: number;
  /** Log of what the image might be instead. */
  readonly outlier: number;
}

/** What comes out of it. */
export interface Refined {
  /** log-sum-exp of the points and the outlier. */
  readonly logLikelihood: number;
  readonly dropped: number;
  readonly points: number;
  /** (direction, angle, shift) of the best point and its share. */
  readonly best: readonly [number, number, number];
  readonly probability: number;
}

/** Share of an image's posterior that its gradient may leave out, over all directions. */
const NEGLIGIBLE_MASS = 1e-6;

/**
 * Marks the points of a level near kept ones: near as many of those as there is room for, 2^14 or a half,
 * a quarter ... of that. What had room in the image before is tried first, and its double.
 */
function markNear(
  { kernels: w, roomFor }: Thread,
  level: number,
  { work, table, kept, tolerance }: {
    work: number;
    table: number;
    kept: number;
    tolerance: number;
  },
): number {
  const mark = (most: number) =>
    w.markPoints(table, work, kept, w.depthToKeep(work, tolerance, most), most);
  let most = Math.min(MOST_KEPT, 2 * (roomFor[level] ?? MOST_KEPT)), points = mark(most);
  if (points < 0) {
    do {
      w.release(table, work);
      if (most === 1) throw new RangeError("Cannot refine a point: no room for those near it");
      points = mark(most >>= 1);
    } while (points < 0);
  } else {
    while (most < kept && most < MOST_KEPT) {
      w.release(table, work);
      const more = mark(2 * most);
      if (more < 0) {
        w.release(table, work);
        points = mark(most);
        break;
      }
      points = more;
      most *= 2;
    }
  }
  roomFor[level] = most;
  return points;
}

/**
 * One image through the levels: points kept of one are those that the next is evaluated near; see
 * createCascade(). With `gradient` its share of the sums is left in the pool.
 */
export function refineImage(
  thread: Thread,
  levels: readonly Level[],
  tolerances: readonly number[],
  { image, top, patch, parameters, inverseTemperature, panelBytes, plane, outlier }: Coarse,
  gradient: boolean,
): Refined {
  const { kernels: w, layout: { sizes, at }, memory, index } = thread;
  const { bytes, offsets } = workSpace(levels.map(({ sizes }) => sizes));
  const work = at.work + bytes * index, { sizes: dense, at: first } = levels[0];
  const dropped = new Float64Array(memory.buffer, work + 8, 1);
  let best = top, held = 1, points = 0;
  for (let l = 1; l < levels.length; l++) {
    const { table } = levels[l].at, tolerance = tolerances[l - 1];
    // deno-fmt-ignore
    const kept = l === 1
      ? w.selectScores(work, first.scores, panelBytes, plane, image * dense.columns, dense.panels, first.panelMax + 4 * image, 4 * sizes.chunk, dense.planes, dense.quarterAngles, dense.shifts, best, tolerance, MOST_KEPT)
      : w.selectPoints(levels[l - 1].at.table, work, best, tolerance, MOST_KEPT);
    points = markNear(thread, l, { work, table, kept, tolerance });
    held *= 1 - dropped[0];
    best = w.scorePoints(table, work, patch, parameters, inverseTemperature);
    if (l + 1 < levels.length) w.release(table, work);
  }
  const { sizes: s, at: last } = levels[levels.length - 1], own = offsets[levels.length - 1]!;
  const total = w.weighPoints(last.table, work, best);
  const evidence = best + Math.log(total), logLikelihood = logAdd(evidence, outlier);
  const counts = new Int32Array(memory.buffer, at.poolCounts, sizes.chunk);
  if (gradient) {
    const { slots } = s.refined!, used = new Int32Array(memory.buffer, work, 1)[0];
    const pool = at.pool + 12 * s.paddedCoefficients * slots * image;
    // deno-fmt-ignore
    counts[image] = w.gatherPoints(last.table, work, patch, parameters, Math.exp(evidence - logLikelihood) / total, total, NEGLIGIBLE_MASS / used, pool, at.poolPlanes + 4 * slots * image);
  }
  const [point] = new Int32Array(memory.buffer, work + 16, 1), angles = 4 * s.quarterAngles;
  const of = (from: number, i: number) => new Int32Array(memory.buffer, work + from, i + 1)[i];
  const place = point < 0 ? 0 : of(own.places, point);
  const refined: Refined = {
    logLikelihood,
    dropped: 1 - held,
    points,
    best: point < 0 ? [0, 0, 0] : [
      of(own.directions, Math.floor(place / angles)),
      place % angles,
      of(own.pointShifts, point),
    ],
    probability: 1 / total,
  };
  w.release(last.table, work);
  return refined;
}
