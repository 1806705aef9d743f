import { median } from "./statistics.ts";
import type { ComparisonSummary } from "./summary.ts";

/** What counts as success in a comparison. */
export interface SuccessCriterion {
  /** In words. */
  readonly description: string;
  /** Whether a run has it; null if it has not ended, or is not judged. */
  of(method: number, seed: number): boolean | null;
}

/** How much coarser than the best method's median a resolution may be. */
const COARSER = 1.1;
/** What a resolution may at most be of the band's: half the band is then right. */
const LEAST = 2;
/** Nats an image that a run may end above the best of its seed: Punjani & Brubaker, Sec. 4. */
const ABOVE = 2;

/**
 * Whether runs found the density. With a truth: FSC 0.5 at no more than 1.1 times the resolution that is
 * the best method's median, and to half the band at least. Without one: a held-out -log p within two nats of the best run of the seed,
 * which is what the paper calls a reasonable solution. A run that diverged has failed.
 */
export function successCriterion({ problem, methods }: ComparisonSummary): SuccessCriterion {
  const known = problem.truth !== null;
  const medians = methods.map(({ runs }) => median(runs.flatMap((run) => run.resolution ?? [])));
  const finest = problem.boxSize * problem.pixelSize / problem.radius;
  const judged = medians.filter((m) => !Number.isNaN(m));
  const limit = Math.min(COARSER * Math.min(...judged), LEAST * finest);
  const best = (seed: number) =>
    Math.min(
      ...methods.map(({ runs }) => runs[seed].status === "done" ? runs[seed].test! : Infinity),
    );
  return {
    description: known
      ? `FSC 0.5 at ${limit.toFixed(1)} A or finer: ${COARSER} times the best method's median, ` +
        `at most ${LEAST} times the band's ${finest.toFixed(1)} A`
      : `held-out NLL within ${ABOVE} nats of the best run of the seed`,
    of(method, seed) {
      const { status, resolution, test } = methods[method].runs[seed];
      if (status === "diverged") return false;
      const value = known ? resolution : test;
      if (status !== "done" || value === null) return null;
      return value <= (known ? limit : best(seed) + ABOVE);
    },
  };
}
