import { type Band, createBand } from "../band.ts";
import type { Directions } from "./directions.ts";
import { createQuadrature, type Quadrature, shiftStepOf } from "./quadrature.ts";
import type { ShiftOptions, Shifts } from "./shifts.ts";

/** A coarser quadrature, summed first to find where the points of a finer one are worth evaluating. */
export interface CoarseLevel {
  /** The coefficients that are compared. */
  readonly band: Band;
  /** The points. */
  readonly quadrature: Quadrature;
  /** Share of a posterior that may be left out when the next level is entered. */
  readonly tolerance: number;
}

/** Radius of the level that is summed exhaustively, Fourier pixels. */
export const FIRST_RADIUS = 6.4;
/** From which ratio to the first level on a cascade costs less than the whole sum, with one shift or many. */
const CENTRED_RATIO = 1.7, SHIFTED_RATIO = 1.2;
/** Largest ratio between the radii of neighbouring levels. */
const LARGEST_RATIO = 1.6;
/** Shares left out after the first level and after the others; see bench/NOTES.md. */
const TOLERANCES = [1e-4, 1e-3];
/** Spacing of the shifts of coarse levels, in the spacing that their band needs for its own sum. */
const SHIFT_COARSENESS = 2;
/** How far the points to evaluate reach from a point that was kept, in steps atan(1/r) of its level. */
export const REACH = 1.3;
/** The same for shifts, in steps of the coarse grid; more than half its diagonal. */
const SHIFT_REACH = 0.75;

/**
 * The levels that come before a band's own quadrature, coarsest first: radii from 6.4 Fourier pixels
 * on, each at most 1.6 times the last. None if the band is so little finer than the first that the whole
 * sum costs no more.
 *
 * Everything about a posterior that a level can tell, the next finer one refines: it is evaluated only
 * near the points that hold all but `tolerance` of the posterior (see keptPoints() and createReach()).
 */
export function createCascade(
  band: Band,
  { extent = 0, sigma }: Pick<ShiftOptions, "extent" | "sigma"> = {},
): CoarseLevel[] {
  const ratio = band.radius / FIRST_RADIUS, worthwhile = extent > 0 ? SHIFTED_RATIO : CENTRED_RATIO;
  if (ratio < worthwhile) return [];
  const count = Math.ceil(Math.log(ratio) / Math.log(LARGEST_RATIO) - 1e-9);
  return Array.from({ length: count }, (_, level): CoarseLevel => {
    const own = createBand(band.boxSize, FIRST_RADIUS * ratio ** (level / count));
    const step = SHIFT_COARSENESS * shiftStepOf(own);
    return {
      band: own,
      quadrature: createQuadrature(own, { extent, sigma, step }),
      tolerance: TOLERANCES[Math.min(level, TOLERANCES.length - 1)],
    };
  });
}

/** Depth that is looked into for points to keep, nats: a million points further down hold 1e-5. */
export const DEPTH = 25;
/** Steps of the depth, a nat. */
export const STEPS = 4;
/** Most points that are kept of a level; posteriors broader than that lose their tail. */
export const MOST_KEPT = 2 ** 14;
/** Most points that an image is compared at at a refined level; where more are marked, fewer are kept. */
export const MOST_POINTS = 2 ** 16;
/** Most directions of them: of the last level, whose gradients are kept, and of the others. */
export const MOST_SLOTS = { last: 1024, other: 4096 };

/**
 * The points of a posterior that are worth refining: those no deeper below the best than the least
 * multiple of 1/4 nat down to which they hold 1 - tolerance of it, or less deep if they would be more
 * than 16384. Where more than those lie within 1/4 nat, the first of them.
 *
 * @param scores e, log posterior up to a constant
 * @returns indices of the scores, ascending, and the share of the posterior that is not in them
 */
export function keptPoints(
  scores: ArrayLike<number>,
  tolerance: number,
): { kept: number[]; dropped: number } {
  let top = -Infinity, all = 0;
  for (let i = 0; i < scores.length; i++) top = Math.max(top, scores[i]);
  const mass = new Float64Array(DEPTH * STEPS), counts = new Int32Array(DEPTH * STEPS);
  const binOf = (score: number) => Math.floor((top - score) * STEPS);
  for (let i = 0; i < scores.length; i++) {
    const q = Math.exp(scores[i] - top), bin = binOf(scores[i]);
    if (bin < mass.length) (all += q, mass[bin] += q, counts[bin]++);
  }
  let held = mass[0], within = counts[0], bins = 1;
  while (
    bins < mass.length && held < (1 - tolerance) * all && within + counts[bins] <= MOST_KEPT
  ) {
    held += mass[bins];
    within += counts[bins++];
  }
  const kept: number[] = [];
  for (let i = 0; i < scores.length && kept.length < MOST_KEPT; i++) {
    if (binOf(scores[i]) < bins) kept.push(i);
  }
  // within a quarter of a nat points weigh about the same
  return { kept, dropped: Math.max(0, 1 - held * kept.length / within / all) };
}

/** Which points of a finer level are near those of a coarser one. */
export interface Reach {
  /** Pairs of directions of coarse direction c are first[c] to first[c + 1] - 1, [J + 1]. */
  readonly first: Int32Array;
  /** The fine direction of each pair. */
  readonly direction: Int32Array;
  /** From and to, in steps of the fine angles, relative to psi of the coarse point; [pairs, 2]. */
  readonly angles: Float64Array;
  /** Whether coarse shift s is near fine shift t, [S coarse, S fine], 1 or 0. */
  readonly shifts: Uint8Array;
}

/** Fine directions no farther than `most` radians from each coarse one in turn, ascending. */
function* nearby(coarse: Directions, fine: Directions, most: number) {
  const { frames, count } = fine;
  const order = Array.from({ length: count }, (_, j) => j)
    .sort((a, b) => frames[9 * a + 8] - frames[9 * b + 8]);
  // (x, y, z) of each, the lowest first
  const at = new Float64Array(3 * count);
  order.forEach((j, i) => {
    for (let axis = 0; axis < 3; axis++) at[3 * i + axis] = frames[9 * j + 3 * axis + 2];
  });
  const chord = 2 * Math.sin(most / 2), square = chord * chord;
  for (let c = 0; c < coarse.count; c++) {
    const x = coarse.frames[9 * c + 2], y = coarse.frames[9 * c + 5], z = coarse.frames[9 * c + 8];
    const found: number[] = [];
    let low = 0, high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at[3 * middle + 2] < z - chord) low = middle + 1;
      else high = middle;
    }
    for (let i = 3 * low; i < at.length && at[i + 2] <= z + chord; i += 3) {
      const dx = x - at[i], dy = y - at[i + 1], dz = z - at[i + 2];
      if (dx * dx + dy * dy + dz * dz <= square) found.push(order[i / 3]);
    }
    yield found.sort((a, b) => a - b);
  }
}

/** What countReach() has found, by coarse and fine directions. */
const counted = new WeakMap<Directions, WeakMap<Directions, number>>();

/** Number of pairs of directions in reach of each other. */
export function countReach(
  { band, quadrature }: Pick<CoarseLevel, "band" | "quadrature">,
  fine: Quadrature,
): number {
  const known = counted.get(quadrature.directions) ?? new WeakMap<Directions, number>();
  counted.set(quadrature.directions, known);
  let count = known.get(fine.directions);
  if (count === undefined) {
    count = 0;
    for (const found of nearby(quadrature.directions, fine.directions, reachOf(band))) {
      count += found.length;
    }
    known.set(fine.directions, count);
  }
  return count;
}

/** How far points in reach lie from each other, radians. */
const reachOf = (band: Band) => REACH * Math.atan(1 / band.radius);

/** Coarse shifts near each fine one: the nearest, and those within 0.75 steps. */
function shiftsNear(coarse: Shifts, fine: Shifts): Uint8Array {
  const near = new Uint8Array(coarse.count * fine.count);
  const step = Math.min(...coarse.points.filter((v) => v > 0)); // infinite if there is one shift
  for (let t = 0; t < fine.count; t++) {
    const distances = Array.from(
      { length: coarse.count },
      (_, s) =>
        Math.hypot(
          coarse.points[2 * s] - fine.points[2 * t],
          coarse.points[2 * s + 1] - fine.points[2 * t + 1],
        ),
    );
    const nearest = Math.min(...distances), most = Math.max(nearest, SHIFT_REACH * step);
    distances.forEach((d, s) => near[s * fine.count + t] = d <= most * (1 + 1e-9) ? 1 : 0);
  }
  return near;
}

/**
 * The points of a finer level near each point of a coarser one. With alpha the angle between two
 * directions, and beta what is left between the in-plane angles once their frames are laid on each
 * other, poses are near if
 *
 *     alpha^2 + beta^2 <= (1.3 atan(1/r))^2,   beta = psi_fine - psi_coarse - twist,
 *     twist = atan2(D10 - D01, D00 + D11),  D = frame_coarse^T frame_fine,  r of the coarser band;
 *
 * shifts if the coarse one is the nearest to the fine one, or within 0.75 of the coarse spacing.
 */
export function createReach(
  { band, quadrature: coarse }: Pick<CoarseLevel, "band" | "quadrature">,
  fine: Quadrature,
): Reach {
  const most = reachOf(band), step = 2 * Math.PI / fine.angles.length;
  const first = new Int32Array(coarse.directions.count + 1);
  const direction: number[] = [], angles: number[] = [];
  let c = 0;
  for (const found of nearby(coarse.directions, fine.directions, most)) {
    const a = coarse.directions.frames.subarray(9 * c, 9 * c + 9);
    for (const f of found) {
      const b = fine.directions.frames.subarray(9 * f, 9 * f + 9);
      const d = (i: number, j: number) => a[i] * b[j] + a[3 + i] * b[3 + j] + a[6 + i] * b[6 + j];
      const alpha = Math.acos(Math.min(1, d(2, 2)));
      const beta = Math.sqrt(Math.max(0, most * most - alpha * alpha));
      const twist = Math.atan2(d(1, 0) - d(0, 1), d(0, 0) + d(1, 1));
      direction.push(f);
      angles.push((twist - beta) / step, (twist + beta) / step);
    }
    first[++c] = direction.length;
  }
  return {
    first,
    direction: Int32Array.from(direction),
    angles: Float64Array.from(angles),
    shifts: shiftsNear(coarse.shifts, fine.shifts),
  };
}

/**
 * The points of a finer level to evaluate: those near any kept point of a coarser one.
 *
 * @param kept points of the coarser level, as (direction, angle, shift) in the order of marginalize()
 * @returns points of the finer level, in ascending order
 */
export function pointsNear(
  kept: readonly number[],
  reach: Reach,
  coarse: Quadrature,
  fine: Quadrature,
): Int32Array {
  const S = coarse.shifts.count, I = coarse.angles.length;
  const T = fine.shifts.count, K = fine.angles.length, found = new Set<number>();
  for (const point of kept) {
    const c = Math.floor(point / (I * S)), h = Math.floor(point / S) % I, s = point % S;
    for (let pair = reach.first[c]; pair < reach.first[c + 1]; pair++) {
      const at = h * K / I;
      const from = Math.ceil(at + reach.angles[2 * pair]);
      const to = Math.floor(at + reach.angles[2 * pair + 1]);
      for (let k = from; k <= to; k++) {
        const row = (reach.direction[pair] * K + (k % K + K) % K) * T;
        for (let t = 0; t < T; t++) if (reach.shifts[s * T + t]) found.add(row + t);
      }
    }
  }
  return Int32Array.from(found).sort();
}
