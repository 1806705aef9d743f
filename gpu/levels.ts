import type { Problem } from "../lib/backend.ts";
import {
  type CoarseLevel,
  createReach,
  MOST_POINTS,
  MOST_SLOTS,
  type Reach,
} from "../lib/quadrature/cascade.ts";
import { quadraturePoints } from "../lib/quadrature/quadrature.ts";
import type { Limits } from "./limits.ts";
import {
  bufferBytes,
  gradientBytes,
  levelBytes,
  levelSizes,
  scoreBytes,
  sharedBytes,
  type Sizes,
  sizesOf,
  withChunk,
} from "./sizes.ts";

/** Sizes of a level of which only points near those kept of the level before are evaluated. */
export interface RefinedSizes extends Sizes {
  /** The level before. */
  readonly before: CoarseLevel;
  /** The level itself. */
  readonly level: Pick<CoarseLevel, "band" | "quadrature">;
  /** What of it is near what of the level before. */
  readonly near: Reach;
  /** Words that hold a bit for each direction, and for each angle. */
  readonly maskWords: number;
  readonly angleWords: number;
  /** Directions and points that one image may be evaluated at. */
  readonly slots: number;
  readonly points: number;
}

/** Levels of a session. */
export interface Levels {
  /** The problem's own: where all points are compared, or the last of the refined ones. */
  readonly own: Sizes;
  /** Of a cascade: the level whose points are all compared, and those after it. */
  readonly cascade?: {
    readonly first: Sizes;
    readonly refined: readonly [RefinedSizes, ...RefinedSizes[]];
  };
}

/** Bytes of the points, or the marks, or the columns of a chunk of images; any binding holds 128 MiB. */
const LIST_BYTES = 120 * 2 ** 20;

/** Most points near a single one, and the directions that they have: there must be room for these. */
function mostNear({ first, angles, shifts }: Reach, fineShifts: number) {
  let slots = 0, poses = 0;
  for (let c = 0; c + 1 < first.length; c++) {
    let own = 0;
    for (let pair = first[c]; pair < first[c + 1]; pair++) {
      own += Math.floor(angles[2 * pair + 1] - angles[2 * pair]) + 1;
    }
    poses = Math.max(poses, own), slots = Math.max(slots, first[c + 1] - first[c]);
  }
  let near = 0;
  for (let s = 0; s < shifts.length; s += fineShifts) {
    near = Math.max(near, shifts.subarray(s, s + fineShifts).reduce((a, b) => a + b, 0));
  }
  return { slots, points: poses * near };
}

/** A refined level but for how many images are compared at a time. */
function refinedSizes(
  level: Pick<CoarseLevel, "band" | "quadrature">,
  before: CoarseLevel,
  place: keyof typeof MOST_SLOTS,
  { problem, limits, mostPoints }: { problem: Problem; limits: Limits; mostPoints: number },
): Omit<RefinedSizes, "chunk" | "pitch"> {
  const { directions, angles, shifts } = level.quadrature;
  const near = createReach(before, level.quadrature), least = mostNear(near, shifts.count);
  const s = levelSizes({ ...level, workBox: problem.workBox }, limits, problem.band);
  const points = quadraturePoints(level.quadrature);
  if (points > 2 ** 32) {
    throw new RangeError(`Cannot open the problem: ${points} points, wanted at most 2^32`);
  }
  return {
    ...s,
    // columns are turned only; shifts are phases
    shifts: 1,
    columns: s.angles,
    rows: 3 * s.coefficients,
    before,
    level,
    near,
    maskWords: Math.ceil(directions.count / 32),
    angleWords: Math.ceil(angles.length / 32),
    slots: Math.min(directions.count, Math.max(MOST_SLOTS[place], least.slots)),
    points: Math.min(points, Math.max(mostPoints, least.points)),
  };
}

/** Bytes of an image's marks at a level. */
const markBytes = ({ slots, level, angleWords }: Omit<RefinedSizes, "chunk" | "pitch">) =>
  4 * slots * level.quadrature.shifts.count * angleWords;

/**
 * The sizes of all levels of a problem.
 *
 * @param largest images of a minibatch, at most
 * @param mostPoints that an image may be compared at, at a refined level
 * @throws {RangeError} if an image takes more than a binding holds.
 */
export function levelsOf(
  problem: Problem,
  limits: Limits,
  largest: number,
  mostPoints: number = MOST_POINTS,
): Levels {
  const { coarse = [], workBox, band } = problem;
  if (coarse.length === 0) return { own: sizesOf(problem, limits, largest) };
  const dense = sizesOf({ ...coarse[0], workBox }, limits, largest, band);
  const levels = coarse.map((before, l) =>
    refinedSizes(
      coarse[l + 1] ?? problem,
      before,
      l + 1 < coarse.length ? "other" : "last",
      { problem, limits, mostPoints },
    )
  );
  const binding = limits.maxStorageBufferBindingSize, budget = Math.min(binding, LIST_BYTES);
  const most = Math.max(
    ...levels.flatMap((s) => [8 * s.points, markBytes(s), 4 * s.rows * (s.columns + 64)]),
  );
  if (most > binding) {
    throw new RangeError(
      `Cannot open the problem: an image takes ${most} bytes, wanted at most ${binding} a binding`,
    );
  }
  const chunk = Math.max(1, Math.min(dense.chunk, Math.floor(budget / most)));
  const refined = levels.map((s) => ({ ...s, ...withChunk(s, chunk) }));
  return {
    own: refined[refined.length - 1],
    cascade: {
      first: withChunk(dense, chunk),
      refined: refined as [RefinedSizes, ...RefinedSizes[]],
    },
  };
}

/** Bytes of what the refined levels share. */
export function refinedBytes(levels: readonly RefinedSizes[], largest: number) {
  const own = levels[levels.length - 1], { chunk } = own;
  const most = (of: (s: RefinedSizes) => number) => Math.max(...levels.map(of));
  return {
    points: 8 * chunk * most((s) => s.points),
    marks: 4 * chunk * 2 * most((s) => s.maskWords),
    bits: chunk * most(markBytes),
    slots: 4 * chunk * (2 * most((s) => s.slots) + 1),
    found: 16 * largest,
    columnsTransposed: 4 * own.pitch * own.rows,
    best: 8 * largest,
  };
}

/** Bytes of all buffers of a session beside its tables. */
export function sessionBytes({ own, cascade }: Levels, largest: number): number {
  const sum = (bytes: Record<string, number>) => Object.values(bytes).reduce((a, b) => a + b, 0);
  if (!cascade) return sum(bufferBytes(own, largest));
  const { first, refined } = cascade;
  return sum(sharedBytes(own, largest)) + sum(gradientBytes(own)) +
    sum(levelBytes(first)) + sum(scoreBytes(first)) +
    refined.reduce((all, s) => all + sum(levelBytes(s)), 0) + sum(refinedBytes(refined, largest));
}
