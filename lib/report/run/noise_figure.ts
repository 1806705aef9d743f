import { plotLines } from "../line_plot.ts";
import { type Markup, markup } from "../markup.ts";
import { lookOf } from "../palette.ts";
import type { Point } from "../path.ts";
import { formatCount } from "../quantity.ts";
import { linearScale } from "../scale.ts";
import type { RunFacts } from "./facts.ts";

/** Px. */
const WIDTH = 560, LEFT = 64, RIGHT = 548, TOP = 20, HEIGHT = 190;
/** Outliers that are named. */
const NAMED = 20;

/** Noise variance by radius. */
function spectrum(radius: readonly number[], variance: readonly number[]): Markup {
  const points = radius.map((r, i): Point => [r, variance[i]]), bottom = TOP + HEIGHT;
  const most = variance.reduce((a, b) => Math.max(a, b), 0) || 1;
  return markup`
    <svg class="plot small" viewBox="0 0 ${WIDTH} ${bottom + 46}" role="img"
      aria-label="Variance of the noise by spatial frequency">${
    plotLines([{ name: "noise", look: lookOf(0), points, dotted: points.length < 40 }], {
      x: linearScale([0, radius.reduce((a, b) => Math.max(a, b), 1)], [LEFT, RIGHT]),
      y: linearScale([0, most * 1.1], [bottom, TOP], { count: 4 }),
      xLabel: "spatial frequency (Fourier px)",
      yLabel: "variance; 1 is the corners'",
      rules: [{ axis: "y", at: 1, name: "white noise" }],
      labelled: false,
      id: "noise",
    })
  }</svg>
  `;
}

/** What the run found out about noise, scale and outliers; nothing if nothing. */
export function noiseFigure({ noise }: RunFacts): Markup {
  if (!noise) {
    return markup`<p class="gap">Neither noise nor outliers were looked at in this run.</p>`;
  }
  const { radius, variance, scale, outliers } = noise;
  return markup`${
    radius.length > 1 &&
    markup`<figure>${
      spectrum(radius, variance)
    }<figcaption>Variance of the noise by spatial frequency.</figcaption></figure>`
  }${
    scale &&
    markup`<p>Images differ in scale: ${
      scale.mean.toFixed(3)
    } on average, with a standard deviation of ${scale.deviation.toFixed(3)}.</p>`
  }${
    outliers
      ? markup`<p><strong>Outliers:</strong> ${
        outliers.count === null
          ? "not counted yet"
          : `${formatCount(outliers.count)} images are more likely something else than the particle`
      }${
        outliers.images.length > 0 &&
        `: ${outliers.images.slice(0, NAMED).map(formatCount).join(", ")}${
          outliers.images.length > NAMED ? ` and ${outliers.images.length - NAMED} more` : ""
        }`
      }; ${(100 * outliers.share).toPrecision(2)} % were allowed for beforehand.</p>`
      : markup`<p class="gap">Outliers were not looked for in this run.</p>`
  }`;
}
