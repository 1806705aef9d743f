import type { ClassFit, SymmetryFit } from "./find.ts";

/**
 * Deviations above chance that the weakest class has to reach. Of 35 groups tried on maps of another, or
 * of none, at three levels of noise, C2 and C3, which are one class about an axis that is free to
 * choose, reached 6.6, others 4.7 but for rings taken for their neighbours (C7 for C6, 5.6) and a tube,
 * which nearly has any Cn (11).
 */
const leastExcess = ({ classes }: SymmetryFit) =>
  classes.length === 1 && classes[0].count <= 2 ? 7 : 5;

/**
 * Part of the strongest class's correlation above chance that every class has to have. Noise takes the same from
 * all, so that 0.9 and more was found of groups that fit; a part of a larger group fits alone.
 */
const LEAST_PART = 0.7;

const aboveChance = ({ correlation, chance }: ClassFit) => correlation - chance.typical;

/** "turned by 120 degrees about (0, 0, 1)". */
function turnOf({ angle, elements }: ClassFit): string {
  const about = Array.from(elements[0].axis, (a) => Number(a.toFixed(3)) + 0).join(", ");
  return `turned by ${Number((angle * 180 / Math.PI).toFixed(1))} degrees about (${about})`;
}

/**
 * Refuses a group that a map does not have: one whose weakest class of rotations is little better than
 * rotations at random, or than another of its classes.
 *
 * @throws {RangeError} with the correlations that were found and wanted.
 */
export function requireFit(fit: SymmetryFit): void {
  const { group, classes, weakest } = fit, least = leastExcess(fit);
  const refuse = (found: ClassFit, wanted: string): never => {
    throw new RangeError(
      `Cannot symmetrize as ${group.name}: ${turnOf(found)} the map correlates ` +
        `${found.correlation.toFixed(3)} with itself, ${wanted}`,
    );
  };
  if (weakest.excess < least) {
    const { typical, deviation } = weakest.chance;
    refuse(
      weakest,
      `about axes at random ${typical.toFixed(3)} +- ${deviation.toFixed(3)}, wanted ` +
        `${(typical + least * deviation).toFixed(3)}, ${least} deviations above that`,
    );
  }
  const strongest = classes.reduce((p, q) => aboveChance(q) > aboveChance(p) ? q : p);
  const lame = classes.reduce((p, q) => aboveChance(q) < aboveChance(p) ? q : p);
  if (aboveChance(lame) >= LEAST_PART * aboveChance(strongest)) return;
  const wanted = lame.chance.typical + LEAST_PART * aboveChance(strongest);
  refuse(
    lame,
    `but ${turnOf(strongest)} ${strongest.correlation.toFixed(3)}, wanted at least ` +
      `${wanted.toFixed(3)} of all; a smaller group may fit`,
  );
}
