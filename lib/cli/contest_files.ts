import type { Candidate } from "../compare/tune.ts";
import type { ComparisonSummary, RunSummary, TuningSummary } from "../compare/summary.ts";
import type { TrialRecord } from "../compare/trial.ts";
import { readVolume } from "../formats/mrc.ts";
import { cannot, readText } from "../formats/open_file.ts";
import type { Volume } from "../volume.ts";
import type { OutputDirectory } from "./output_directory.ts";
import { writeJSON } from "./run_directory.ts";

/** run.json: a run that has ended. */
export interface RunFile {
  readonly run: RunSummary;
  /** Bytes of optimizer state at its end. */
  readonly stateBytes: number;
  /** As formulas. */
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** Whether its maps lie on the truth, and resolution and correlation are known. */
  readonly judged: boolean;
}

/** tuning.json: what has been tried, and what came of it once it is done. */
export interface TuningFile {
  readonly tried: readonly Candidate[];
  readonly summary: TuningSummary | null;
}

/** Reads a JSON file; undefined if there is none. */
export function readJSON<T>(path: string): T | undefined {
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${path}: ${(error as Error).message}, wanted JSON`);
  }
}

/** A folder inside an output directory, made unless it is there. */
export async function openFolder(out: OutputDirectory, name: string): Promise<OutputDirectory> {
  const path = out.file(name);
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw cannot(`write to ${path}`, error);
  }
  return { path, file: (file) => `${path}/${file}` };
}

/** Whether a file is there. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw cannot(`read ${path}`, error);
  }
}

/** Removes files of an earlier comparison that would be taken for this one's. */
export async function forget(out: OutputDirectory, names: readonly string[]): Promise<void> {
  for (const name of names) {
    try {
      await Deno.remove(out.file(name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw cannot(`write to ${out.path}`, error);
    }
  }
}

/** Reads what a report is drawn from; files that are not there are left out. */
export async function readReportData(out: OutputDirectory, summary: ComparisonSummary): Promise<{
  traces: Map<string, TrialRecord[]>;
  maps: Map<string, Volume>;
  truth: Volume | null;
}> {
  const traces = new Map<string, TrialRecord[]>(), maps = new Map<string, Volume>();
  for (const { trace, maps: files } of summary.methods.flatMap(({ runs }) => runs)) {
    if (trace !== null && await isFile(out.file(trace))) {
      const lines = readText(out.file(trace)).split("\n").slice(0, -1);
      traces.set(trace, lines.map((line) => JSON.parse(line)));
    }
    for (const { file } of files) {
      if (await isFile(out.file(file))) maps.set(file, await readVolume(out.file(file)));
    }
  }
  const { truth } = summary.problem;
  return { traces, maps, truth: truth === null ? null : await readVolume(out.file(truth)) };
}

/**
 * Checks that a comparison is the one that is gone on with, and notes what it is if it is new.
 *
 * @throws {Error} if it is another one, or there is none to go on with.
 */
export function settleConfig(
  out: OutputDirectory,
  config: Readonly<Record<string, unknown>>,
  resume: boolean,
): void {
  const path = out.file("compare.json");
  if (resume) {
    const before = readJSON<Record<string, unknown>>(path);
    if (before === undefined) {
      throw new Error(`Cannot resume from ${out.path}: no compare.json in it, wanted a comparison`);
    }
    for (const [name, value] of Object.entries(config)) {
      const [a, b] = [before[name], value].map((v) => JSON.stringify(v));
      if (a !== b) throw new RangeError(`Cannot resume: ${name} was ${a}, is ${b}`);
    }
    return;
  }
  writeJSON(path, config);
}
