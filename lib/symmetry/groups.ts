import { angleBetween, multiply, type Rotation, rotationFromVector } from "../rotation.ts";

/** The proper rotations that leave a molecule as it is. */
export interface PointGroup {
  /** "C7", "D2", "T", "O", "I". */
  readonly name: string;
  /** All rotations of the standard orientation, the identity first, [order] of [9]. */
  readonly elements: readonly Rotation[];
  /**
   * Rotations m that give the same elements, m g m^-1: a frame turned by one of them is as good. For Cn
   * any turn about z may be added to them.
   */
  readonly settings: readonly Rotation[];
}

/** An axis and how often it repeats. */
type Generator = readonly [order: number, axis: readonly [number, number, number]];

/** Golden ratio. */
const PHI = (1 + Math.sqrt(5)) / 2;

const Z = [0, 0, 1] as const, X = [1, 0, 0] as const;
const cyclic = (n: number): Generator => [n, Z];
const octahedral: readonly Generator[] = [[4, Z], [3, [1, 1, 1]]];

/** What makes a group, and what makes its settings; n is the number in its name. */
interface Family {
  generators(n: number): readonly Generator[];
  settings(n: number): readonly Generator[];
}

/** The axes of RELION's orientations. */
const families: Readonly<Record<"C" | "D" | "T" | "O" | "I", Family>> = {
  C: {
    generators: (n) => [cyclic(n)],
    settings: () => [[2, X]],
  },
  D: {
    generators: (n) => [cyclic(n), [2, X]],
    settings: (n) => n === 2 ? octahedral : [cyclic(2 * n), [2, X]],
  },
  // A 3-fold along z, and a 2-fold in the plane of y and z; the 4-fold half way to the next 2-folds
  // exchanges the two tetrahedra.
  T: {
    generators: () => [[3, Z], [2, [0, Math.SQRT2, 1]]],
    settings: () => [[3, Z], [4, [0, Math.SQRT2, 1]]],
  },
  O: {
    generators: () => octahedral,
    settings: () => octahedral,
  },
  // 2-folds along x, y and z; of the 5-folds nearest z two lie in the plane of x and z.
  I: {
    generators: () => [[2, Z], [5, [1, 0, PHI]]],
    settings: () => [[2, Z], [5, [1, 0, PHI]]],
  },
};

/** Most repeats of an axis: neighbours 6 degrees apart. */
const LARGEST = 60;

/** Rotations nearer than this, rad, are one: a tenth of the least angle between two of any group. */
const SAME = 2 * Math.PI / LARGEST / 10;

/** Everything that products of the generators reach, the identity first. */
function closure(generators: readonly Generator[]): Rotation[] {
  const made = generators.map(([order, axis]) => {
    const [x, y, z] = axis.map((a) => a * 2 * Math.PI / order / Math.hypot(...axis));
    return rotationFromVector(x, y, z);
  });
  const elements: Rotation[] = [Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)];
  for (const element of elements) { // which grows
    for (const generator of made) {
      const product = multiply(generator, element);
      if (!elements.some((known) => angleBetween(known, product) < SAME)) elements.push(product);
    }
  }
  return elements;
}

/** What a name may be, for messages. */
export const GROUPS = `C2 to C${LARGEST}, D2 to D${LARGEST}, T, O, I`;

/**
 * A point group in RELION's standard orientation, the origin on all axes:
 *
 * | group | axes |
 * | --- | --- |
 * | Cn | n-fold along z |
 * | Dn | n-fold along z, 2-fold along x |
 * | T | 3-fold along z, 2-fold along (0, sqrt 2, 1) |
 * | O | 4-folds along x, y and z, 3-fold along (1, 1, 1) |
 * | I | 2-folds along x, y and z, 5-fold along (1, 0, (1 + sqrt 5) / 2): RELION's I, which is its I2 |
 *
 * @param name in upper or lower case
 * @throws {RangeError} if there is no such group, or it is C1, which has no axes.
 */
export function pointGroup(name: string): PointGroup {
  const [, letter, digits] = /^([A-Z])(\d*)$/.exec(name.toUpperCase()) ?? [];
  const family = letter !== undefined && Object.hasOwn(families, letter)
    ? families[letter as keyof typeof families]
    : undefined;
  const counted = letter === "C" || letter === "D", n = digits ? Number(digits) : 0;
  if (!family || counted !== (digits !== "") || (counted && !(n >= 2 && n <= LARGEST))) {
    throw new RangeError(
      name.toUpperCase() === "C1"
        ? `Cannot use group ${name}: it has no axes, wanted one of ${GROUPS}`
        : `Cannot use group ${name}: wanted one of ${GROUPS}`,
    );
  }
  return {
    name: counted ? `${letter}${n}` : letter,
    elements: closure(family.generators(n)),
    settings: closure(family.settings(n)),
  };
}
