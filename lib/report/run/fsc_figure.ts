import { type Markup, markup } from "../markup.ts";
import { lookOf } from "../palette.ts";
import type { Point } from "../path.ts";
import { plotLines, type PlottedLine, type PlottedRule } from "../line_plot.ts";
import { linearScale } from "../scale.ts";
import type { RunData } from "./run_data.ts";

/** Px. */
const WIDTH = 760, LEFT = 64, RIGHT = 560, TOP = 20, HEIGHT = 280;
/** Å at which there are ticks. */
const ROUND = [500, 200, 100, 50, 40, 30, 25, 20, 15, 12, 10, 8, 7, 6, 5, 4, 3.5, 3, 2.5, 2];
/** Px between ticks at least. */
const APART = 34;

/** The curves there are. */
function curvesOf({ facts: { halves }, truthFSC }: RunData): PlottedLine[] {
  const line = (name: string, curve: readonly number[], i: number): PlottedLine => ({
    name,
    look: lookOf(i),
    points: curve.map((v, shell): Point => [shell, v]),
  });
  return [
    ...halves ? [line("half maps", halves.fsc, 0)] : [],
    ...halves && halves.corrected.length > 0
      ? [{ ...line("half maps, corrected", halves.corrected, 1), dotted: true }]
      : [],
    ...truthFSC ? [line("known density", truthFSC, 2)] : [],
  ];
}

/**
 * Fourier shell correlations over spatial frequency, ticks at round resolutions. Without a curve it says
 * why: one run alone cannot tell how far its map is right.
 *
 * @param radius r of the band, Fourier pixels
 */
export function fscFigure(data: RunData, radius: number | null): Markup {
  const { facts: { boxSize, pixelSize } } = data, curves = curvesOf(data);
  if (curves.length === 0 || boxSize === null || pixelSize === null) {
    return markup`
      <p class="gap">No half maps were made and no density is known to compare with, so nothing here says how far the
      map is right. The band says only how far the images were looked at.</p>
    `;
  }
  const shells = Math.max(...curves.map(({ points }) => points.length)) - 1;
  const range = [LEFT, RIGHT] as const, bottom = TOP + HEIGHT;
  const plain = linearScale([0, shells], range);
  const ticks: { value: number; label: string | null }[] = [];
  for (const resolution of ROUND) {
    const value = boxSize * pixelSize / resolution;
    if (value > shells) break;
    const last = ticks.at(-1), near = last && plain.at(value) - plain.at(last.value) < APART;
    if (!near) ticks.push({ value, label: String(resolution) });
  }
  const rules: PlottedRule[] = [
    ...data.facts.halves ? [{ axis: "y" as const, at: 0.143, name: "0.143" }] : [],
    ...data.truthFSC ? [{ axis: "y" as const, at: 0.5, name: "0.5" }] : [],
    ...data.facts.halves?.startResolution
      ? [{
        axis: "x" as const,
        at: boxSize * pixelSize / data.facts.halves.startResolution,
        name: "begun alike",
        side: "left" as const,
      }]
      : [],
    ...radius !== null && radius < shells
      ? [{ axis: "x" as const, at: radius, name: "end of the band" }]
      : [],
  ];
  return markup`
    <div class="scroll"><svg class="plot narrow" viewBox="0 0 ${WIDTH} ${bottom + 46}" role="img"
      aria-label="Fourier shell correlation of ${curves.map(({ name }) => name).join(", ")}">${
    plotLines(curves, {
      x: { ...plain, ticks },
      y: linearScale([
        Math.min(
          -0.1,
          ...curves.flatMap(({ points }) => points.map((p) => p[1])),
        ),
        1.02,
      ], [
        bottom,
        TOP,
      ], { count: 6 }),
      xLabel: "resolution (Å)",
      yLabel: "FSC",
      rules,
      id: "fsc",
    })
  }</svg></div>
  `;
}

/** What the curves are, in words. */
export function fscCaption({ facts: { halves }, truthFSC }: RunData): string {
  return [
    ...halves
      ? [
        "Half maps come from two halves of the images; where phases beyond a shell are made random first, what is " +
        "left is the mask's own and is taken off (corrected)." +
        (halves.startResolution
          ? " Left of “begun alike” they agree because they have the same start."
          : ""),
      ]
      : [],
    ...truthFSC
      ? [
        "The map was laid on the known density, turned, moved and if need be mirrored (aligned.mrc).",
      ]
      : [],
    ...!halves && truthFSC ? ["No half maps were made."] : [],
  ].join(" ");
}
