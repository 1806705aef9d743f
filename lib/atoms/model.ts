import { atomicMass, type Element } from "./elements.ts";

/** Atoms in space. */
export interface AtomicModel {
  /** n. */
  readonly count: number;
  /** A, [n, 3] as (x, y, z). */
  readonly positions: Float64Array;
  /** [n] */
  readonly elements: readonly Element[];
  /** B, A^2, [n]: exp(-B k^2/4) multiplies the scattering factor. */
  readonly bFactors: Float64Array;
  /** How much of an atom is there, [n]. */
  readonly occupancies: Float64Array;
  /** True if every atom is an alpha carbon, so that each stands for its residue. */
  readonly isTrace: boolean;
}

/** Where the mass is, A, (x, y, z), each atom weighed by its occupancy. */
export function centreOfMass({ positions, elements, occupancies }: AtomicModel): Float64Array {
  const centre = new Float64Array(3);
  let total = 0;
  elements.forEach((element, i) => {
    const mass = atomicMass(element) * occupancies[i];
    total += mass;
    for (let axis = 0; axis < 3; axis++) centre[axis] += mass * positions[3 * i + axis];
  });
  return centre.map((c) => c / total);
}

/** Distance of the outermost atom from a point, A. */
export function radiusAbout({ count, positions }: AtomicModel, [x, y, z]: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const p = 3 * i;
    largest = Math.max(
      largest,
      Math.hypot(positions[p] - x, positions[p + 1] - y, positions[p + 2] - z),
    );
  }
  return largest;
}
