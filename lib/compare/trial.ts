import type { ParticleStack } from "../particles.ts";
import { reconstruct } from "../reconstruct.ts";
import type { IterationSeconds, Reconstruction, ReconstructOptions } from "../reconstruction.ts";
import type { TraceRecord } from "../trace.ts";

/** What a run may spend. */
export interface Budget {
  /** evals: image gradients; seconds: of iterations, measuring left out. */
  readonly unit: "evals" | "seconds";
  /** How many. */
  readonly amount: number;
}

/** A line of a comparison's trace: `forwards` and `seconds` leave measuring out. */
export interface TrialRecord extends TraceRecord {
  /** Of `seconds` those in the optimizer itself, not in the objective and not in reading images. */
  readonly overhead: number;
}

/** What a trial is given. */
export interface TrialOptions extends Omit<ReconstructOptions, "epochs" | "testEvery" | "timed"> {
  readonly budget: Budget;
  /** Its records so far, if it is resumed. */
  readonly before?: readonly TrialRecord[];
}

/** A run that ends when its budget is spent; iterate over it to make it go. */
export interface Trial extends AsyncDisposable {
  readonly run: Reconstruction;
  /** One record an iteration; the last has a measurement. */
  [Symbol.asyncIterator](): AsyncGenerator<TrialRecord, void, void>;
}

/** Far beyond any budget. */
const ENDLESS = 1e9;
/** Measured whenever the gradients have grown by this factor: evenly on a logarithmic axis. */
const GROWTH = 1.15;
/** And whenever this share of the budget has been spent: evenly on a linear one. */
const SHARE = 0.02;

/** Share of a budget that has been spent. */
export function shareOf(
  { unit, amount }: Budget,
  { gradients, seconds }: Pick<TrialRecord, "gradients" | "seconds">,
): number {
  return (unit === "evals" ? gradients : seconds) / amount;
}

/**
 * Runs an optimizer on a budget, in one band from start to end. Image gradients are counted, so that a
 * method pays for each it takes: it ends before the iteration that, as dear as its dearest so far, would
 * pass the budget, though not before the first. Held-out images are measured at the same places of every
 * method, as near as its iterations allow.
 *
 * @throws {RangeError} as reconstruct() does, or if the budget is not above 0.
 */
export async function createTrial(
  particles: ParticleStack,
  { budget, before = [], ...options }: TrialOptions,
): Promise<Trial> {
  if (!(budget.amount > 0)) {
    const unit = budget.unit === "evals" ? "image gradients" : "seconds";
    throw new RangeError(`Cannot run on a budget of ${budget.amount} ${unit}, wanted more than 0`);
  }
  let timing: IterationSeconds | undefined;
  const run = await reconstruct(particles, {
    ...options,
    epochs: ENDLESS,
    testEvery: ENDLESS,
    timed: (seconds) => timing = seconds,
  });
  let last: TrialRecord | undefined, dearest = 0, measured: TrialRecord | undefined;
  const follow = (record: TrialRecord) => {
    dearest = Math.max(dearest, record.gradients - (last?.gradients ?? 0));
    last = record;
    if (record.test !== null) measured = record;
  };
  before.forEach(follow);
  // reconstruct() measures once, after its first iteration, and counts that
  const counted = run.plan.heldOut;
  const spent = ({ gradients, seconds }: TraceRecord) =>
    budget.unit === "evals" ? gradients + dearest > budget.amount : seconds >= budget.amount;

  return {
    run,
    async *[Symbol.asyncIterator]() {
      if (last && spent(last)) return;
      for await (const record of run) {
        const { iteration, step, objective } = timing!;
        const next = {
          ...record,
          forwards: record.forwards - counted,
          seconds: (last?.seconds ?? 0) + iteration,
          overhead: (last?.overhead ?? 0) + step - objective,
        };
        const cost = next.gradients - (last?.gradients ?? 0);
        dearest = Math.max(dearest, cost);
        const ended = spent(next);
        const due = !measured || next.gradients >= GROWTH * measured.gradients ||
          shareOf(budget, next) >= shareOf(budget, measured) + SHARE;
        const test = record.test ?? (ended || due ? await run.test() : null);
        follow({ ...next, test });
        yield last!;
        if (ended) return;
      }
    },
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}
