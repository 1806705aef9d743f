import type { Markup } from "../report/markup.ts";
import type { RunData } from "../report/run/run_data.ts";
import { assembleRun, composeRun } from "../report/run/run_report.ts";
import { compareRuns } from "../report/run/run_comparison.ts";
import { writeText } from "../formats/atomic_file.ts";
import { defineCommand } from "./command.ts";
import { words } from "./option.ts";
import { particleOptions } from "./particle_options.ts";
import { requireRead, requireWrite } from "./permission.ts";
import { fileIn, type ImagePlaces, readRun, requireRun } from "./run_files.ts";

/** Writes the page of a run into its folder. */
async function writePage(folder: string, data: RunData, others?: Markup): Promise<string> {
  const path = fileIn(folder, "report.html");
  writeText(path, [assembleRun(await composeRun(data), { others })]);
  return path;
}

/** Writes report.html of a run that has left what it had to. */
export async function writeReport(
  folder: string,
  places: ImagePlaces = {},
): Promise<string> {
  return await writePage(folder, await readRun(folder, places));
}

/** `report`: runs as pages. */
export const report = defineCommand({
  description:
    "Write report.html into the folder of a run: plan and outcome, held-out NLL, schedules, resolution, " +
    "slices, images beside projections, viewing directions, and the map to turn with the mouse. One file " +
    "without network; what a run has not left yet is marked. `reconstruct` writes it at its end. Several " +
    "folders are compared in a line, too.",
  arguments: { folders: words({ value: "DIR", summary: "folders that reconstruct wrote to" }) },
  options: particleOptions,
  examples: [
    { does: "the page of a run, run/report.html", line: "run" },
    { does: "three runs beside each other", line: "run1 run2 run3" },
  ],

  async run({ folders, ...places }, io) {
    const runs: { folder: string; data: RunData }[] = [];
    for (const folder of folders) {
      await requireRead(folder);
      await requireWrite(folder);
      await requireRun(folder);
      runs.push({ folder, data: await readRun(folder, places) });
    }
    for (const { folder, data } of runs) {
      const others = compareRuns(runs.map((run) => run.data), data);
      io.print(await writePage(folder, data, others));
    }
  },
});
