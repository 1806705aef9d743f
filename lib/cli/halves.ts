import type { Backend } from "../backend.ts";
import { writeVolume } from "../formats/mrc_write.ts";
import { compareHalfMaps, filterByFSC } from "../half_maps.ts";
import { type HalvesPlan, marchHalf } from "../halves.ts";
import { softSphere } from "../mask.ts";
import { lowPass } from "../resample.ts";
import type { Volume } from "../volume.ts";
import { describeResolution } from "./fsc.ts";
import type { Interrupt } from "./interrupt.ts";
import type { IO } from "./io.ts";
import type { OutputDirectory } from "./output_directory.ts";
import { createProgress } from "./progress.ts";

/** What run.json says of the halves; curves are by shell. */
export interface HalvesRecord {
  /** Images in either half. */
  readonly images: number;
  /** A: coarser than this the halves agree because they began alike. */
  readonly startResolution: number;
  readonly fsc: readonly number[];
  readonly corrected: readonly number[];
  /** A, where `corrected` falls below 0.143. */
  readonly resolution143: number;
  /** Radius of the mask of `corrected`, A. */
  readonly maskRadius: number;
}

/** One line about what is going to be done. */
export function describeHalves({ halves, startResolution, plans }: HalvesPlan): string {
  const iterations = plans.reduce((sum, plan) => sum + plan.iterations, 0);
  return `halves       ${halves[0].count} images each, from the map to ` +
    `${startResolution.toFixed(1)} A, to ${plans[plans.length - 1].resolution.toFixed(1)} A; ` +
    `${iterations} iterations each`;
}

/** The same when it is done. */
export function describeAgreement(
  { resolution143, startResolution }: HalvesRecord,
  finest: number,
): string {
  return `half maps ${
    describeResolution(resolution143, finest, "the end of the band")
  } at FSC 0.143` +
    (resolution143 < startResolution ? "" : ", no finer than the start they share");
}

/**
 * Reconstructs both halves from a map of all images; writes half1.mrc, half2.mrc and map_filtered.mrc. The
 * half maps end with the last whole shell of the band: beyond it there is only what the mask makes.
 *
 * @param maskRadius within which they are compared, box edges
 * @returns undefined if it was interrupted
 */
export async function reconstructHalves(
  plan: HalvesPlan,
  out: OutputDirectory,
  { backend, map, maskRadius, seed, interrupt, io }: {
    backend: Backend;
    map: Volume;
    maskRadius: number;
    seed: number;
    interrupt: Interrupt;
    io: IO;
  },
): Promise<HalvesRecord | undefined> {
  const { boxSize, pixelSize } = map, { band } = plan.plans[plan.plans.length - 1].problem;
  const maps: Volume[] = [];
  for (const half of [0, 1] as const) {
    const name = `half ${half + 1}`;
    const total = plan.plans.reduce((sum, { iterations }) => sum + iterations, 0);
    const progress = createProgress({ label: `Reconstructing ${name}`, total, unit: "steps", io });
    try {
      await using run = await marchHalf(plan, half, { backend, map, signal: interrupt.signal });
      for await (const _ of run) {
        progress.update(run.iteration, `${run.plan.resolution.toFixed(0)} A`);
        if (await interrupt.requested()) return undefined;
      }
      maps.push(lowPass(run.map(), Math.floor(band.radius - 0.5) + 0.5, 0));
    } catch (error) {
      // Ctrl-C while images are loaded
      if (error instanceof DOMException && error.name === "AbortError") return undefined;
      throw error;
    }
    progress.done();
    await writeVolume(out.file(`half${half + 1}.mrc`), maps[half]);
  }
  const [a, b] = maps, mask = softSphere(boxSize, { radius: maskRadius });
  const { fsc, corrected, resolution143 } = compareHalfMaps(a, b, { mask, seed });
  await writeVolume(out.file("map_filtered.mrc"), filterByFSC(a, b, corrected));
  return {
    images: plan.halves[0].count,
    startResolution: plan.startResolution,
    fsc: [...fsc],
    corrected: [...corrected],
    resolution143,
    maskRadius: maskRadius * boxSize * pixelSize,
  };
}
