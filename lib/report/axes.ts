import { type Markup, markup } from "./markup.ts";
import type { Scale } from "./scale.ts";

/** The ground of a plot: grid, ticks with their labels, and what the axes are. */
export function axes(
  { x, y, xLabel, yLabel, title }: {
    x: Scale;
    y: Scale;
    xLabel: string;
    yLabel: string;
    title?: string;
  },
): Markup {
  const [left, right] = x.range, [bottom, top] = y.range;
  const px = (v: number) => Number(v.toFixed(1));
  return markup`
    <g
      class="axes">${
    y.ticks.map(({ value, label }) => {
      const at = px(y.at(value));
      return markup`
          <path class="grid" d="M${left} ${at}H${right}" />
          <text x="${left - 6}" y="${at + 4}" text-anchor="end">${label}</text>
        `;
    })
  }${
    x.ticks.map(({ value, label }) => {
      const at = px(x.at(value));
      if (label === null) {
        return markup`
            <path class="tick" d="M${at} ${bottom}v4" />
          `;
      }
      return markup`
          <path class="grid" d="M${at} ${bottom}V${top}" />
          <path class="tick" d="M${at} ${bottom}v6" />
          <text x="${at}" y="${bottom + 18}" text-anchor="middle">${label}</text>
        `;
    })
  }<path class="frame" d="M${left} ${top}V${bottom}H${right}"/><text class="label" x="${
    px(
      (left + right) / 2,
    )
  }" y="${bottom + 36}" text-anchor="middle">${xLabel}</text>${
    yLabel !== "" &&
    markup`
          <text class="label" transform="translate(${left - 46} ${
      px(
        (top + bottom) / 2,
      )
    }) rotate(-90)"
            text-anchor="middle">${yLabel}</text>
        `
  }${
    title !== undefined &&
    markup`<text class="title" x="${left}" y="${top - 10}">${title}</text>`
  }</g>
  `;
}
