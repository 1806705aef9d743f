import { type Markup, markup } from "../markup.ts";
import { lookOf } from "../palette.ts";
import type { Point } from "../path.ts";
import { plotLines } from "../line_plot.ts";
import { shortCount } from "../quantity.ts";
import { linearScale } from "../scale.ts";
import { type Leg, legName } from "./course.ts";

/** Px of a picture, and of the plots in one row of it. */
const WIDTH = 1120, ROW = 4, TOP = 34, HEIGHT = 210, BELOW = 52, LEFT = 66, RIGHT = 24, GAP = 76;
/** Share of a plot's height above and below its values. */
const MARGIN = 0.08;

/** Measurements on the held-out images, and f on the minibatches, over image gradients. */
function linesOf({ records }: Leg): { test: Point[]; train: Point[] } {
  return {
    test: records.flatMap(({ gradients, test }) => test === null ? [] : [[gradients, test]]),
    train: records.map(({ gradients, train }) => [gradients, train]),
  };
}

/** From the least to the most of what is measured, with a margin. */
function domainOf(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b)),
    high = values.reduce((a, b) => Math.max(a, b));
  const margin = MARGIN * Math.max(high - low, 1e-3 * Math.abs(high), 1e-6);
  return [low - margin, high + margin];
}

/** Whether a plot of the given heights shows the middle half of a line: what only leaves it is no help. */
function showsMiddle(line: readonly Point[], [low, high]: readonly [number, number]): boolean {
  const sorted = line.map(([, v]) => v).sort((a, b) => a - b);
  const quartile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  return quartile(0.25) >= low && quartile(0.75) <= high;
}

/**
 * Held-out -log p over image gradients, a plot for each stage: the band of a stage decides how many
 * coefficients enter -log p, so that heights compare within a stage only.
 */
export function nllFigure(legs: readonly Leg[]): Markup {
  const measured = legs.map((leg, index) => ({ leg, index, ...linesOf(leg) }))
    .filter(({ test }) => test.length > 0);
  if (measured.length === 0) {
    return markup`<p class="gap">Nothing has been measured on held-out images yet.</p>`;
  }
  const columns = Math.min(ROW, measured.length), rows = Math.ceil(measured.length / ROW);
  const plot = (WIDTH - LEFT - RIGHT - (columns - 1) * GAP) / columns;
  const height = rows * (TOP + HEIGHT + BELOW);
  return markup`
    <div class="scroll"><svg class="plot" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${
    measured.map(({ leg, index, test }) =>
      `${legName(leg, index)}: held-out negative log likelihood from ${test[0][1].toFixed(2)} to ${
        test.at(-1)![1].toFixed(2)
      } nats an image`
    ).join("; ")
  }">${
    measured.map(({ leg, index, test, train }, i) => {
      const left = LEFT + i % ROW * (plot + GAP);
      const top = TOP + Math.floor(i / ROW) * (TOP + HEIGHT + BELOW);
      const first = leg.records[0].gradients, last = leg.records.at(-1)!.gradients;
      const x = linearScale([first, Math.max(last, first + 1)], [left, left + plot], {
        count: columns > 2 ? 3 : 6,
      });
      const ticks = x.ticks.map(({ value }) => ({ value, label: shortCount(value) }));
      const heights = domainOf(test.map(([, v]) => v));
      return plotLines([
        ...showsMiddle(train, heights)
          ? [{ name: "minibatches", look: lookOf(5), points: train, faint: true }]
          : [],
        { name: "held out", look: lookOf(0), points: test, dotted: true },
      ], {
        x: { ...x, ticks },
        y: linearScale(heights, [top + HEIGHT, top], { count: 5 }),
        xLabel: "image gradients",
        yLabel: i % ROW === 0 ? "held-out NLL (nats per image)" : "",
        title: legName(leg, index),
        labelled: false,
        id: `nll-${index}`,
      });
    })
  }</svg></div>
  `;
}

/** What the figure shows, in words. */
export const NLL_CAPTION =
  "Mean −log p of the held-out images, of which the run never took a gradient (strong line with markers), " +
  "and the objective on each minibatch before its step (thin line, where it scatters by no more than the plot is high). A finer band has more " +
  "coefficients, so heights compare within a stage only.";
