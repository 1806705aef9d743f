import { median } from "../../compare/statistics.ts";
import { plotHistogram } from "../bars.ts";
import { type Markup, markup } from "../markup.ts";
import { formatCount, shortCount } from "../quantity.ts";
import { linearScale, logScale } from "../scale.ts";
import type { RunData } from "./run_data.ts";

/** Effective poses, 1 / sum q^2, of the held-out images on a logarithmic axis. */
function effectivePoses(shares: readonly number[], poses: number): Markup {
  const sizes = shares.map((share) => Math.max(1, share * poses));
  const middle = median(sizes), most = sizes.reduce((a, b) => Math.max(a, b));
  return markup`
    <figure>${
    plotHistogram(sizes, {
      scale: (range) => logScale([1, Math.max(100, most * 1.2)], range, { format: shortCount }),
      xLabel: "effective poses an image",
      yLabel: "held-out images",
      description: `Effective sample size of the posteriors: median ${middle.toPrecision(3)} poses`,
    })
  }<figcaption>Effective sample size of the posterior, 1 / Σ q², of ${
    formatCount(sizes.length)
  } held-out images: the middle one is spread over ${Number(middle.toPrecision(2))} of ${
    formatCount(poses)
  } poses, ${
    (100 * middle / poses).toPrecision(2)
  } %. Near 1 the orientation is certain; near the end of the axis
    the image says nothing.</figcaption></figure>
  `;
}

/** Weight of the best pose of each image. */
function bestWeights({ poses }: RunData): Markup {
  const weights = poses!.map(({ probability }) => probability), middle = median(weights);
  const unsure = weights.filter((w) => w < 0.05).length;
  return markup`
    <figure>${
    plotHistogram(weights, {
      scale: (range) => linearScale([0, 1], range, { count: 5 }),
      bins: 25,
      xLabel: "posterior weight of the best pose",
      yLabel: "images",
      description: `Posterior weights of the best poses: median ${middle.toFixed(2)}`,
    })
  }<figcaption>Weight of the best pose of each image: ${
    middle.toFixed(2)
  } in the middle, so that 1 / weight = ${
    (1 / Math.max(middle, 1e-6)).toPrecision(2)
  } poses share it at least; ${formatCount(unsure)} images (${
    (100 * unsure / weights.length).toFixed(1)
  } %) have no pose with 5 %.</figcaption></figure>
  `;
}

/** How sure the run is of orientations. */
export function posteriorFigures(data: RunData): Markup {
  const { facts, poses } = data, points = facts.stages.at(-1)?.quadraturePoints ?? null;
  const shares = facts.posteriorShares.length > 0 && points !== null;
  if (!shares && !poses) return markup``;
  return markup`<div class="pair">${
    shares ? effectivePoses(facts.posteriorShares, points!) : markup``
  }${poses && poses.length > 0 ? bestWeights(data) : markup``}</div>`;
}
