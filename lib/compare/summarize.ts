import type { Plan } from "../plan.ts";
import type { RunSummary } from "./summary.ts";
import type { TrialRecord } from "./trial.ts";

/**
 * Floating-point operations of evaluations, J I S n of an image and pass as in Plan.flop: the likelihood
 * alone is one pass, the image gradient two.
 */
export function flopOf(
  { points, problem }: Pick<Plan, "points" | "problem">,
  { gradients, forwards }: { gradients: number; forwards: number },
): number {
  return points * problem.band.count * (2 * gradients + forwards);
}

/** A run that has not begun. */
export function missingRun(seed: number): RunSummary {
  return {
    seed,
    status: "missing",
    reason: null,
    iterations: 0,
    gradients: 0,
    forwards: 0,
    flop: 0,
    seconds: 0,
    overhead: null,
    test: null,
    resolution: null,
    correlation: null,
    trace: null,
    maps: [],
  };
}

/** A run in numbers, from its records; not yet compared with the truth. */
export function summarizeRun(
  records: readonly TrialRecord[],
  { seed, flop, status, reason = null, trace, maps }: {
    seed: number;
    flop: (counts: { gradients: number; forwards: number }) => number;
    status: RunSummary["status"];
    reason?: string | null;
    trace: string;
    maps: RunSummary["maps"];
  },
): RunSummary {
  const last = records.at(-1), measured = records.findLast(({ test }) => test !== null);
  const { gradients, forwards, seconds } = last ?? { gradients: 0, forwards: 0, seconds: 0 };
  return {
    ...missingRun(seed),
    status,
    reason,
    iterations: last ? last.t + 1 : 0,
    gradients,
    forwards,
    flop: flop({ gradients, forwards }),
    seconds,
    overhead: last && seconds > 0 ? last.overhead / seconds : null,
    test: measured?.test ?? null,
    trace,
    maps,
  };
}
