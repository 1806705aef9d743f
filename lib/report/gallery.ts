import type { ComparisonSummary, MethodSummary, RunSummary } from "../compare/summary.ts";
import { lowPass } from "../resample.ts";
import type { Rotation } from "../rotation.ts";
import type { Volume } from "../volume.ts";
import { broadsideView, enclosedShare, levelEnclosing, otsuLevel } from "./contour.ts";
import { drawIsosurface } from "./isosurface.ts";
import { type Markup, markup } from "./markup.ts";
import { pictureURL } from "./png.ts";
import { formatCount, shortCount } from "./quantity.ts";

/** Px of a picture, as stored. */
const SIZE = 168;
/** Kept maps whose image gradients are within this factor are of one column. */
const NEAR = 1.4;

/** How all maps of a page are drawn: from the same side, at contours of the same volume. */
export interface Camera {
  readonly view: Rotation;
  /** Share of the box that a contour encloses. */
  readonly share: number;
}

/**
 * The camera of the true map as far as the band goes, else of the map that is given: Otsu's contour, seen
 * broadside.
 */
export function cameraOf(map: Volume): Camera {
  const level = otsuLevel(map);
  return { view: broadsideView(map, level), share: enclosedShare(map, level) };
}

/** The map whose contour stands for all: the truth within the band, or the best end of the seed. */
export function standardMap(
  { problem, methods }: ComparisonSummary,
  maps: ReadonlyMap<string, Volume>,
  truth: Volume | null,
  seed: number,
): Volume | null {
  if (truth) return lowPass(truth, problem.radius);
  const ends = methods.flatMap(({ runs }) => {
    const run = runs[seed], file = finalMap(run)?.file;
    const map = file === undefined ? undefined : maps.get(file);
    return map ? [{ map, test: run.test ?? Infinity }] : [];
  });
  return ends.sort((a, b) => a.test - b.test)[0]?.map ?? null;
}

/** The map a run ended with, if it did. */
function finalMap(run: RunSummary): RunSummary["maps"][number] | undefined {
  if (run.status !== "done") return undefined;
  return run.maps.reduce<RunSummary["maps"][number] | undefined>(
    (last, map) => last === undefined || map.gradients >= last.gradients ? map : last,
    undefined,
  );
}

/** The columns before the last: image gradients at which maps were kept on the way, least of each group. */
export function galleryColumns(methods: readonly MethodSummary[]): number[] {
  const kept = methods.flatMap(({ runs }) =>
    runs.flatMap((run) =>
      run.maps.filter((map) => map !== finalMap(run)).map(({ gradients }) => gradients)
    )
  );
  const columns: number[] = [];
  for (const gradients of kept.sort((a, b) => a - b)) {
    if (columns.length === 0 || gradients > NEAR * columns.at(-1)!) columns.push(gradients);
  }
  return columns;
}

/** Why there is no picture, in words. */
function absence(run: RunSummary, column: number | "final", read: boolean): string {
  if (run.status === "missing") return "not run";
  if (read) return "map not to be read";
  if (run.status === "diverged" && (column === "final" || run.gradients < column)) {
    return `diverged at ${shortCount(run.gradients)}`;
  }
  if (run.status === "interrupted" && (column === "final" || run.gradients < column)) {
    return `interrupted at ${shortCount(run.gradients)}`;
  }
  return column !== "final" && run.gradients < column ? "ended before" : "no map kept";
}

/** A map, drawn, with words below. */
async function drawMap(map: Volume, { view, share }: Camera, alt: string, caption: Markup) {
  const level = levelEnclosing(map, share);
  const url = await pictureURL(drawIsosurface(map, { level, view, size: SIZE }));
  return markup`
    <figure
      class="map"><img src="${url}" width="${SIZE}" height="${SIZE}" alt="${alt}" /><figcaption>${caption}</figcaption></figure>
  `;
}

/**
 * Punjani & Brubaker's Figure 4: every method's map of one seed after so many image gradients and at the
 * end, as a surface that encloses the same volume in each.
 *
 * @param columns image gradients, and the end
 */
export async function gallery(
  methods: readonly MethodSummary[],
  maps: ReadonlyMap<string, Volume>,
  { camera, seed, columns, standard, standardName }: {
    camera: Camera;
    /** Place in the list of seeds. */
    seed: number;
    columns: readonly (number | "final")[];
    /** A map that comes first, to compare with. */
    standard: Volume | null;
    standardName: string;
  },
): Promise<Markup> {
  const rows: Markup[] = [];
  if (standard) {
    const caption = markup`within the band`;
    rows.push(
      markup`<section class="maps" style="--n:${columns.length}"><h4>${standardName}</h4>${await drawMap(
        standard,
        camera,
        `Surface of the ${standardName}`,
        caption,
      )}</section>`,
    );
  }
  for (const { name, runs } of methods) {
    const run = runs[seed], cells: Markup[] = [];
    for (const column of columns) {
      const last = finalMap(run);
      const kept = column === "final"
        ? last
        : run.maps.find((map) =>
          map !== last && map.gradients >= column && map.gradients <= NEAR * column
        );
      const map = kept && maps.get(kept.file);
      const title = column === "final" ? "end" : shortCount(column);
      if (kept && map) {
        const alt = `Surface found by ${name} after ${formatCount(kept.gradients)} image gradients`;
        const caption = markup`${column === "final" && "end: "}${formatCount(kept.gradients)}`;
        cells.push(await drawMap(map, camera, alt, caption));
      } else {
        cells.push(
          markup`
            <figure class="map">
              <div class="gap">${absence(run, column, kept !== undefined)}</div>
              <figcaption>${title}</figcaption>
            </figure>
          `,
        );
      }
    }
    rows.push(
      markup`<section class="maps" style="--n:${columns.length}"><h4>${name}</h4>${cells}</section>`,
    );
  }
  return markup`<div class="gallery">${rows}</div>`;
}
