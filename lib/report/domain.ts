import { median } from "../compare/statistics.ts";
import type { MethodCurve } from "./curve.ts";

/** Where a method stands at the end: the median over the runs that came to it, else over all. */
export function standing(curve: MethodCurve): { cost: number; test: number; done: boolean } | null {
  const done = curve.ends.filter(({ run }) => run.status === "done");
  const ends = done.length > 0 ? done : curve.ends;
  if (ends.length === 0) return null;
  return {
    cost: median(ends.map(({ cost }) => cost)),
    test: median(ends.map(({ test }) => test)),
    done: done.length > 0,
  };
}

/** From low to high with a margin; not empty. */
function padded(low: number, high: number, margin: number): [number, number] {
  const pad = Math.max(high - low, 1e-3 * Math.abs(high), 1e-6) * margin;
  return [low - pad, high + pad];
}

/**
 * What the whole plot shows. Its top is the highest first measurement or end of a run that was done, so
 * that a run that diverges leaves through the top instead of flattening all others.
 */
export function wholeDomain(curves: readonly MethodCurve[], truth: number | null) {
  const stands = curves.map(standing).filter((s) => s !== null);
  const done = stands.filter((s) => s.done);
  const shown = curves.filter((c) => c.curve !== null);
  const heights = [
    ...(done.length > 0 ? done : stands).map((s) => s.test),
    ...shown.map((c) => c.curve!.median[0]),
    ...truth === null ? [] : [truth],
  ];
  const lows = shown.filter((c) => standing(c)?.done).map((c) =>
    c.curve!.low.reduce((a, b) => Math.min(a, b))
  );
  const costs = [
    ...stands.map((s) => s.cost),
    ...shown.flatMap((c) => [c.curve!.cost[0], c.curve!.cost.at(-1)!]),
  ];
  const last = Math.max(...costs);
  return {
    x: [Math.min(...costs, last / 2), last] as const,
    y: padded(Math.min(...heights, ...lows), Math.max(...heights), 0.04),
  };
}

/** Nats an image that ends are apart at most, Punjani & Brubaker found (Sec. 4). */
const WITHIN = 2;

/**
 * What the plot of the end shows: the last half of the cost of the method that ended first, and heights
 * from the best end to the worst one that is within two nats of it, or three times as far as the middle
 * one. The truth is in it if it is no further below than the picture is high.
 */
export function zoomDomain(curves: readonly MethodCurve[], truth: number | null) {
  const stands = curves.map(standing).filter((s) => s !== null);
  const done = stands.some((s) => s.done) ? stands.filter((s) => s.done) : stands;
  const tests = done.map((s) => s.test), best = Math.min(...tests);
  const reach = Math.max(3 * (median(tests) - best), WITHIN);
  const worst = Math.max(...tests.filter((t) => t <= best + reach));
  const height = Math.max(worst - best, WITHIN / 4);
  const low = truth !== null && truth < best && truth > best - height ? truth : best;
  const last = Math.max(...stands.map((s) => s.cost));
  const first = Math.max(Math.min(...done.map((s) => s.cost)), last / 100) / 2;
  return { x: [first, last] as const, y: padded(low, worst + 0.25 * height, 0.06) };
}
