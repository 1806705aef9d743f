import { confidence95, mean } from "./statistics.ts";
import type { ComparisonSummary, MethodSummary, RunSummary } from "./summary.ts";

/** How one quantity of one method has changed. */
export interface Difference {
  readonly method: string;
  readonly quantity: string;
  /** Mean over the seeds that both have, before and now. */
  readonly before: number;
  readonly now: number;
  /** Half the 95 % confidence interval of now - before, paired by seed; NaN with one seed. */
  readonly noise: number;
  readonly verdict: "better" | "worse" | "within the noise" | "the same" | "noise unknown";
}

/** What is compared: all are better when smaller but the correlation. */
const QUANTITIES: Readonly<
  Record<string, { of: (run: RunSummary) => number | null; sign?: number }>
> = {
  "held-out NLL": { of: ({ test }) => test },
  "FSC 0.5, A": { of: ({ resolution }) => resolution },
  "correlation": { of: ({ correlation }) => correlation, sign: -1 },
  "seconds": { of: ({ seconds }) => seconds },
};

/**
 * What got better or worse from one comparison to another, method by method. The runs of a seed share
 * start, order and held-out images in both, so that their differences are taken seed by seed, and what
 * is beyond the 95 % confidence interval of the mean difference is beyond the noise.
 *
 * @throws {RangeError} if they are not of the same problem, setting and budget.
 */
export function compareSummaries(
  now: ComparisonSummary,
  before: ComparisonSummary,
): Difference[] {
  const identity = ({ problem, setting, budget }: ComparisonSummary) => ({
    problem: problem.name,
    images: problem.count,
    "held-out images": problem.heldOut,
    setting,
    "unit of the budget": budget.unit,
    budget: budget.amount,
  });
  const wanted = identity(now);
  for (const [what, value] of Object.entries(identity(before))) {
    if (value === wanted[what as keyof typeof wanted]) continue;
    throw new RangeError(
      `Cannot compare with the reference: its ${what} is ${value}, wanted ${
        wanted[what as keyof typeof wanted]
      }`,
    );
  }
  return now.methods.flatMap((method) => {
    const reference = before.methods.find(({ name }) => name === method.name);
    if (!reference) return [];
    return Object.keys(QUANTITIES).flatMap((quantity) =>
      difference(method, reference, quantity) ?? []
    );
  });
}

function difference(
  method: MethodSummary,
  reference: MethodSummary,
  quantity: string,
): Difference | undefined {
  const { of, sign = 1 } = QUANTITIES[quantity];
  const pairs = method.runs.flatMap((run) => {
    const old = reference.runs.find(({ seed }) => seed === run.seed);
    const a = old && old.status === "done" ? of(old) : null;
    const b = run.status === "done" ? of(run) : null;
    return a === null || b === null ? [] : [[a, b]];
  });
  if (pairs.length === 0) return undefined;
  const changes = pairs.map(([a, b]) => b - a);
  const change = mean(changes), noise = confidence95(changes);
  const verdict = changes.every((c) => c === 0)
    ? "the same"
    : Number.isNaN(noise)
    ? "noise unknown"
    : Math.abs(change) <= noise
    ? "within the noise"
    : sign * change < 0
    ? "better"
    : "worse";
  return {
    method: method.name,
    quantity,
    before: mean(pairs.map(([a]) => a)),
    now: mean(pairs.map(([, b]) => b)),
    noise,
    verdict,
  };
}
