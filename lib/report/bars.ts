import { axes } from "./axes.ts";
import { type Markup, markup } from "./markup.ts";
import { linearScale, type Scale } from "./scale.ts";

/** Px. */
const WIDTH = 560, LEFT = 64, RIGHT = 548, TOP = 20, HEIGHT = 190;

/**
 * How many of some values lie in each of equal steps of an axis.
 *
 * @param scale makes the axis over px; its domain is divided
 */
export function plotHistogram(
  values: readonly number[],
  { scale, bins = 30, xLabel, yLabel, description }: {
    scale: (range: readonly [number, number]) => Scale;
    bins?: number;
    xLabel: string;
    yLabel: string;
    description: string;
  },
): Markup {
  const x = scale([LEFT, RIGHT]), bottom = TOP + HEIGHT, width = (RIGHT - LEFT) / bins;
  const counts = new Uint32Array(bins);
  for (const value of values) {
    const bin = Math.floor((x.at(value) - LEFT) / width);
    counts[Math.min(bins - 1, Math.max(0, bin))]++;
  }
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const y = linearScale([0, most * 1.05], [bottom, TOP], { count: 4 });
  const px = (v: number) => Number(v.toFixed(1));
  return markup`
    <svg class="plot small" viewBox="0 0 ${WIDTH} ${bottom + 46}" role="img"
      aria-label="${description}">${axes({ x, y, xLabel, yLabel })}<g class="bars">${
    Array.from(counts, (count, i) =>
      count > 0 && markup`
        <rect x="${px(LEFT + i * width + 0.5)}" y="${px(y.at(count))}" width="${px(width - 1)}"
          height="${px(bottom - y.at(count))}"><title>${count}</title></rect>
      `)
  }</g></svg>
  `;
}
