import type { Band } from "../band.ts";
import { multiply, type Rotation, rotationZ } from "../rotation.ts";
import { createDirections, type Directions } from "./directions.ts";
import { createShifts, type ShiftOptions, type Shifts } from "./shifts.ts";

/**
 * The points (direction, in-plane angle, shift) that the marginal likelihood is summed over
 * (Punjani & Brubaker, Eq. 4), as factors; the weight of a point is the product of its factors'.
 */
export interface Quadrature {
  /** Viewing directions. */
  readonly directions: Directions;
  /** psi, radians, [I], I a multiple of four: angle h + I/4 is angle h + pi/2. Each has weight 1/I. */
  readonly angles: Float64Array;
  /** Displacements of the particle. */
  readonly shifts: Shifts;
}

/**
 * The quadrature for a band: neighbouring points differ by at most one Fourier pixel at its edge,
 * L = ceil(2 pi / atan(1/r)), the angles rounded up to a multiple of four, so that quarter turns are among
 * them. r = 10.24: 1,454 directions x 68 angles.
 */
export function createQuadrature(band: Band, { step, ...shifts }: ShiftOptions = {}): Quadrature {
  const least = Math.ceil(2 * Math.PI / Math.atan(1 / band.radius));
  const count = 4 * Math.ceil(least / 4);
  return {
    directions: createDirections(band.radius),
    angles: Float64Array.from({ length: count }, (_, i) => 2 * Math.PI * i / count),
    shifts: createShifts({ ...shifts, step: step ?? shiftStepOf(band) }),
  };
}

/** Spacing of shifts that a band needs, px: 0.1 N / r. */
export function shiftStepOf({ boxSize, radius }: Band): number {
  return 0.1 * boxSize / radius;
}

/** Number of points of a quadrature. */
export function quadraturePoints({ directions, angles, shifts }: Quadrature): number {
  return directions.count * angles.length * shifts.count;
}

/**
 * Image-to-map rotation of a point: R = Q R_dir Rz(-psi), Q being the rotation of the whole grid.
 */
export function rotationOf(
  { directions, angles }: Quadrature,
  direction: number,
  angle: number,
  grid?: Rotation,
): Rotation {
  const frame = directions.frames.subarray(9 * direction, 9 * direction + 9);
  return multiply(grid ? multiply(grid, frame) : frame, rotationZ(-angles[angle]));
}
