import {
  type CoarseLevel,
  countReach,
  MOST_KEPT,
  MOST_POINTS,
  MOST_SLOTS,
} from "../quadrature/cascade.ts";
import type { Quadrature } from "../quadrature/quadrature.ts";
import type { LevelSizes, RefinedSizes, Sizes } from "./sizes.ts";

/** Bytes of gradients that wait to be added up: images in a chunk x slots x 3 n. */
const POOL_BYTES = 128 * 2 ** 20;
/** Counters, histogram and kept points at the start of a thread's work space; as in assembly/level.ts. */
const HEAD_BYTES = 1280 + 16 * MOST_KEPT;

/** Sizes of a level refined from the one before. */
export function refinedSizes(
  before: CoarseLevel,
  quadrature: Quadrature,
  place: keyof typeof MOST_SLOTS,
): RefinedSizes {
  const { directions, shifts } = quadrature;
  const { directions: coarse, angles, shifts: coarseShifts } = before.quadrature;
  return {
    slots: Math.min(directions.count, MOST_SLOTS[place]),
    points: MOST_POINTS,
    words: Math.ceil(shifts.count / 32),
    edge: new Set(shifts.points.filter((_, i) => i % 2 === 0)).size,
    pairs: countReach(before, quadrature),
    coarseDirections: coarse.count,
    coarseAngles: angles.length,
    coarseShifts: coarseShifts.count,
  };
}

/** Images whose gradients fit into the pool together. */
export function imagesInPool({ slots }: RefinedSizes, paddedCoefficients: number): number {
  return Math.max(1, Math.floor(POOL_BYTES / (12 * slots * paddedCoefficients)));
}

/** Bytes of the regions that only a refined level has. */
export function refinedRegions(s: LevelSizes) {
  const { refined: r } = s, of = (bytes: number) => r ? bytes : 0;
  const phases = r && s.shifts > 1 ? 4 * s.quarterAngles * r.edge * 2 * s.paddedCoefficients : 0;
  return {
    table: of(4 * WORDS.length),
    rows: of(8 * s.panels * 12 * s.paddedCoefficients),
    permutations: of(8 * 8 * s.coefficients),
    reachFirst: of(4 * ((r?.coarseDirections ?? 0) + 1)),
    reachDirections: of(4 * (r?.pairs ?? 0)),
    reachAngles: of(16 * (r?.pairs ?? 0)),
    reachShifts: of(4 * (r?.coarseShifts ?? 0) * (r?.words ?? 0)),
    shiftPlaces: of(8 * s.shifts),
    phasesX: phases,
    phasesY: phases,
    noise: of(4 * s.paddedCoefficients),
  };
}

/** The work space of a thread: where each refined level has its arrays, and bytes in all. */
export function workSpace(levels: readonly LevelSizes[]) {
  let bytes = HEAD_BYTES;
  const take = (size: number) => {
    const at = bytes;
    bytes = Math.ceil((bytes + size) / 64) * 64;
    return at;
  };
  const offsets = levels.map((s) => {
    const { refined: r } = s, padded = 4 * s.paddedCoefficients;
    if (!r) return undefined;
    return {
      // with several shifts poses turn slices in place of the image
      columns: take((s.shifts > 1 ? 1 : 8) * s.quarterAngles * 3 * padded),
      turned: take(4 * 8 * s.quarterAngles),
      slots: take(4 * 2 * s.planes),
      directions: take(4 * r.slots),
      bits: take(4 * r.slots * 4 * s.quarterAngles * r.words),
      // the kernels read whole vectors
      scores: take(4 * (r.points + 4)),
      places: take(4 * r.points),
      pointShifts: take(4 * r.points),
      vectors: take(14 * padded),
      mask: take(4 * r.words),
    };
  });
  return { bytes, offsets };
}

/** Bytes of the regions that refining needs once. */
export function sharedRefinedRegions(s: Sizes) {
  const slots = s.refined?.slots ?? 0;
  return {
    work: s.refined ? s.threads * workSpace([...s.coarse, s]).bytes : 0,
    pool: 12 * s.chunk * slots * s.paddedCoefficients,
    poolPlanes: 4 * s.chunk * slots,
    poolCounts: s.refined ? 4 * s.chunk : 0,
  };
}

/** The words of a level's table, in the order of assembly/level.ts. */
export const WORDS = [
  "coefficients",
  "paddedCoefficients",
  "planes",
  "quarterAngles",
  "shifts",
  "words",
  "edge",
  "slots",
  "points",
  "coarseAngles",
  "pitch",
  "half",
  "polynomials",
  "slices",
  "directionLog",
  "columnLog",
  "kx",
  "ky",
  "angles",
  "permutations",
  "reachFirst",
  "reachDirections",
  "reachAngles",
  "reachShifts",
  "shiftPlaces",
  "phasesX",
  "phasesY",
  "noise",
  "columnsAt",
  "turnedAt",
  "slotsAt",
  "directionsAt",
  "bitsAt",
  "scoresAt",
  "placesAt",
  "pointShiftsAt",
  "vectorsAt",
  "maskAt",
] as const;
