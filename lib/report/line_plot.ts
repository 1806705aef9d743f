import { axes } from "./axes.ts";
import { type Markup, markup } from "./markup.ts";
import type { Look } from "./palette.ts";
import { linePath, type Point, spread, thin } from "./path.ts";
import type { Scale } from "./scale.ts";

/** One line of a plot. */
export interface PlottedLine {
  /** Said beside its end. */
  readonly name: string;
  readonly look: Look;
  /** Values on both axes, from left to right. */
  readonly points: readonly Point[];
  /** Drawn thin and pale, as a background. */
  readonly faint?: boolean;
  /** Also a marker at each point. */
  readonly dotted?: boolean;
}

/** A straight line across a plot, with a word. */
export interface PlottedRule {
  readonly axis: "x" | "y";
  readonly at: number;
  readonly name: string;
  /** Of an upright line, where its word is; default right, at the top. */
  readonly side?: "left" | "right";
}

/** Px between labels at the ends of lines. */
const LABEL = 15;
/** Markers of a line at most; more would be a second, thicker line. */
const MARKERS = 30;

function drawLine({ look, points, faint, dotted, name }: PlottedLine, x: Scale, y: Scale): Markup {
  const placed = points.map(([a, b]): Point => [x.at(a), y.at(b)]);
  if (placed.length === 0) return markup``;
  const every = Math.ceil(placed.length / MARKERS);
  return markup`
    <path class="${faint ? "line faint" : "line"}" fill="none" stroke="${look.colour}"
      stroke-width="${faint ? 1 : 2}"${
    look.dash !== null && markup` stroke-dasharray="${look.dash}"`
  } d="${linePath(thin(placed))}">
      <title>${name}</title>
    </path>${
    dotted && placed.filter((_, i) =>
      i % every === 0 || i === placed.length - 1
    ).map(([a, b]) =>
      markup`
      <path d="${look.marker}" fill="${look.colour}"
        transform="translate(${a.toFixed(1)} ${b.toFixed(1)})" />
    `
    )
  }
  `;
}

function drawRule({ axis, at, name, side = "right" }: PlottedRule, x: Scale, y: Scale): Markup {
  const [left, right] = x.range, [bottom, top] = y.range;
  const place = Number((axis === "x" ? x : y).at(at).toFixed(1));
  return axis === "x"
    ? markup`
      <path class="truth" d="M${place} ${bottom}V${top}" />
      ${
      side === "right"
        ? markup`<text x="${place + 5}" y="${top + 12}">${name}</text>`
        : markup`<text x="${place - 5}" y="${
          Math.round(top + 0.3 * (bottom - top))
        }" text-anchor="end">${name}</text>`
    }
    `
    : markup`
      <path class="truth" d="M${left} ${place}H${right}" />
      <text x="${left + 6}" y="${place + 14}">${name}</text>
    `;
}

/** The lines of one plot with its axes, and names at their ends where there is room to the right. */
export function plotLines(
  lines: readonly PlottedLine[],
  { x, y, xLabel, yLabel, title, rules = [], labelled = true, id }: {
    x: Scale;
    y: Scale;
    xLabel: string;
    yLabel: string;
    title?: string;
    rules?: readonly PlottedRule[];
    labelled?: boolean;
    /** Unique in the page. */
    id: string;
  },
): Markup {
  const [left, right] = x.range, [bottom, top] = y.range;
  const ends = !labelled ? [] : lines.flatMap((line) => {
    const last = line.points.at(-1);
    if (!last) return [];
    const at = Math.min(bottom, Math.max(top, y.at(last[1])));
    return [{ ...line, from: [Math.min(right, x.at(last[0])), at] as Point }];
  });
  const places = spread(ends.map(({ from }) => from[1]), { gap: LABEL, low: top, high: bottom });
  return markup`
    <clipPath id="${id}">
      <rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" />
    </clipPath>${axes({ x, y, xLabel, yLabel, title })}<g
      clip-path="url(#${id})">${rules.map((rule) => drawRule(rule, x, y))}${
    lines.map((line) => drawLine(line, x, y))
  }</g>${
    ends.map(({ name, look, from }, i) => {
      const at = places[i].toFixed(1);
      return markup`
        <path class="leader" stroke="${look.colour}" d="${
        linePath([from, [right + 6, from[1]], [right + 20, places[i]]])
      }" />
        <path d="${look.marker}" fill="${look.colour}" transform="translate(${right + 27} ${at})" />
        <text x="${right + 36}" y="${(places[i] + 4).toFixed(1)}">${name}</text>
      `;
    })
  }
  `;
}
