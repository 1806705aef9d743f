import type { TraceRecord } from "../../trace.ts";
import { type Markup, markup } from "../markup.ts";
import { lookOf } from "../palette.ts";
import type { Point } from "../path.ts";
import { plotLines } from "../line_plot.ts";
import { shortCount } from "../quantity.ts";
import { linearScale, logScale } from "../scale.ts";

/** Px of a picture, and of the plots in one row of it. */
const WIDTH = 1120, ROW = 3, TOP = 34, HEIGHT = 130, BELOW = 52, LEFT = 66, RIGHT = 24, GAP = 84;
/** Largest over smallest from which an axis is logarithmic. */
const LOGARITHMIC = 20;

const NAMES: Readonly<Record<string, string>> = {
  learningRate: "learning rate",
  temperature: "temperature",
  momentum: "momentum",
  step: "step, |ΔV| / |V|",
  radius: "band (Fourier px)",
};

/** Everything that was set for each iteration or came of it, by name. */
function coursesOf(trace: readonly TraceRecord[]): { name: string; points: Point[] }[] {
  const names = [...new Set(trace.flatMap(({ hyperparameters }) => Object.keys(hyperparameters)))];
  const course = (name: string, value: (record: TraceRecord) => number | undefined) => ({
    name: NAMES[name] ?? name,
    points: trace.flatMap((record): Point[] => {
      const v = value(record);
      return typeof v === "number" && Number.isFinite(v) ? [[record.gradients, v]] : [];
    }),
  });
  return [
    ...names.map((name) => course(name, ({ hyperparameters }) => hyperparameters[name])),
    course("step", ({ step }) => step),
    course("radius", ({ radius }) => radius),
  ].filter(({ points }) => points.length > 1);
}

function scaleOf(values: readonly number[], range: readonly [number, number]) {
  const low = values.reduce((a, b) => Math.min(a, b)),
    high = values.reduce((a, b) => Math.max(a, b));
  const format = (v: number) => String(Number(v.toPrecision(3)));
  if (low > 0 && high > LOGARITHMIC * low) {
    return logScale([low / 1.2, high * 1.2], range, { format });
  }
  return linearScale([Math.min(0, low), Math.max(high * 1.1, low + 1e-6)], range, { count: 4 });
}

/** The numbers of a run over image gradients, a small plot each. */
export function scheduleFigure(trace: readonly TraceRecord[]): Markup {
  const courses = coursesOf(trace);
  if (courses.length === 0) return markup`<p class="gap">Fewer than two iterations are done.</p>`;
  const rows = Math.ceil(courses.length / ROW),
    plot = (WIDTH - LEFT - RIGHT - (ROW - 1) * GAP) / ROW;
  const last = trace.at(-1)!.gradients;
  return markup`
    <div class="scroll"><svg class="plot" viewBox="0 0 ${WIDTH} ${
    rows * (TOP + HEIGHT + BELOW)
  }" role="img"
      aria-label="${
    courses.map(({ name, points }) =>
      `${name}: from ${Number(points[0][1].toPrecision(3))} to ${
        Number(points.at(-1)![1].toPrecision(3))
      }`
    ).join("; ")
  }">${
    courses.map(({ name, points }, i) => {
      const left = LEFT + i % ROW * (plot + GAP);
      const top = TOP + Math.floor(i / ROW) * (TOP + HEIGHT + BELOW);
      const x = linearScale([0, last], [left, left + plot], { count: 4 });
      return plotLines([{ name, look: lookOf(i), points }], {
        x: { ...x, ticks: x.ticks.map(({ value }) => ({ value, label: shortCount(value) })) },
        y: scaleOf(points.map(([, v]) => v), [top + HEIGHT, top]),
        xLabel: Math.floor(i / ROW) === rows - 1 || i + ROW >= courses.length
          ? "image gradients"
          : "",
        yLabel: "",
        title: name,
        labelled: false,
        id: `schedule-${i}`,
      });
    })
  }</svg></div>
  `;
}
