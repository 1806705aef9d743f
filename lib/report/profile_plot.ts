import {
  gradientsTo,
  performanceProfiles,
  type ProfileStep,
  solvedBelow,
} from "../compare/profile.ts";
import type { ComparisonSummary } from "../compare/summary.ts";
import type { TraceRecord } from "../trace.ts";
import { axes } from "./axes.ts";
import { type Markup, markup } from "./markup.ts";
import type { Look } from "./palette.ts";
import { linePath, type Point, spread } from "./path.ts";
import { linearScale, logScale } from "./scale.ts";

/**
 * Image gradients that each method took to solve each seed, null where it did not: to come to within 5 %
 * of the way from the seed's highest first measurement to its best end.
 *
 * @returns [methods][seeds]
 */
export function costsToSolve(
  { methods, seeds }: ComparisonSummary,
  traces: ReadonlyMap<string, readonly TraceRecord[]>,
): (number | null)[][] {
  const costs = methods.map(() => new Array<number | null>(seeds.length).fill(null));
  seeds.forEach((_, seed) => {
    const lines = methods.map(({ runs }) => {
      const { trace, status } = runs[seed];
      return status === "missing" || trace === null ? [] : traces.get(trace) ?? [];
    });
    const first = lines.flatMap((trace) => trace.find(({ test }) => test !== null)?.test ?? []);
    const ends = methods.flatMap(({ runs }) =>
      runs[seed].status === "done" ? runs[seed].test ?? [] : []
    );
    if (first.length === 0 || ends.length === 0) return;
    const target = solvedBelow(Math.max(...first), Math.min(...ends));
    lines.forEach((trace, m) => costs[m][seed] = gradientsTo(trace, target) || null);
  });
  return costs;
}

const WIDTH = 760, HEIGHT = 300, TOP = 20, LEFT = 64, RIGHT = 560, LABEL = 15;

/** Px that lines on one another are set apart by. */
const APART = 1.6;

/**
 * Performance profiles, rho(tau) against tau on a logarithmic axis: how many of the problems a method
 * solved at no more than tau times the cost of the best.
 */
export function profilePlot(
  methods: readonly {
    readonly name: string;
    readonly look: Look;
    readonly steps: readonly ProfileStep[];
  }[],
  { description }: { description: string },
): Markup {
  const largest = Math.max(...methods.flatMap(({ steps }) => steps.map(({ factor }) => factor)), 1);
  const height = Math.max(HEIGHT, LABEL * methods.length), bottom = TOP + height;
  const x = logScale([1, Math.max(2, largest * 1.15)], [LEFT, RIGHT], {
    format: (v) => String(Number(v.toPrecision(2))),
  });
  const y = linearScale([0, 1.04], [bottom, TOP], { count: 5 });
  const lines = methods.map(({ name, look, steps }, i) => {
    const offset = (i - (methods.length - 1) / 2) * APART;
    const corners: Point[] = [];
    let share = 0;
    for (const step of steps) {
      corners.push([x.at(step.factor), y.at(share) + offset], [
        x.at(step.factor),
        y.at(step.share) + offset,
      ]);
      share = step.share;
    }
    corners.push([RIGHT, y.at(share) + offset]);
    if (steps.length === 0) corners.unshift([LEFT, y.at(0) + offset]);
    return { name, look, corners, end: y.at(share) + offset };
  });
  const places = spread(lines.map(({ end }) => end), { gap: LABEL, low: TOP, high: bottom });
  return markup`
    <svg class="plot narrow" viewBox="0 0 ${WIDTH} ${bottom + 46}" role="img"
      aria-label="${description}">${
    axes({
      x,
      y,
      xLabel: "image gradients, as a multiple of the best method's (τ)",
      yLabel: "share of seeds solved",
    })
  }${
    lines.map(({ name, look, corners, end }, i) => {
      const at = places[i].toFixed(1);
      return markup`
          <path class="line" fill="none" stroke="${look.colour}" stroke-width="2"${
        look.dash !== null && markup` stroke-dasharray="${look.dash}"`
      } d="${linePath(corners)}">
            <title>${name}</title>
          </path>
          <path class="leader" stroke="${look.colour}" d="${
        linePath([[RIGHT, end], [
          RIGHT + 4,
          end,
        ], [RIGHT + 20, places[i]]])
      }" />
          <path d="${look.marker}" fill="${look.colour}" transform="translate(${
        RIGHT +
        27
      } ${at})" />
          <text x="${RIGHT + 36}" y="${(places[i] + 4).toFixed(1)}">${name}</text>
        `;
    })
  }</svg>
  `;
}

/** What the figure shows, in words. */
export const PROFILE_CAPTION =
  "A seed counts as solved at the first measurement that is within 5 % of the way from its highest first " +
  "measurement to its best end. A line that begins further left and ends higher is better; lines on one " +
  "another are set apart.";

/** The figure of a comparison. */
export function profileFigure(
  summary: ComparisonSummary,
  traces: ReadonlyMap<string, readonly TraceRecord[]>,
  looks: readonly Look[],
): Markup {
  const costs = costsToSolve(summary, traces), profiles = performanceProfiles(costs);
  if (costs.every((row) => row.every((cost) => cost === null))) {
    return markup`<p class="gap">No seed has been solved yet.</p>`;
  }
  const methods = summary.methods.map(({ name }, m) => ({
    name,
    look: looks[m],
    steps: profiles[m],
  }));
  return profilePlot(methods, { description: "Performance profiles of all methods" });
}
