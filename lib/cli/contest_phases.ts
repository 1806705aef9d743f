import type { Backend } from "../backend.ts";
import type { Landmarks } from "../compare/landmarks.ts";
import { withValue } from "../compare/rate.ts";
import type { TuningSummary } from "../compare/summary.ts";
import type { Budget } from "../compare/trial.ts";
import type { ParticleStack } from "../particles.ts";
import type { TraceRecord } from "../trace.ts";
import { type Contest, sideBySide } from "./contest.ts";
import { openFolder, readJSON, type RunFile, type TuningFile } from "./contest_files.ts";
import { judgeRun, runBaselineMethod, runOptimizer } from "./contest_run.ts";
import { formatNLL } from "./contest_text.ts";
import type { Contestant } from "./contestants.ts";
import type { OutputDirectory } from "./output_directory.ts";
import { writeJSON } from "./run_directory.ts";
import { createTally } from "./tally.ts";
import { tune, type TuningBudget } from "./tuning.ts";

/** A comparison about to be run. */
export interface Course {
  readonly contest: Contest;
  readonly out: OutputDirectory;
  readonly contestants: readonly Contestant[];
  readonly seeds: readonly number[];
  readonly budget: Budget;
  /** One for each run side by side. */
  readonly backends: readonly Backend[];
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number;
}

/** The contest as one of several runs side by side sees it: if another fails, it saves and stops. */
function besides(contest: Contest, failed: () => boolean): Contest {
  return { ...contest, interrupted: async () => failed() || await contest.interrupted() };
}

const tuningFile = (out: OutputDirectory, name: string) =>
  readJSON<TuningFile>(out.file(`${name}/tuning.json`)) ?? { tried: [], summary: null };
const runFile = (out: OutputDirectory, place: string) =>
  readJSON<RunFile>(out.file(`${place}/run.json`));

/** Tunes those of the methods that are not tuned yet; what was found is kept in `tunings`. */
export async function tuneAll(
  { contest, out, seeds, backends }: Course,
  { tuned, images, budget, tunings }: {
    tuned: readonly Contestant[];
    images: ParticleStack;
    budget: TuningBudget;
    tunings: Map<string, TuningSummary>;
  },
): Promise<void> {
  const tally = createTally({
    label: "Tuning",
    total: tuned.length * budget.gradients,
    unit: "image gradients",
    before: tuned.map(({ name }) => {
      const { tried, summary } = tuningFile(out, name);
      const spent = tried.reduce((sum, { gradients }) => sum + gradients, 0);
      return [name, summary ? budget.gradients : spent];
    }),
    io: contest.io,
  });
  await sideBySide(tuned, backends, async (contestant, backend, failed) => {
    const { name } = contestant;
    const path = (await openFolder(out, name)).file("tuning.json");
    const before = tuningFile(out, name), tried = [...before.tried];
    const found = before.summary ?? await tune(besides(contest, failed), contestant, {
      images,
      backend,
      seed: seeds[0],
      budget,
      known: before.tried,
      tried(candidate) {
        tried.push(candidate);
        writeJSON(path, { tried, summary: null });
      },
      progress: (gradients, words) => tally.update(name, gradients, words),
    });
    writeJSON(path, { tried, summary: found });
    tunings.set(name, found);
    tally.update(name, budget.gradients, `${name}: ${found.parameter} ${found.chosen}`);
  });
  tally.done();
}

/** Runs all methods, seed after seed, that have not ended. */
export async function runAll(
  { contest, out, contestants, seeds, budget, backends, checkpointEvery }: Course,
  { tunings, landmarks, ended: tell }: {
    tunings: ReadonlyMap<string, TuningSummary>;
    /** By seed. */
    landmarks: readonly Landmarks[];
    /** Called after each run that has ended. */
    ended(): void;
  },
): Promise<void> {
  const { io } = contest, evals = budget.unit === "evals";
  const tasks = seeds.flatMap((seed, s) =>
    contestants.map((contestant) => ({
      contestant,
      seed,
      empty: landmarks[s].empty,
      place: `${contestant.name}/${seed}`,
    }))
  );
  const tally = createTally({
    label: "Running",
    total: tasks.length * budget.amount,
    unit: evals ? "image gradients" : "s",
    before: tasks.map(({ place }) => [place, runFile(out, place) ? budget.amount : 0]),
    io,
  });
  await sideBySide(tasks, backends, async ({ contestant, seed, empty, place }, backend, failed) => {
    if (runFile(out, place) || await contest.interrupted()) return;
    const { name, hyperparameters, baseline } = contestant, title = `${name}, seed ${seed}`;
    const options = {
      contest: besides(contest, failed),
      name,
      seed,
      backend,
      budget,
      empty,
      checkpointEvery,
      folder: await openFolder(out, place),
      place,
      progress({ gradients, seconds, test }: TraceRecord) {
        const done = Math.min(budget.amount, evals ? gradients : seconds);
        const words = test === null ? "" : `: held-out NLL ${formatNLL(test)}`;
        tally.update(place, done, title + words);
      },
    };
    const found = tunings.get(name);
    const numbers = found
      ? withValue(name, hyperparameters, found.parameter, found.chosen)
      : hyperparameters;
    const run = baseline
      ? await runBaselineMethod(baseline, options)
      : await runOptimizer(numbers, options);
    if (run === undefined || run.status === "interrupted") return;
    if (run.status === "diverged") io.report(`${title}, diverged: ${run.reason}`);
    tally.update(place, budget.amount, `${title}, ended`);
    tell();
  });
  tally.done();
  contest.signal.throwIfAborted();
}

/** Compares all maps with the truth; after the runs, as it would disturb their seconds. */
export async function judgeAll(
  { contest, out, contestants, seeds }: Course,
  radius: number,
): Promise<void> {
  const { problem: { truth }, io } = contest;
  if (!truth) return;
  const places = contestants.flatMap(({ name }) => seeds.map((seed) => `${name}/${seed}`));
  const open = places.filter((place) => runFile(out, place)?.judged === false);
  const tally = createTally({ label: "Judging", total: open.length, unit: "runs", io });
  for (const place of open) {
    const folder = await openFolder(out, place);
    await judgeRun(runFile(out, place)!, truth, { out, folder, radius });
    tally.update(place, 1, place);
    if (await contest.interrupted()) contest.signal.throwIfAborted();
  }
  if (open.length) tally.done();
}
