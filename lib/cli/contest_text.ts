import type { Backend } from "../backend.ts";
import type { Budget } from "../compare/trial.ts";
import { estimateEpoch } from "../estimate.ts";
import type { Plan } from "../plan.ts";
import type { Contest } from "./contest.ts";
import type { Contestant } from "./contestants.ts";
import { describePlan, formatCount } from "./plan_text.ts";
import { formatDuration } from "./progress.ts";
import type { TuningBudget } from "./tuning.ts";

/** Nats an image: 55.23; 2.4e+23 where a run has diverged. */
export function formatNLL(nats: number): string {
  return Math.abs(nats) < 1e6 ? nats.toFixed(2) : nats.toPrecision(2);
}

/** What a comparison will do, a line for each thing. */
export async function describeContest(
  { contest: { problem, setting }, contestants, plan, budget, seeds, tuning, backend, jobs }: {
    contest: Contest;
    contestants: readonly Contestant[];
    plan: Plan;
    budget: Budget;
    seeds: readonly number[];
    /** With the number of methods that are tuned. */
    tuning: (TuningBudget & { readonly methods: number }) | null;
    backend: Backend;
    jobs: number;
  },
): Promise<string[]> {
  await using session = await backend.open(plan.problem);
  const { particles } = problem, epoch = await estimateEpoch(plan, session, particles);
  const perGradient = epoch / (particles.count - plan.heldOut);
  const runs = contestants.length * seeds.length;
  const tuningGradients = tuning ? tuning.methods * tuning.gradients : 0;
  const gradients = budget.unit === "evals" ? runs * budget.amount : 0;
  const seconds = perGradient * (gradients + tuningGradients) +
    (budget.unit === "seconds" ? runs * budget.amount : 0);
  const untuned = contestants.filter(({ kind, tuned }) => kind === "optimizer" && tuned === null);
  return [
    `problem      ${problem.name}`,
    // images, band, quadrature, work grid, memory, prior
    ...describePlan(plan, epoch, backend.description).slice(0, 6),
    `setting      ${setting}`,
    `methods      ${contestants.map(({ name }) => name).join(", ")}`,
    `budget       ${formatCount(budget.amount)} ${
      budget.unit === "evals" ? "image gradients" : "seconds"
    } a run; ${seeds.length} seed${seeds.length === 1 ? "" : "s"}, ${runs} runs`,
    `tuning       ${
      tuning
        ? `${formatCount(tuning.gradients)} image gradients a method, ${
          formatCount(tuning.each)
        } a value` +
          (untuned.length ? `; not ${untuned.map(({ name }) => name).join(", ")}` : "")
        : "none"
    }`,
    `backend      ${backend.description}${
      jobs > 1 ? ` for each of ${jobs} runs side by side` : ""
    }`,
    `expected     ${formatDuration(seconds / jobs)} of image gradients or less, ` +
    `${formatDuration(perGradient * 1000)} for 1,000`,
  ];
}
