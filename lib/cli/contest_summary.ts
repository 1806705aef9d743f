import { flopOf, missingRun, summarizeRun } from "../compare/summarize.ts";
import type { Landmarks } from "../compare/landmarks.ts";
import type { ComparisonProblem } from "../compare/problems.ts";
import type { ComparisonSummary, RunSummary, TuningSummary } from "../compare/summary.ts";
import type { Budget, TrialRecord } from "../compare/trial.ts";
import { mean } from "../compare/statistics.ts";
import { readText } from "../formats/open_file.ts";
import { createOptimizer } from "../optimizers/registry.ts";
import type { Plan } from "../plan.ts";
import { VERSION } from "../version.ts";
import type { Contestant } from "./contestants.ts";
import { readJSON, type RunFile } from "./contest_files.ts";
import type { OutputDirectory } from "./output_directory.ts";

/** A run that has not ended: what its trace says, or nothing. */
function unfinishedRun(out: OutputDirectory, place: string, seed: number, plan: Plan): RunSummary {
  const trace = `${place}/trace.jsonl`;
  let text = "";
  try {
    text = readText(out.file(trace));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  // a last line cut short is not a record
  const records: TrialRecord[] = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  if (records.length === 0) return missingRun(seed);
  const flop = (counts: { gradients: number; forwards: number }) => flopOf(plan, counts);
  return summarizeRun(records, { seed, flop, status: "interrupted", trace, maps: [] });
}

/** All that is known of a comparison, from the files of its runs. */
export function gatherSummary(
  out: OutputDirectory,
  { problem, plan, setting, budget, trained, seeds, contestants, tunings, landmarks, backend }: {
    problem: ComparisonProblem;
    plan: Plan;
    setting: "paper" | "robust";
    budget: Budget;
    /** Images that are not held out. */
    trained: number;
    seeds: readonly number[];
    contestants: readonly Contestant[];
    tunings: ReadonlyMap<string, TuningSummary>;
    landmarks: readonly Landmarks[];
    backend: string;
  },
): ComparisonSummary {
  const methods = contestants.map(({ name, kind, hyperparameters }) => {
    const files = seeds.map((seed) => readJSON<RunFile>(out.file(`${name}/${seed}/run.json`)));
    const ended = files.find((file) => file !== undefined);
    return {
      name,
      kind,
      hyperparameters: ended?.hyperparameters ?? (kind === "optimizer"
        ? Object.fromEntries(
          Object.entries(createOptimizer(name, hyperparameters).hyperparameters)
            .map(([name, { formula }]) => [name, formula]),
        )
        : {}),
      tuning: tunings.get(name) ?? null,
      stateBytes: Math.max(0, ...files.map((file) => file?.stateBytes ?? 0)),
      runs: seeds.map((seed, s) =>
        files[s]?.run ?? unfinishedRun(out, `${name}/${seed}`, seed, plan)
      ),
    };
  });
  const gradients = budget.unit === "evals"
    ? budget.amount
    : mean(methods.flatMap(({ runs }) => runs.map((run) => run.gradients)));
  return {
    version: 1,
    vitreous: VERSION,
    problem: {
      name: problem.name,
      count: problem.particles.count,
      heldOut: plan.heldOut,
      boxSize: problem.particles.boxSize,
      pixelSize: problem.particles.pixelSize,
      radius: plan.problem.band.radius,
      points: plan.points,
      snr: problem.snr,
      truth: problem.truth ? "truth.mrc" : null,
      truthTest: landmarks.map(({ truth, empty }) =>
        truth !== null && truth <= empty ? truth : null
      ),
    },
    setting,
    budget: { ...budget, epochs: gradients / trained },
    seeds,
    backend,
    methods,
  };
}
