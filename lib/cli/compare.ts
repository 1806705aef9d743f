import type { Backend } from "../backend.ts";
import { createBackend } from "../backends.ts";
import { compareSummaries } from "../compare/against.ts";
import { type Landmarks, measureLandmarks } from "../compare/landmarks.ts";
import type { ComparisonSummary, TuningSummary } from "../compare/summary.ts";
import { comparisonTable, differenceTable } from "../compare/table.ts";
import type { Budget } from "../compare/trial.ts";
import { subset } from "../subset.ts";
import { writeText } from "../formats/atomic_file.ts";
import { writeVolume } from "../formats/mrc_write.ts";
import { createPlan, type Plan } from "../plan.ts";
import { defineCommand } from "./command.ts";
import { checkCompareOptions, compareOptions, contestantsOf } from "./compare_options.ts";
import { type Contest, IMAGE_MEMORY, isInterruption, planOptions } from "./contest.ts";
import type { Contestant } from "./contestants.ts";
import { forget, readJSON, readReportData, settleConfig } from "./contest_files.ts";
import { judgeAll, runAll, tuneAll } from "./contest_phases.ts";
import { gatherSummary } from "./contest_summary.ts";
import { describeContest } from "./contest_text.ts";
import { INTERRUPTED, watchInterrupt } from "./interrupt.ts";
import { openOutputDirectory, type OutputDirectory } from "./output_directory.ts";
import { openProblem } from "./problem.ts";
import { problemArgument } from "./problem_options.ts";
import { requireRelion } from "./relion.ts";
import { writeJSON } from "./run_directory.ts";
import { imagesToTune, requireTuningBudget, tuningBudget } from "./tuning.ts";

/** Reads the summary that a comparison is held against. */
function readReference(path: string): ComparisonSummary {
  const file = path.endsWith(".json") ? path : `${path.replace(/\/+$/, "")}/summary.json`;
  const summary = readJSON<ComparisonSummary>(file);
  if (summary === undefined) {
    throw new Error(`Cannot compare with ${path}: no ${file}, wanted a summary of a comparison`);
  }
  if (summary.version === 1) return summary;
  throw new SyntaxError(
    `Cannot read ${file}: version ${summary.version}, wanted a summary of version 1`,
  );
}

/** Draws the report and writes it. */
async function writeReport(out: OutputDirectory, summary: ComparisonSummary): Promise<void> {
  const { renderReport } = await import("../report/report.ts");
  const page = await renderReport(summary, await readReportData(out, summary));
  writeText(out.file("report.html"), [page]);
}

/** Backends for runs side by side, which share the threads. */
async function createBackends(
  name: string,
  { jobs, threads }: { jobs: number; threads: number },
): Promise<Backend[] & AsyncDisposable> {
  const backends: Backend[] = [];
  for (let i = 0; i < jobs; i++) {
    const own = Math.max(1, Math.floor(threads / jobs));
    backends.push(await createBackend(name as "auto", { threads: own }));
  }
  return Object.assign(backends, {
    async [Symbol.asyncDispose]() {
      for (const backend of backends) await backend[Symbol.asyncDispose]();
    },
  });
}

/** `compare`: methods side by side on one problem. */
export const compare = defineCommand({
  description:
    "Compare optimizers on one problem: every method gets the same images in the same order, start, " +
    "held-out images and budget, its rate first tuned on images of its own. A named problem is made " +
    "on the spot, its images the same each time. Writes a folder METHOD/SEED with trace.jsonl, maps and a checkpoint for each run, " +
    "summary.json and report.html. A run that diverges is kept and reported. Ctrl-C saves; --resume " +
    "goes on.",
  arguments: problemArgument,
  options: compareOptions,
  config: true,
  examples: [
    { does: "the paper's seven in a few minutes", line: "paper-synthetic-small --out out/seven" },
    {
      does: "two methods on your own particles, three starts each",
      line: "particles.star --optimizers sgd,preconditioned --setting robust --seeds 3 --out cmp",
    },
  ],

  check: (values) => checkCompareOptions(values),

  async run(values, io) {
    const { seeds: seedCount, firstSeed, jobs, resume, overwrite, setting, json } = values;
    const contestants = contestantsOf(values);
    const reference = values.against === undefined ? undefined : readReference(values.against);
    if (values.withRelion) await requireRelion();
    const out = await openOutputDirectory(values.out, { overwrite, resume });
    const threads = values.threads ?? navigator.hardwareConcurrency;
    await using backends = await createBackends(values.backend, { jobs, threads });
    const [backend] = backends;
    using interrupt = watchInterrupt(io);
    using problem = await openProblem(values, {
      folder: out.file("problem"),
      threads,
      signal: interrupt.signal,
      io,
    });
    const { particles, options: { heldOut = 100 } } = problem;
    const trained = particles.count - heldOut;
    const seeds = Array.from({ length: seedCount }, (_, i) => firstSeed + i);
    const budget: Budget = values.budget === "seconds"
      ? { unit: "seconds", amount: values.seconds! }
      : { unit: "evals", amount: Math.round(values.epochs * trained) };
    const contest: Contest = {
      problem,
      setting: setting as "paper",
      imageMemory: IMAGE_MEMORY / jobs,
      signal: interrupt.signal,
      interrupted: () => interrupt.requested(),
      io,
    };
    const planOf = ({ name, hyperparameters }: Contestant, seed: number): Plan =>
      createPlan(
        particles,
        backend,
        planOptions(contest, { optimizer: name, hyperparameters, seed }),
      );
    // all that can be wrong with a method is to be heard of before the first begins
    const plans = contestants.filter(({ kind }) => kind === "optimizer").map((contestant) =>
      planOf(contestant, seeds[0])
    );
    const [plan] = plans;
    const largest = Math.max(...plans.map(({ batchSize }) => batchSize));
    if (budget.unit === "evals" && budget.amount < largest) {
      throw new RangeError(
        `Cannot compare on ${budget.amount} image gradients (${values.epochs} epochs): ` +
          `wanted at least a minibatch of ${largest}`,
      );
    }
    const rounds = budget.unit === "evals" ? budget.amount : values.epochs * trained;
    const tuning = tuningBudget(rounds, values.tuneGradients);
    const tuned = values.noTune ? [] : contestants.filter(({ tuned }) => tuned !== null);
    requireTuningBudget(tuned, tuning);
    const images = tuned.length === 0
      ? undefined
      : subset(particles, imagesToTune(particles, tuned, { heldOut, seeds }));
    // what the methods do not have in common is in their own files
    const {
      optimizer: _o,
      hyperparameters: _h,
      batchSize: _b,
      temperIterations: _t,
      seed: _s,
      ...common
    } = plan.config;
    const { hyperparameters = null } = values;
    settleConfig(out, {
      problem: values.problem,
      ...common,
      hyperparameters,
      setting,
      budget,
      seeds,
      tuning: values.noTune ? null : tuning,
    }, resume);
    if (overwrite) {
      await forget(out, [
        "summary.json",
        "report.html",
        ...contestants.flatMap(({ name }) => [
          `${name}/tuning.json`,
          ...seeds.flatMap((seed) =>
            ["run.json", "checkpoint", "trace.jsonl"].map((file) => `${name}/${seed}/${file}`)
          ),
        ]),
      ]);
    }
    if (problem.truth) await writeVolume(out.file("truth.mrc"), problem.truth);
    const { lines, landmarks } = await survey();
    lines.forEach((line) => io.report(line));

    const tunings = new Map<string, TuningSummary>();
    const summarize = (): ComparisonSummary =>
      gatherSummary(out, {
        problem,
        plan,
        setting: contest.setting,
        budget,
        trained,
        seeds,
        contestants,
        tunings,
        landmarks,
        backend: backend.description +
          (jobs > 1 ? `; ${jobs} runs side by side with so many threads each` : ""),
      });
    const write = (summary: ComparisonSummary) => writeJSON(out.file("summary.json"), summary);
    const { checkpointEvery } = values;
    const course = { contest, out, contestants, seeds, budget, backends, checkpointEvery };
    let stopped = false;
    try {
      if (images) await tuneAll(course, { tuned, images, budget: tuning, tunings });
      await runAll(course, { tunings, landmarks, ended: () => write(summarize()) });
      await judgeAll(course, plan.problem.band.radius);
    } catch (error) {
      if (!isInterruption(error)) throw error;
      stopped = true;
    }
    const summary = summarize();
    write(summary);
    if (json) io.print(JSON.stringify(summary, null, 2));
    else comparisonTable(summary).forEach((line) => io.print(line));
    if (reference) {
      const lines = differenceTable(compareSummaries(summary, reference));
      ["", ...lines].forEach((line) => json ? io.report(line) : io.print(line));
    }
    io.draw("Drawing the report");
    await writeReport(out, summary);
    if (stopped) {
      io.report(`Saved in ${out.path}; the same command with --resume goes on from there.`);
      return INTERRUPTED;
    }
    io.report(`${out.file("report.html")}, summary.json and the traces beside it.`);

    /** What lies ahead in words, and what likelihoods are seen against. */
    async function survey() {
      const landmarks: Landmarks[] = [];
      for (const seed of seeds) {
        const own = { ...plan, seed };
        landmarks.push(
          await measureLandmarks(particles, { backend, plan: own, truth: problem.truth }),
        );
      }
      const lines = await describeContest({
        contest,
        contestants,
        plan,
        budget,
        seeds,
        tuning: tuned.length ? { ...tuning, methods: tuned.length } : null,
        backend,
        jobs,
      });
      const [{ empty, truth }] = landmarks;
      if (truth !== null && truth > empty) {
        lines.push(
          "Note: the truth explains the held-out images less well than a density of zero; is it on " +
            "their scale?",
        );
      }
      return { lines, landmarks };
    }
  },
});
