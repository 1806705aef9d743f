import type { TraceRecord } from "../trace.ts";

/**
 * Held-out -log p at which a run counts as having solved its problem: all but a share of the way from a
 * density of zero to the best that any method reached (Moré & Wild, SIAM J. Optim. 20:172 (2009), Eq. 2.2).
 *
 * @param empty of a density of zero, nats an image
 * @param best least of all methods at the end of their runs, nats an image
 */
export function solvedBelow(empty: number, best: number, share = 0.05): number {
  return best + share * (empty - best);
}

/** Image gradients at which the held-out -log p was first measured at or below a target; null if never. */
export function gradientsTo(
  trace: readonly Pick<TraceRecord, "gradients" | "test">[],
  target: number,
): number | null {
  return trace.find(({ test }) => test !== null && test <= target)?.gradients ?? null;
}

/** A step of a performance profile: from this factor on, this share of the problems. */
export interface ProfileStep {
  /** tau, 1 or more. */
  readonly factor: number;
  /** rho(tau), 0 to 1. */
  readonly share: number;
}

/**
 * Performance profiles: rho(tau) is the share of problems that a method solved at no more than tau times
 * the cost of the method that solved it at the least (Dolan & Moré, Math. Program. 91:201 (2002)). A
 * problem that no method solved counts for none.
 *
 * @param costs of each method for each problem, null where it was not solved; [methods][problems]
 * @returns for each method its steps by rising factor; empty if it solved nothing
 * @throws {RangeError} if methods have different numbers of problems, or a cost is not above 0.
 */
export function performanceProfiles(
  costs: readonly (readonly (number | null)[])[],
): ProfileStep[][] {
  const problems = costs[0]?.length ?? 0;
  for (const [i, row] of costs.entries()) {
    if (row.length !== problems) {
      throw new RangeError(
        `Cannot make profiles: method ${i + 1} has ${row.length} problems, wanted ${problems}`,
      );
    }
    const odd = row.find((cost) => cost !== null && !(cost > 0));
    if (odd !== undefined) {
      throw new RangeError(`Cannot make profiles: a cost of ${odd}, wanted numbers above 0`);
    }
  }
  const least = Array.from(
    { length: problems },
    (_, p) => Math.min(...costs.map((row) => row[p] ?? Infinity)),
  );
  return costs.map((row) => {
    const factors = row.flatMap((cost, p) => cost === null ? [] : [cost / least[p]]);
    const steps: ProfileStep[] = [];
    factors.sort((a, b) => a - b).forEach((factor, i) => {
      if (steps.at(-1)?.factor === factor) steps.pop();
      steps.push({ factor, share: (i + 1) / problems });
    });
    return steps;
  });
}
