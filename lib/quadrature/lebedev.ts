import { LEBEDEV, type Orbit } from "./lebedev_table.ts";

/** Points and weights on the unit sphere. */
export interface SphereRule {
  /** Unit vectors, [points, 3]. */
  readonly points: Float64Array;
  /** One per point; they sum to 1. */
  readonly weights: Float64Array;
}

/** Highest degree of the table. */
export const LARGEST_DEGREE = LEBEDEV[LEBEDEV.length - 1][0];

/** The degrees that can be had; those with a negative weight are marked. */
export const LEBEDEV_DEGREES: readonly { degree: number; positive: boolean }[] = LEBEDEV.map((
  [degree, orbits],
) => ({ degree, positive: orbits.every(([, weight]) => weight > 0) }));

const PERMUTATIONS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/** The distinct signed permutations of an orbit's base point. */
function expand([code, , a = 0, b = 0]: Orbit): number[][] {
  const base = [
    [1, 0, 0],
    [0, Math.SQRT1_2, Math.SQRT1_2],
    [1 / Math.sqrt(3), 1 / Math.sqrt(3), 1 / Math.sqrt(3)],
    [a, a, Math.sqrt(1 - 2 * a * a)],
    [a, Math.sqrt(1 - a * a), 0],
    [a, b, Math.sqrt(1 - a * a - b * b)],
  ][code - 1];
  const seen = new Map<string, number[]>();
  for (const order of PERMUTATIONS) {
    for (let signs = 0; signs < 8; signs++) {
      const point = order.map((axis, i) => (signs >> i & 1 ? -base[axis] : base[axis]) + 0);
      seen.set(point.join(), point);
    }
  }
  return [...seen.values()];
}

/**
 * The Lebedev rule of exactly this degree: it integrates every polynomial up to it.
 *
 * @throws {RangeError} if there is no rule of that degree.
 */
export function lebedev(degree: number): SphereRule {
  const rule = LEBEDEV.find(([d]) => d === degree);
  if (!rule) {
    throw new RangeError(
      `Cannot make a Lebedev rule: degree ${degree}, wanted one of ${LEBEDEV.map(([d]) => d)}`,
    );
  }
  const points: number[] = [], weights: number[] = [];
  for (const orbit of rule[1]) {
    for (const point of expand(orbit)) {
      points.push(...point);
      weights.push(orbit[1]);
    }
  }
  return { points: Float64Array.from(points), weights: Float64Array.from(weights) };
}
