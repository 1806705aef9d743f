import { basename, resolve } from "node:path";
import { decodeCheckpoint } from "../checkpoint.ts";
import { invertContrast } from "../contrast.ts";
import { readVolume } from "../formats/mrc.ts";
import { readText } from "../formats/open_file.ts";
import { readParticleTable } from "../formats/particle_table.ts";
import { openParticles } from "../formats/registry.ts";
import { parseSTAR } from "../formats/star.ts";
import { fourierShellCorrelation } from "../fsc.ts";
import type { Pose } from "../particles.ts";
import { averageClasses, type ClassAverage } from "../report/run/class_average.ts";
import { factsOf, type RunFacts } from "../report/run/facts.ts";
import type { GapName, RunData } from "../report/run/run_data.ts";
import { shownMap } from "../report/run/viewer.ts";
import { resample } from "../resample.ts";
import { resizing, shiftsOver } from "./resizing.ts";
import type { TraceRecord } from "../trace.ts";
import { createVolume, type Volume } from "../volume.ts";

/** Files by which a folder is known to be of a run. */
const OF_A_RUN = ["run.json", "trace.jsonl", "checkpoint", "map.mrc"];
/** Voxels an edge that a checkpoint's density is shown on at most. */
const SHOWN = 96;

/** Where the images of a run are looked for, as `reconstruct` takes it. */
export interface ImagePlaces {
  readonly dataDir?: string;
  readonly passthrough?: readonly string[];
}

/** A part of a run, or why it is not to be had; neither if it is simply not there. */
interface Part<T> {
  readonly value: T | null;
  readonly gap?: string;
}

/** Reads a part; a file that is not there is no failure, one that cannot be read is told. */
async function attempt<T>(read: () => Promise<T> | T): Promise<Part<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { value: null };
    if (!(error instanceof Error)) throw error;
    return { value: null, gap: `${error.message.split("\n")[0]}.` };
  }
}

/** A folder's file. */
export const fileIn = (folder: string, name: string) =>
  `${folder.replace(/(?<=.)\/+$/, "")}/${name}`;

/** What a run is called: its folder's own name. */
export const nameOf = (folder: string) => basename(resolve(folder));

/**
 * Makes sure that a folder is one of a run.
 *
 * @throws {Error} if it is not there, or holds nothing that a run leaves.
 */
export async function requireRun(folder: string): Promise<void> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new Error(`Cannot read ${folder}: no such folder, wanted that of a run`, {
      cause: error,
    });
  }
  if (names.some((name) => OF_A_RUN.includes(name))) return;
  throw new Error(
    `Cannot report on ${folder}: it has none of ${OF_A_RUN.join(", ")}, wanted the folder of a run`,
  );
}

/** Reads run.json. */
export function readFacts(folder: string): Promise<Part<RunFacts>> {
  return attempt(() => {
    const path = fileIn(folder, "run.json"), text = readText(path);
    try {
      return factsOf(JSON.parse(text));
    } catch (error) {
      throw new SyntaxError(`Cannot read ${path}: ${(error as Error).message}, wanted JSON`);
    }
  });
}

const isRecord = (record: TraceRecord) =>
  [record.t, record.gradients, record.seconds, record.radius, record.train, record.step].every(
    (v) => typeof v === "number",
  ) && typeof record.hyperparameters === "object" && record.hyperparameters !== null;

/** The records of whole lines of a trace. */
export function parseTrace(text: string, path: string): TraceRecord[] {
  return text.split("\n").slice(0, -1).map((line, i) => {
    let record: TraceRecord | undefined;
    try {
      record = JSON.parse(line);
    } catch {
      // said below
    }
    if (record && isRecord(record)) return { ...record, test: record.test ?? null };
    throw new SyntaxError(`Cannot read ${path}: line ${i + 1} is no record, wanted those of a run`);
  });
}

/** The density and where it is from. */
interface FoundMap {
  readonly map: Volume;
  readonly origin: string | null;
}

/** map.mrc, or what the checkpoint has on the way there. */
async function readMap(folder: string): Promise<Part<FoundMap>> {
  const done = await attempt(() => readVolume(fileIn(folder, "map.mrc")));
  if (done.value) return { value: { map: done.value, origin: null } };
  const saved = await readCheckpointMap(folder);
  return saved.value ? saved : { value: null, gap: done.gap ?? saved.gap };
}

/** The density of a folder's checkpoint, on the images' box or 96 voxels an edge. */
export function readCheckpointMap(folder: string): Promise<Part<FoundMap>> {
  return attempt(async () => {
    const path = fileIn(folder, "checkpoint");
    const { voxels, config, iteration, before } = decodeCheckpoint(await Deno.readFile(path), path);
    const { boxSize, pixelSize, workBox } = config as Record<string, number>;
    const coarse = createVolume({
      boxSize: workBox,
      pixelSize: pixelSize * boxSize / workBox,
      voxels,
    });
    const done = iteration + (before?.iteration ?? 0);
    return {
      map: resample(coarse, Math.max(workBox, Math.min(boxSize, SHOWN))),
      origin: `the checkpoint after ${done} iterations`,
    };
  });
}

/** Averages of the images that run.json names. */
async function readClasses(
  facts: RunFacts,
  poses: readonly Pose[],
  map: Volume,
  radius: number,
  { dataDir, passthrough }: ImagePlaces,
): Promise<ClassAverage[]> {
  if (facts.particles === null) throw new Error("run.json names no particles");
  using file = await openParticles(facts.particles, { dataDirectory: dataDir, passthrough });
  if (file.count !== poses.length) {
    throw new RangeError(
      `Cannot average ${facts.particles}: ${file.count} images, wanted the ${poses.length} of poses.star`,
    );
  }
  const { boxSize, pixelSize } = facts, signed = facts.inverted ? invertContrast(file) : file;
  if (boxSize === null || pixelSize === null) throw new Error("run.json names no box");
  // cropped or in larger pixels, as the run had them
  const crop = Math.round(boxSize * pixelSize / file.pixelSize);
  const { cropped, resized, perPixel } = resizing(signed, { crop, downsample: boxSize });
  return await averageClasses(resized(cropped), shiftsOver(poses, 1 / perPixel), map, { radius });
}

/** FSC of what `evaluate` or `demo` left beside the run. */
async function readTruthFSC(folder: string): Promise<number[]> {
  const [aligned, truth] = await Promise.all(
    ["aligned.mrc", "truth.mrc"].map((name) => readVolume(fileIn(folder, name))),
  );
  return [...fourierShellCorrelation(aligned, truth)];
}

/** Everything that a run has left in its folder so far. What cannot be read is a gap, and why. */
export async function readRun(
  folder: string,
  places: ImagePlaces = {},
): Promise<RunData> {
  const run = await readFacts(folder), facts = run.value ?? factsOf({});
  const path = fileIn(folder, "trace.jsonl");
  const trace = await attempt(() => parseTrace(readText(path), path));
  const found = await readMap(folder), map = found.value?.map ?? null;
  const poses = await attempt(() => {
    const star = fileIn(folder, "poses.star");
    return readParticleTable(parseSTAR(readText(star), star)).poses ?? [];
  });
  const radius = trace.value?.at(-1)?.radius ?? null;
  const classes: Part<ClassAverage[]> = map && poses.value && radius !== null
    ? await attempt(() => readClasses(facts, poses.value!, shownMap(map, radius), radius, places))
    : { value: null };
  const missing = poses.value && !classes.value && classes.gap === undefined
    ? `The images were not found at ${facts.particles}, so there are no averages of them.`
    : classes.gap;
  const gaps = {
    run: run.gap,
    trace: trace.gap,
    map: found.gap,
    poses: poses.gap,
    images: missing,
  };
  return {
    name: nameOf(folder),
    facts,
    trace: trace.value ?? [],
    map,
    mapOrigin: found.value?.origin ?? null,
    poses: poses.value,
    classes: classes.value,
    truthFSC: (await attempt(() => readTruthFSC(folder))).value,
    gaps: Object.fromEntries(
      Object.entries(gaps).filter(([, gap]) => gap !== undefined),
    ) as Partial<Record<GapName, string>>,
  };
}
