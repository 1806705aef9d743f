import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../checkpoint.ts";
import { createAtomicFile, writeText } from "../formats/atomic_file.ts";
import { cannot, readText } from "../formats/open_file.ts";
import type { TraceRecord } from "../trace.ts";
import type { OutputDirectory } from "./output_directory.ts";

/** The trace being written, a line of JSON a record. */
export interface TraceWriter extends Disposable {
  /** Records of the run that is resumed. */
  readonly kept: readonly TraceRecord[];
  write(record: TraceRecord): void;
}

/** Saves a checkpoint, whole or not at all. */
export function writeCheckpoint(out: OutputDirectory, checkpoint: Checkpoint): void {
  using file = createAtomicFile(out.file("checkpoint"));
  file.write(encodeCheckpoint(checkpoint));
  file.commit();
}

/**
 * Reads the checkpoint of a folder.
 *
 * @throws {Error} if there is none, or it is damaged.
 */
export async function readCheckpoint(out: OutputDirectory): Promise<Checkpoint> {
  const path = out.file("checkpoint");
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw cannot(`resume from ${path}`, error);
  }
  return decodeCheckpoint(bytes, path);
}

/** Removes what an earlier run left that is being overwritten, but for the trace: openTrace() replaces it. */
export async function forgetRun(out: OutputDirectory): Promise<void> {
  const maps = ["map", "map_mirrored", "map_filtered", "half1", "half2"].map((map) => `${map}.mrc`);
  for (const name of ["checkpoint", ...maps, "poses.star", "poses.cs", "run.json", "report.html"]) {
    try {
      await Deno.remove(out.file(name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw cannot(`write to ${out.path}`, error);
    }
  }
}

/** Records of a trace before an iteration; a last line cut short is not one of them. */
function recordsBefore(path: string, iteration: number): TraceRecord[] {
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").slice(0, -1).flatMap((line) => {
    try {
      const record: TraceRecord = JSON.parse(line);
      return record.t < iteration ? [record] : [];
    } catch (error) {
      throw new SyntaxError(
        `Cannot read ${path}: ${(error as Error).message}, wanted lines of JSON`,
      );
    }
  });
}

/** Opens trace.jsonl; what a run that is resumed wrote before `iteration` is kept. */
export function openTrace(out: OutputDirectory, iteration: number): TraceWriter {
  const path = out.file("trace.jsonl");
  const kept = iteration === 0 ? [] : recordsBefore(path, iteration);
  writeText(path, kept.map((record) => `${JSON.stringify(record)}\n`));
  const file = Deno.openSync(path, { append: true });
  const encoder = new TextEncoder();
  return {
    kept,
    write(record) {
      try {
        const line = encoder.encode(`${JSON.stringify(record)}\n`);
        for (let done = 0; done < line.length;) done += file.writeSync(line.subarray(done));
      } catch (error) {
        throw cannot(`write ${path}`, error);
      }
    },
    [Symbol.dispose]: () => file.close(),
  };
}

/** Writes an object as a JSON file. */
export function writeJSON(path: string, content: unknown): void {
  writeText(path, [JSON.stringify(content, null, 2), "\n"]);
}
