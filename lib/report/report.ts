import type { ComparisonSummary } from "../compare/summary.ts";
import type { TraceRecord } from "../trace.ts";
import type { Volume } from "../volume.ts";
import { convergenceCaption, convergenceFigure } from "./convergence_figure.ts";
import { cameraOf, gallery, galleryColumns, standardMap } from "./gallery.ts";
import { markup } from "./markup.ts";
import { lookOf } from "./palette.ts";
import { PROFILE_CAPTION, profileFigure } from "./profile_plot.ts";
import { STYLE } from "./style.ts";
import { costTable, gapList, resultTable, tuningTable } from "./tables.ts";
import { introduction } from "./words.ts";

/** What a summary points to, read. What is missing here is marked as missing in the report. */
export interface ReportData {
  /** Lines of the traces, by RunSummary.trace. */
  readonly traces: ReadonlyMap<string, readonly TraceRecord[]>;
  /** Maps in the images' box, by their file. */
  readonly maps: ReadonlyMap<string, Volume>;
  /** The true map, if there is one. */
  readonly truth: Volume | null;
}

/** The pictures of the maps: all optimizers at all stages, or baselines and the best optimizer at the end. */
async function galleries(summary: ComparisonSummary, { maps, truth }: ReportData) {
  const seed = 0, { methods } = summary;
  const standard = standardMap(summary, maps, truth, seed);
  if (!standard) return null;
  const camera = cameraOf(standard);
  const options = { camera, seed, standard: truth && standard, standardName: "truth" };
  const optimizers = methods.filter(({ kind }) => kind === "optimizer");
  const others = methods.filter(({ kind }) => kind !== "optimizer");
  const ended = optimizers.filter(({ runs }) =>
    runs[seed].status === "done" && runs[seed].test !== null
  ).sort((a, b) => a.runs[seed].test! - b.runs[seed].test!);
  const columns = [...galleryColumns(optimizers), "final" as const];
  return {
    optimizers: await gallery(optimizers, maps, { ...options, columns }),
    others: others.length > 0 &&
      await gallery([...others, ...ended.slice(0, 1)], maps, { ...options, columns: ["final"] }),
    seed: summary.seeds[seed],
  };
}

/**
 * A comparison as one HTML page: words, figures and tables. It needs no network, no script and no other
 * file, and is the same to the byte for the same data. Runs that are not done are marked wherever they
 * would have been.
 *
 * @returns the page, to be written as a .html file
 * @throws {RangeError} if a method does not have one run a seed.
 */
export async function renderReport(summary: ComparisonSummary, data: ReportData): Promise<string> {
  const { problem, methods, seeds } = summary;
  for (const { name, runs } of methods) {
    if (runs.length === seeds.length) continue;
    throw new RangeError(
      `Cannot report on ${name}: ${runs.length} runs, wanted ${seeds.length}, one a seed`,
    );
  }
  const title = `Comparison on ${problem.name}`;
  const looks = methods.map((_, i) => lookOf(i));
  const baselines = methods.some(({ kind }) => kind !== "optimizer");
  const pictures = await galleries(summary, data);
  const figure = { summary, traces: data.traces, looks };
  const surfaces = pictures && markup`Surfaces of seed ${pictures.seed}, each enclosing the same
    volume${data.truth && ", that of the truth"}, ${
    data.truth
      ? "turned, moved and if need be mirrored onto it"
      : "as found: neither turned nor mirrored"
  }; numbers are image gradients.`;
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; img-src data:" />
<title>${title}</title>
<style>${{ text: STYLE }}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${introduction(summary)}
<h2>Results</h2>
${resultTable(summary, looks)}
${gapList(summary)}
<h2>Convergence</h2>
<figure>
${convergenceFigure({ ...figure, id: "optimizers", faint: false })}
<figcaption>${convergenceCaption(summary)}</figcaption>
</figure>
<h2>Maps</h2>
<figure>
${pictures ? pictures.optimizers : markup`<p class="gap">No map has been kept yet.</p>`}
<figcaption>${surfaces}</figcaption>
</figure>
${
    baselines &&
    markup`<h2>Baselines</h2>
<figure>
${convergenceFigure({ ...figure, id: "baselines", faint: true })}
<figcaption>The baselines on the same axes; the optimizers are the thin lines.</figcaption>
</figure>
<figure>
${pictures && pictures.others}
<figcaption>${surfaces}</figcaption>
</figure>`
  }
<h2>Cost</h2>
${costTable(summary, looks)}
<h3>Performance profile</h3>
<figure>
<div class="scroll">${profileFigure(summary, data.traces, looks)}</div>
<figcaption>${PROFILE_CAPTION}</figcaption>
</figure>
<h2>Tuning</h2>
${tuningTable(summary, looks)}
</main>
</body>
</html>
`.text;
}
