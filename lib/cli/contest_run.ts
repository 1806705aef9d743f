import type { Backend } from "../backend.ts";
import type { Baseline } from "../baselines/baseline.ts";
import { judge } from "../compare/judge.ts";
import { flopOf, summarizeRun } from "../compare/summarize.ts";
import type { RunSummary } from "../compare/summary.ts";
import { type Budget, createTrial, type TrialRecord } from "../compare/trial.ts";
import { readVolume } from "../formats/mrc.ts";
import { writeVolume } from "../formats/mrc_write.ts";
import { createOptimizer, type Hyperparameters } from "../optimizers/registry.ts";
import { stateBytes } from "../optimizers/state_bytes.ts";
import type { TraceRecord } from "../trace.ts";
import type { Volume } from "../volume.ts";
import { formatNLL } from "./contest_text.ts";
import { type Contest, isInterruption, planOptions } from "./contest.ts";
import { isFile, type RunFile } from "./contest_files.ts";
import type { OutputDirectory } from "./output_directory.ts";
import { openTrace, readCheckpoint, writeCheckpoint, writeJSON } from "./run_directory.ts";

/** Image gradients at which a map is kept: Punjani & Brubaker, Fig. 4. */
export const MAP_MARKS = [5000, 50000];

/** One run of a comparison. */
export interface RunOptions {
  readonly contest: Contest;
  readonly name: string;
  readonly seed: number;
  readonly backend: Backend;
  readonly budget: Budget;
  /** Held-out -log p of a density of zero, nats an image. */
  readonly empty: number;
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number;
  /** Its folder, and that folder's place in the comparison's. */
  readonly folder: OutputDirectory;
  readonly place: string;
  /** Called after each iteration. */
  progress(record: TraceRecord): void;
}

/** Keeps maps when their marks are passed; tells which there are. */
function createMaps({ folder, place }: Pick<RunOptions, "folder" | "place">) {
  const nameOf = (mark: number) => `map_${mark}.mrc`;
  let before = 0;
  return {
    /** Where a run that is resumed goes on. */
    from: (gradients: number) => void (before = gradients),
    async keep(gradients: number, map: () => Volume) {
      for (const mark of MAP_MARKS) {
        if (before < mark && gradients >= mark) await writeVolume(folder.file(nameOf(mark)), map());
      }
      before = gradients;
    },
    /** The maps there are, from the records of the run. */
    async list(records: readonly TraceRecord[], ended: boolean): Promise<RunSummary["maps"]> {
      const last = records.at(-1)?.gradients ?? 0;
      const kept = MAP_MARKS.flatMap((mark) => {
        const passed = records.find(({ gradients }) => gradients >= mark);
        return passed ? [{ gradients: passed.gradients, file: nameOf(mark) }] : [];
      });
      const all = ended ? [...kept, { gradients: last, file: "map.mrc" }] : kept;
      const there = await Promise.all(
        all.map((map) => isFile(folder.file(map.file))),
      );
      return all.filter((_, i) => there[i]).map((map) => ({
        ...map,
        file: `${place}/${map.file}`,
      }));
    },
  };
}

/** Why a run is no good, if it ended above no density at all. */
function misled(test: number | null, empty: number): string | null {
  if (test !== null && test <= empty) return null;
  const found = test === null ? "unknown" : formatNLL(test);
  return `it ended at a held-out NLL of ${found}, a density of zero has ${formatNLL(empty)}`;
}

/** Runs an optimizer, from its checkpoint if there is one; run.json is written when it has ended. */
export async function runOptimizer(
  hyperparameters: Hyperparameters,
  { contest, name, seed, backend, budget, empty, checkpointEvery, folder, place, progress }:
    RunOptions,
): Promise<RunSummary> {
  const { io, problem, signal } = contest;
  const resume = await isFile(folder.file("checkpoint")) ? await readCheckpoint(folder) : undefined;
  using trace = openTrace(folder, resume?.iteration ?? 0);
  const records = [...trace.kept] as TrialRecord[], maps = createMaps({ folder, place });
  maps.from(records.at(-1)?.gradients ?? 0);
  await using trial = await createTrial(problem.particles, {
    ...planOptions(contest, { optimizer: name, hyperparameters, seed }),
    backend,
    budget,
    before: records,
    resume,
    signal,
  });
  const { run } = trial,
    flop = (counts: { gradients: number; forwards: number }) => flopOf(run.plan, counts);
  const end = async (status: RunSummary["status"], reason: string | null = null) =>
    summarizeRun(records, {
      seed,
      flop,
      status,
      reason,
      trace: `${place}/trace.jsonl`,
      maps: await maps.list(records, status === "done"),
    });
  let saved = io.now(), reason: string | null = null;
  try {
    for await (const record of trial) {
      trace.write(record);
      records.push(record);
      await maps.keep(record.gradients, () => run.map());
      progress(record);
      if (await contest.interrupted()) {
        writeCheckpoint(folder, run.checkpoint());
        return await end("interrupted");
      }
      if (io.now() - saved > 1000 * checkpointEvery) {
        writeCheckpoint(folder, run.checkpoint());
        saved = io.now();
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    reason = error.message;
  }
  const checkpoint = run.checkpoint();
  writeCheckpoint(folder, checkpoint);
  reason ??= misled(records.findLast(({ test }) => test !== null)?.test ?? null, empty);
  if (reason === null) await writeVolume(folder.file("map.mrc"), run.map());
  const ended = await end(reason === null ? "done" : "diverged", reason);
  const formulas = createOptimizer(name, hyperparameters).hyperparameters;
  const file: RunFile = {
    run: ended,
    stateBytes: stateBytes(checkpoint.state),
    hyperparameters: Object.fromEntries(
      Object.entries(formulas).map(([name, { formula }]) => [name, formula]),
    ),
    judged: false,
  };
  writeJSON(folder.file("run.json"), file);
  return ended;
}

/** Runs a method that works on all images at a time; it cannot be resumed and begins again. */
export async function runBaselineMethod(
  baseline: Baseline,
  { contest, seed, backend, empty, folder, place, progress }: RunOptions,
): Promise<RunSummary | undefined> {
  const { problem, setting, signal } = contest;
  const { prior: _, ...options } = problem.options;
  const records: TrialRecord[] = [], maps = createMaps({ folder, place });
  try {
    await using run = await baseline(problem.particles, {
      ...options,
      ...setting === "robust" && { maskRadius: 0.42 },
      backend,
      seed,
      signal,
      imageMemory: contest.imageMemory,
    });
    using trace = openTrace(folder, 0);
    for await (const record of run) {
      const line = { ...record, forwards: 0, overhead: 0 }; // it counts none but to measure
      trace.write(line);
      records.push(line);
      await maps.keep(record.gradients, () => run.map());
      progress(record);
      if (await contest.interrupted()) return undefined;
    }
    const reason = misled(records.at(-1)?.test ?? null, empty);
    if (reason === null) await writeVolume(folder.file("map.mrc"), run.map());
    const ended = {
      ...summarizeRun(records, {
        seed,
        flop: () => Number.isFinite(run.flop) ? run.flop : 0,
        status: reason === null ? "done" : "diverged",
        reason,
        trace: `${place}/trace.jsonl`,
        maps: await maps.list(records, reason === null),
      }),
      overhead: null,
    };
    writeJSON(folder.file("run.json"), {
      run: ended,
      stateBytes: 0,
      hyperparameters: {},
      judged: false,
    });
    return ended;
  } catch (error) {
    if (isInterruption(error)) return undefined;
    throw error;
  }
}

/** Lays the maps of a run on the truth, and notes how the last compares with it. */
export async function judgeRun(
  file: RunFile,
  truth: Volume,
  { out, folder, radius }: { out: OutputDirectory; folder: OutputDirectory; radius: number },
): Promise<RunFile> {
  let run = file.run;
  for (const { file: name } of run.maps) {
    const path = out.file(name);
    try {
      const { resolution, correlation, aligned } = judge(await readVolume(path), truth, { radius });
      await writeVolume(path, aligned);
      if (name.endsWith("/map.mrc")) run = { ...run, resolution, correlation };
    } catch (error) {
      // a map of nothing, or of a run that was diverging, lies nowhere: it stays as it is
      if (!(error instanceof RangeError)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve)); // lets Ctrl-C in
  }
  const judged = { ...file, run, judged: true };
  writeJSON(folder.file("run.json"), judged);
  return judged;
}
