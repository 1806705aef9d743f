import type { Pose } from "../../particles.ts";

/** Newton's steps; the last changes nothing in double precision but at the poles. */
const STEPS = 20;

/**
 * Mollweide's equal-area projection of a direction: with 2 a + sin 2a = pi sin(latitude),
 *
 *     x = (2 / pi) longitude cos a,  y = sin a
 *
 * @param longitude -pi to pi
 * @param sine of the latitude, -1 to 1
 * @returns x from -2 to 2, y from -1 to 1, up
 */
export function mollweide(longitude: number, sine: number): readonly [number, number] {
  const wanted = Math.PI * sine;
  let a = Math.asin(sine) || 0;
  for (let i = 0; i < STEPS; i++) {
    const slope = 2 + 2 * Math.cos(2 * a);
    if (slope < 1e-9) break;
    a -= (2 * a + Math.sin(2 * a) - wanted) / slope;
  }
  return [2 / Math.PI * longitude * Math.cos(a), Math.sin(a)];
}

/** Images counted by where they were seen from, in cells of one area. */
export interface DirectionCounts {
  /** Cells around the equator, and from pole to pole in equal steps of the sine of the latitude. */
  readonly around: number;
  readonly bands: number;
  /** [bands, around], from the south pole up, from longitude -pi on. */
  readonly counts: Uint32Array;
}

/** Images a cell on average, and cells at most and at least from pole to pole. */
const MEAN = 12, MOST = 18, LEAST = 6;

/** Counts the directions of sight, the third column of R: longitude is rot, 90 - latitude is tilt. */
export function countDirections(poses: readonly Pick<Pose, "rotation">[]): DirectionCounts {
  const wanted = Math.sqrt(poses.length / MEAN / 2);
  const bands = 2 * Math.round(Math.min(MOST, Math.max(LEAST, wanted)) / 2), around = 2 * bands;
  const counts = new Uint32Array(bands * around);
  for (const { rotation: r } of poses) {
    const turn = Math.atan2(r[5], r[2]) / (2 * Math.PI) + 0.5;
    const column = Math.min(around - 1, Math.floor(turn * around));
    const band = Math.min(bands - 1, Math.max(0, Math.floor((r[8] + 1) / 2 * bands)));
    counts[band * around + column]++;
  }
  return { around, bands, counts };
}

/** Share of all images in the fullest tenth of the cells; 0.1 if all are alike, 1 if a tenth has all. */
export function fullestTenth({ counts }: DirectionCounts): number {
  const sorted = counts.toSorted().reverse(), tenth = Math.round(sorted.length / 10);
  const all = sorted.reduce((a, b) => a + b, 0);
  return all === 0 ? 0 : sorted.subarray(0, tenth).reduce((a, b) => a + b, 0) / all;
}
