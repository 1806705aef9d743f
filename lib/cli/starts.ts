import { evaluate } from "../evaluate.ts";
import { writeVolume } from "../formats/mrc_write.ts";
import type { March } from "../march.ts";
import { resample } from "../resample.ts";
import type { OutputDirectory } from "./output_directory.ts";

/** One of several starts, as run.json has it. */
export interface StartRecord {
  readonly seed: number;
  /** After the first stage, nats an image. */
  readonly heldOutNLL: number;
  /** Whether it is the one that went on. */
  readonly chosen: boolean;
  /** Where its FSC with the chosen one falls below 1/2, A, best motion and hand; null for that itself. */
  readonly resolutionMutual: number | null;
}

/** Voxels along an edge that maps of a first stage are compared on: more than they have detail for. */
const GRID = 32;

/** Writes what the starts came to that did not go on, start_SEED.mrc, and compares them with the chosen one. */
export async function recordStarts(run: March, out: OutputDirectory): Promise<StartRecord[]> {
  const starts = run.starts(), chosen = starts.find((start) => start.chosen);
  const small = (map: typeof starts[number]["map"]) => resample(map, Math.min(GRID, map.boxSize));
  const records: StartRecord[] = [];
  for (const { seed, test: heldOutNLL, map, ...start } of starts) {
    if (!start.chosen) await writeVolume(out.file(`start_${seed}.mrc`), map);
    const resolutionMutual = start.chosen
      ? null
      : evaluate(small(map), small(chosen!.map)).resolutionHalf;
    records.push({ seed, heldOutNLL, chosen: start.chosen, resolutionMutual });
  }
  return records;
}

/** How far the starts agree, a line each but for the chosen one. */
export function describeStarts(records: readonly StartRecord[]): string[] {
  const chosen = records.find((record) => record.chosen);
  return records.filter((record) => !record.chosen).map(({ seed, heldOutNLL, resolutionMutual }) =>
    `start ${seed}: ${(heldOutNLL - chosen!.heldOutNLL).toFixed(2)} nats an image less likely ` +
    `than start ${chosen!.seed}, the same to ${resolutionMutual!.toFixed(0)} A; start_${seed}.mrc`
  );
}
