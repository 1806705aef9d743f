import fragment from "../page/surface.frag.glsl" with { type: "text" };
import vertex from "../page/surface.vert.glsl" with { type: "text" };
import viewer from "../page/viewer.js" with { type: "text" };
import { type Markup, markup } from "../markup.ts";
import type { Volume } from "../../volume.ts";
import { STYLE } from "../style.ts";
import { CLASS_CAPTION, classFigure } from "./class_figure.ts";
import { legsOf } from "./course.ts";
import { directionFigure } from "./direction_figure.ts";
import { fscCaption, fscFigure } from "./fsc_figure.ts";
import { NLL_CAPTION, nllFigure } from "./nll_figure.ts";
import { noiseFigure } from "./noise_figure.ts";
import { posteriorFigures } from "./pose_figures.ts";
import type { GapName, RunData } from "./run_data.ts";
import { RUN_STYLE } from "./run_style.ts";
import { stageTable, startTable } from "./run_tables.ts";
import { outcomeWords, passed, planRows, standing, warnings } from "./run_words.ts";
import { scheduleFigure } from "./schedule_figure.ts";
import { sliceFigure } from "./slice_figure.ts";
import { embedVolume, shownMap, stillPicture, viewerFrame } from "./viewer.ts";

/** A part of the page that stands on its own; a live view replaces it when it changes. */
export interface Section {
  /** Unique in the page. */
  readonly id: string;
  readonly content: Markup;
}

/** The page of a run in parts. */
export interface RunPage {
  readonly title: string;
  readonly sections: readonly Section[];
  /** The map for the page's script; null if there is none. */
  readonly volume: Markup | null;
  /** A still picture of it. */
  readonly still: string | null;
}

/** What is made of a map, which takes longer than all the rest. */
export interface DrawnMap {
  /** Voxels an edge, shown and in the images' box. */
  readonly shown: number;
  readonly boxSize: number;
  readonly slices: Markup;
  readonly volume: Markup;
  readonly still: string | null;
}

/** Slices, the volume for the page's script and, unless the page is live, a picture for paper. */
export async function drawMap(
  map: Volume,
  radius: number | null,
  { live = false } = {},
): Promise<DrawnMap> {
  const shown = shownMap(map, radius);
  return {
    shown: shown.boxSize,
    boxSize: map.boxSize,
    slices: await sliceFigure(shown),
    volume: await embedVolume(shown),
    still: live ? null : await stillPicture(shown),
  };
}

/** What is said where a part is missing. */
const MISSING: Readonly<Record<GapName, string>> = {
  run: "There is no run.json: what was planned is not known.",
  trace: "There is no trace.jsonl: no iteration has been written.",
  map: "There is no map yet.",
  poses: "There is no poses.star: poses are written when a run is finished.",
  images: "The images could not be read, so there are no averages of them.",
};

/**
 * The parts of a run's page. What is missing is marked where it would have been.
 *
 * @param drawn the map, if it has been drawn before
 */
export async function composeRun(
  data: RunData,
  { drawn: before }: { drawn?: DrawnMap | null } = {},
): Promise<RunPage> {
  const { facts, trace, map, poses, classes, gaps } = data, legs = legsOf(trace, facts);
  const gap = (name: GapName) => markup`<p class="gap">${gaps[name] ?? MISSING[name]}</p>`;
  const radius = legs.at(-1)?.radius ?? null;
  const drawn = before === undefined ? map && await drawMap(map, radius) : before;
  const { word, words } = standing(data);
  const figure = (content: Markup, caption: Markup | string) =>
    markup`<figure>${content}<figcaption>${caption}</figcaption></figure>`;
  const sections: Section[] = [
    {
      id: "state",
      content: markup`<p class="state"><strong>${word}</strong> ${words}.</p>${
        outcomeWords(data, legs)
      }${warnings(data)}`,
    },
    {
      id: "plan",
      content: facts.stages.length === 0 && facts.particles === null
        ? gap("run")
        : markup`<dl>${
          planRows(data).map(([name, value]) =>
            markup`
              <dt>${name}</dt>
              <dd>${value}</dd>
            `
          )
        }</dl>${passed(data)}`,
    },
    {
      id: "map-words",
      content: drawn
        ? markup`<p><small>${
          data.mapOrigin !== null && `The map is that of ${data.mapOrigin}. `
        }Images do not tell the two hands apart${
          drawn.shown < drawn.boxSize &&
          `; shown on ${drawn.shown}³ of ${drawn.boxSize}³ voxels, all that the band needs`
        }.</small></p>`
        : gap("map"),
    },
    {
      id: "convergence",
      content: markup`<h2>Convergence</h2>${
        trace.length === 0 ? gap("trace") : figure(nllFigure(legs), NLL_CAPTION)
      }${stageTable(legs, facts)}${startTable(facts)}`,
    },
    {
      id: "schedules",
      content: trace.length === 0 ? markup`` : markup`<h3>Schedules</h3>${
        figure(
          scheduleFigure(trace),
          "What each iteration was done with, and how far it moved the map.",
        )
      }`,
    },
    {
      id: "resolution",
      content: markup`<h2>Resolution</h2>${figure(fscFigure(data, radius), fscCaption(data))}`,
    },
    {
      id: "slices",
      content: markup`<h2>Central slices</h2>${
        drawn
          ? figure(
            drawn.slices,
            "Planes through the middle of the box, white is dense; one scale of greys for all.",
          )
          : gap("map")
      }`,
    },
    {
      id: "classes",
      content: markup`<h2>Images and map</h2>${
        classes
          ? figure(await classFigure(classes), CLASS_CAPTION)
          : gap(poses ? "images" : "poses")
      }`,
    },
    {
      id: "directions",
      content: markup`<h2>Viewing directions</h2>${
        poses && poses.length > 0
          ? figure(
            directionFigure(poses),
            "Where the best pose of each image looks from, in equal areas (Mollweide). A map from few sides is " +
              "smeared along the others, whatever its resolution.",
          )
          : gap("poses")
      }`,
    },
    {
      id: "posteriors",
      content: markup`<h2>Certainty of orientations</h2>${
        poses || facts.posteriorShares.length > 0 ? posteriorFigures(data) : gap("poses")
      }`,
    },
    { id: "noise-section", content: markup`<h2>Noise and outliers</h2>${noiseFigure(facts)}` },
  ];
  return {
    title: `Run ${data.name}`,
    sections,
    volume: drawn && drawn.volume,
    still: drawn && drawn.still,
  };
}

/** The page's own script, all of it. */
export function runScript(more = ""): string {
  return `"use strict";(()=>{const VERTEX=${JSON.stringify(vertex)},FRAGMENT=${
    JSON.stringify(fragment)
  };\n${viewer}\n${more}\n})();`;
}

/**
 * The page as HTML. It needs no network and no other file; without a script it still says everything but
 * the turning of the map.
 *
 * @param head what stands above the title: the controls of a live view
 * @param script its own script, see runScript()
 * @param connect what the page may ask for: 'self' for a live view
 */
export function assembleRun(
  { title, sections, volume, still }: RunPage,
  { head, script = runScript(), connect = "'none'", others }: {
    head?: Markup;
    script?: string;
    connect?: "'none'" | "'self'";
    /** A table that compares this run with others. */
    others?: Markup;
  } = {},
): string {
  const at = (id: string) =>
    markup`<section id="${id}">${sections.find((section) => section.id === id)?.content}</section>`;
  const below = sections.slice(3).map(({ id }) => at(id));
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="referrer" content="no-referrer" />
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src ${connect}; base-uri 'none'; form-action 'none'" />
${connect === "'self'" && markup`<link rel="icon" href="data:," />`}
<title>${title}</title>
<style>${{ text: STYLE + RUN_STYLE }}</style>
</head>
<body>
${head}
<main>
<h1>${title}</h1>
${at("state")}
<div class="top">
<div>${viewerFrame(still)}${at("map-words")}</div>
<div>${at("plan")}${others}</div>
</div>
${below}
</main>
${volume}
<script>${{ text: script }}</script>
</body>
</html>
`.text;
}
