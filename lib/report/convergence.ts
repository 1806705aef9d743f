import { axes } from "./axes.ts";
import type { Axis, Curve, End, MethodCurve } from "./curve.ts";
import { standing, wholeDomain, zoomDomain } from "./domain.ts";
import { type Markup, markup } from "./markup.ts";
import type { Look } from "./palette.ts";
import { linePath, type Point, spread, thin, thinBand } from "./path.ts";
import { powerOfTen, shortCount } from "./quantity.ts";
import { linearScale, logScale, type Scale } from "./scale.ts";

/** A method's curve and how it is drawn. */
export interface DrawnCurve extends MethodCurve {
  readonly look: Look;
  /** Drawn thin and without a band, as a background. */
  readonly faint?: boolean;
}

const AXES: Readonly<Record<Axis, { label: string; format: (value: number) => string }>> = {
  gradients: { label: "image gradients", format: shortCount },
  flop: { label: "floating-point operations (flop)", format: powerOfTen },
  seconds: { label: "seconds of iterations (s)", format: (v) => String(Number(v.toPrecision(3))) },
};

/** Px of the picture and its two plots, whole run and end of run. */
const WIDTH = 1120, TOP = 34, BELOW = 46, LABEL = 15;
const WHOLE: readonly [number, number] = [64, 560], ZOOM: readonly [number, number] = [640, 905];
const LABELS_AT = 938;
/** Letters of a name that fit beside its line. */
const LETTERS = 20;

function points({ cost }: Curve, test: readonly number[], x: Scale, y: Scale): Point[] {
  return cost.map((c, i) => [x.at(c), y.at(test[i])]);
}

/** The part of a line that can be seen, and one point more to either side. */
function seen(line: readonly Point[], [left, right]: readonly [number, number]) {
  const from = line.findIndex(([x]) => x >= left), to = line.findLastIndex(([x]) => x <= right);
  if (from < 0 || to < 0) return [0, 0] as const;
  return [Math.max(0, from - 1), Math.min(line.length, to + 2)] as const;
}

/** One method in one plot: band and line. */
function drawMethod(drawn: DrawnCurve, x: Scale, y: Scale): Markup {
  const { method, curve, look, faint } = drawn;
  const stroke = markup`fill="none" stroke="${look.colour}" stroke-width="${faint ? 1 : 2}"${
    look.dash !== null && markup` stroke-dasharray="${look.dash}"`
  }`;
  const parts: Markup[] = [];
  if (curve) {
    const all = points(curve, curve.median, x, y), [from, to] = seen(all, x.range);
    const upper = points(curve, curve.high, x, y).slice(from, to);
    const lower = points(curve, curve.low, x, y).slice(from, to);
    const spreads = curve.high.some((high, i) => high > curve.low[i]);
    if (spreads && !faint) {
      const band = thinBand(upper, lower), outline = [...band.upper, ...band.lower.reverse()];
      parts.push(markup`
        <path class="band" fill="${look.colour}" d="${linePath(outline)}z" />
      `);
    }
    parts.push(
      markup`
        <path class="line" ${stroke} d="${linePath(thin(all.slice(from, to)))}">
          <title>${method.name}</title>
        </path>
      `,
    );
  }
  return markup`<g class="method">${parts}</g>`;
}

/** A cross where a run diverged, an open circle where one was interrupted, a marker for a lone point. */
function drawEnd(
  { run, cost, test }: End,
  { curve, look, method }: DrawnCurve,
  x: Scale,
  y: Scale,
) {
  const [bottom, top] = y.range;
  const at = [x.at(cost), Math.min(bottom - 6, Math.max(top + 6, y.at(test)))].map((v) =>
    v.toFixed(1)
  );
  if (x.at(cost) < x.range[0] - 1) return markup``;
  const name = `${method.name}, seed ${run.seed}`;
  const open = markup`fill="none" stroke="${look.colour}" stroke-width="2"`;
  if (run.status === "diverged") {
    return markup`
      <path class="diverged" transform="translate(${at.join(" ")})" ${open} d="M-5-5L5 5M-5 5L5-5">
        <title>${name} diverged</title>
      </path>
    `;
  }
  if (run.status === "interrupted") {
    return markup`
      <circle class="interrupted" cx="${at[0]}" cy="${at[1]}" r="4.5" ${open}>
        <title>${name} was interrupted</title>
      </circle>
    `;
  }
  if (curve) return markup``;
  return markup`
    <path class="point" transform="translate(${
    at.join(" ")
  })" fill="${look.colour}" d="${look.marker}">
      <title>${name}</title>
    </path>
  `;
}

/** Names beside the ends of the lines, apart from each other, a thin line leading to each. */
function endLabels(
  curves: readonly DrawnCurve[],
  truth: number | null,
  x: Scale,
  y: Scale,
): Markup {
  const [bottom, top] = y.range;
  const labels = curves.flatMap((drawn) => {
    const stand = standing(drawn);
    if (!stand) return [];
    const cost = Math.max(x.domain[0], stand.cost);
    const inside = stand.test <= y.domain[1] && stand.test >= y.domain[0];
    const letters = [...drawn.method.name];
    const name = letters.length > LETTERS
      ? `${letters.slice(0, LETTERS - 1).join("")}…`
      : drawn.method.name;
    const text = stand.done
      ? `${name} ${stand.test.toFixed(2)}`
      : `${name}: ${drawn.ends[0].run.status}`;
    return [{
      text: inside ? text : `${text} ${stand.test > y.domain[1] ? "↑" : "↓"}`,
      look: drawn.look as Look | null,
      from: [
        x.at(cost),
        inside ? y.at(stand.test) : stand.test > y.domain[1] ? top : bottom,
      ] as Point,
      order: y.at(stand.test),
      inside,
    }];
  });
  if (truth !== null) {
    const inside = truth >= y.domain[0] && truth <= y.domain[1];
    labels.push({
      text: `truth ${truth.toFixed(2)}${inside ? "" : truth < y.domain[0] ? " ↓" : " ↑"}`,
      look: null,
      from: [x.range[1], inside ? y.at(truth) : truth < y.domain[0] ? bottom : top],
      order: y.at(truth),
      inside,
    });
  }
  // Those beyond the plot keep their order among each other: they are pressed against its edge.
  const wanted = labels.map(({ order }) =>
    Math.min(bottom, Math.max(top - LABEL * labels.length, order))
  );
  const places = spread(wanted, { gap: LABEL, low: top, high: bottom });
  return markup`<g class="ends">${
    labels.map(({ text, look, from, inside }, i) => {
      const colour = look?.colour ?? "var(--ink)", at = places[i].toFixed(1);
      return markup`
        ${
        inside &&
        markup`
            <path class="leader" stroke="${colour}" d="${
          linePath([from, [ZOOM[1] + 6, from[1]], [
            LABELS_AT - 18,
            places[i],
          ], [LABELS_AT - 14, places[i]]])
        }" />
          `
      }<path d="${look?.marker ?? "M-5-1H5V1H-5z"}" fill="${colour}"
          transform="translate(${LABELS_AT - 8} ${at})" /><text x="${LABELS_AT}"
          y="${(places[i] + 4).toFixed(1)}">${text}</text>
      `;
    })
  }</g>`;
}

/**
 * Punjani & Brubaker's Figure 3: held-out -log p against what was spent on a logarithmic axis; the whole
 * run, and its end enlarged, with the names of the methods at the ends of their lines.
 *
 * @param truth held-out -log p of the true map, nats an image
 * @param id unique in the page
 */
export function convergence(
  curves: readonly DrawnCurve[],
  { axis, truth, id, description }: {
    axis: Axis;
    truth: number | null;
    id: string;
    description: string;
  },
): Markup {
  const measured = curves.filter((c) => c.ends.length > 0);
  const others = curves.filter((c) => c.ends.length === 0).map(({ method }) => method.name);
  if (measured.length === 0) return markup`<p class="gap">No run has been measured yet.</p>`;
  const height = Math.max(330, LABEL * (measured.length + 2)), bottom = TOP + height;
  const vertical = [bottom, TOP] as const, { label: xLabel, format } = AXES[axis];
  const whole = wholeDomain(measured, truth), end = zoomDomain(measured, truth);
  const plots = [
    {
      x: logScale(whole.x, WHOLE, { format }),
      y: linearScale(whole.y, vertical),
      title: "whole run",
    },
    {
      x: logScale(end.x, ZOOM, { format }),
      y: linearScale(end.y, vertical),
      title: "end, enlarged",
    },
  ];
  const [zoomX, zoomY] = [plots[1].x, plots[1].y];
  const box = [
    plots[0].x.at(end.x[0]),
    plots[0].y.at(Math.min(end.y[1], whole.y[1])),
    plots[0].x.at(end.x[1]),
    plots[0].y.at(Math.max(end.y[0], whole.y[0])),
  ].map((v) => Number(v.toFixed(1)));
  return markup`
    <svg class="plot" viewBox="0 0 ${WIDTH} ${bottom + BELOW}" role="img"
      aria-label="${description}">${
    plots.map(({ x, y, title }, i) => {
      const clip = `${id}-${i}`, [left, right] = x.range;
      const yLabel = i === 0 ? "held-out NLL (nats per image)" : "";
      return markup`
          <clipPath id="${clip}">
            <rect x="${left}" y="${TOP}" width="${right - left}" height="${height}" />
          </clipPath>${
        axes({
          x,
          y,
          xLabel,
          yLabel,
          title,
        })
      }<g clip-path="url(#${clip})">${
        truth !== null &&
        markup`
              <path class="truth" d="M${left} ${y.at(truth).toFixed(1)}H${right}">
                <title>truth</title>
              </path>
            `
      }${measured.map((drawn) => drawMethod(drawn, x, y))}${
        measured.map((drawn) => drawn.ends.map((end) => drawEnd(end, drawn, x, y)))
      }</g>
        `;
    })
  }<path class="zoom" d="M${box[0]} ${box[1]}H${box[2]}V${box[3]}H${box[0]}z"/>${
    endLabels(measured, truth, zoomX, zoomY)
  }</svg>${
    others.length > 0 &&
    markup`<p class="gap">Not measured, so not in the figure: ${others.join(", ")}.</p>`
  }`;
}
