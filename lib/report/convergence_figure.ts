import type { ComparisonSummary } from "../compare/summary.ts";
import type { TraceRecord } from "../trace.ts";
import { convergence, type DrawnCurve } from "./convergence.ts";
import { type Axis, methodCurve, seedOffsets } from "./curve.ts";
import { type Markup, markup } from "./markup.ts";
import type { Look } from "./palette.ts";

const AXIS_NAMES: Readonly<Record<Axis, string>> = {
  gradients: "image gradients",
  flop: "floating-point operations",
  seconds: "seconds",
};

/** One figure for each of the axes; a choice among them that needs no script. */
export function convergenceFigure(
  { summary, traces, looks, id, faint }: {
    summary: ComparisonSummary;
    traces: ReadonlyMap<string, readonly TraceRecord[]>;
    looks: readonly Look[];
    id: string;
    /** Whether the optimizers are the background, the baselines the subject. */
    faint: boolean;
  },
): Markup {
  const { problem, methods, seeds } = summary;
  const offsets = seedOffsets(problem, seeds.length);
  const known = problem.truthTest.filter((v) => v !== null);
  const truth = known.length > 0 ? known.reduce((a, b) => a + b) / known.length : null;
  return markup`<div class="choice"><span>along</span> ${
    (["gradients", "flop", "seconds"] as const).map((axis, i) => {
      const curves: DrawnCurve[] = methods.flatMap((method, m) => {
        const optimizer = method.kind === "optimizer";
        if (!faint && !optimizer) return [];
        const options = { axis, offsets };
        const curve = methodCurve(method, traces, options);
        return [{ ...curve, look: looks[m], faint: faint && optimizer }];
      });
      const description = `Held-out negative log likelihood of ${curves.length} methods against ${
        AXIS_NAMES[axis]
      }`;
      const name = `${id}-${axis}`;
      const plot = convergence(curves, { axis, truth, id: `${name}-plot`, description });
      const checked = i === 0 && markup` checked=""`;
      return markup`
        <input type="radio" name="${id}" id="${name}"${checked} />
        <label for="${name}">${AXIS_NAMES[axis]}</label>
        <div class="panel scroll">${plot}</div>
      `;
    })
  }</div>`;
}

/** What the figure of the runs shows, in words. */
export function convergenceCaption({ problem, seeds }: ComparisonSummary): string {
  const several = seeds.length > 1;
  const shifted = several && problem.truthTest.filter((v) => v !== null).length === seeds.length;
  return (several
    ? `Lines are the median over ${seeds.length} seeds, bands reach from the least to the most. `
    : "Lines are the one seed's runs. ") +
    (shifted
      ? "Every seed has its own held-out images; each is moved by the difference of its truth to the mean truth. "
      : "") +
    "The plot on the right is the dashed part of the left one; arrows at names point to ends beyond it. × marks " +
    "a run that diverged, ○ one that was interrupted. Operations and seconds are without measuring. Lines are " +
    "thinned to columns of two px, of which the first, least, most and last point are kept.";
}
