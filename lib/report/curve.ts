import { median } from "../compare/statistics.ts";
import type { MethodSummary, ProblemSummary, RunSummary } from "../compare/summary.ts";
import type { TraceRecord } from "../trace.ts";

/** What the measurements of a run are laid out along. */
export type Axis = "gradients" | "flop" | "seconds";

/** What a run had spent when it was measured, and what was measured; lists of one length. */
export interface Track {
  /** Image gradients, rising. */
  readonly gradients: readonly number[];
  /** Cost on the axis, rising. */
  readonly cost: readonly number[];
  /** Held-out -log p, nats an image. */
  readonly test: readonly number[];
}

/** Median over the seeds, and how far they reach. */
export interface Curve {
  /** Cost on the axis, rising. */
  readonly cost: readonly number[];
  readonly median: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Where a run ended. */
export interface End {
  readonly run: RunSummary;
  readonly cost: number;
  readonly test: number;
}

/** A method as a figure shows it. */
export interface MethodCurve {
  readonly method: MethodSummary;
  /** Null if no run has two measurements: its ends are all there is. */
  readonly curve: Curve | null;
  /** One a run that was measured at all. */
  readonly ends: readonly End[];
}

/**
 * What to add to the measurements of each seed so that seeds can be compared: every seed has held-out
 * images of its own, and their noise moves all methods alike, as it moves the truth. So each is given the
 * mean truth in place of its own; 0 if the truth is not known.
 */
export function seedOffsets({ truthTest }: ProblemSummary, seeds: number): number[] {
  const known = truthTest.filter((v) => v !== null);
  if (known.length < seeds || seeds === 0) return new Array(seeds).fill(0);
  const mean = known.reduce((a, b) => a + b) / known.length;
  return known.map((v) => mean - v);
}

/**
 * The measurements of a trace, along a cost without that of measuring: what the last line of a trace has
 * beyond the summary of its run is taken off in equal parts, one a measurement. Operations are spread over
 * those of the run in proportion to 2 gradients + forwards, passes of an image.
 */
export function trackOf(
  trace: readonly TraceRecord[],
  run: RunSummary,
  { axis, offset }: { axis: Axis; offset: number },
): Track {
  const last = trace.at(-1), all = trace.filter(({ test }) => test !== null).length;
  const excess = (of: "forwards" | "seconds") =>
    last && all > 0 ? Math.max(0, last[of] - run[of]) / all : 0;
  const forwardsEach = excess("forwards"), secondsEach = excess("seconds");
  const passes = 2 * run.gradients + run.forwards;
  const track = { gradients: [] as number[], cost: [] as number[], test: [] as number[] };
  let measured = 0;
  for (const { gradients, forwards, seconds, test } of trace) {
    if (test === null) continue;
    measured++;
    const cost = {
      gradients,
      seconds: seconds - measured * secondsEach,
      flop: run.flop * (2 * gradients + forwards - measured * forwardsEach) / passes,
    }[axis];
    if (!(cost > 0) || !Number.isFinite(test)) continue;
    track.gradients.push(gradients);
    track.cost.push(cost);
    track.test.push(test + offset);
  }
  return track;
}

/** Linear interpolation at rising places x, NaN beyond the ends. */
function interpolate(
  x: readonly number[],
  y: readonly number[],
  at: readonly number[],
): Float64Array {
  let i = 0;
  return Float64Array.from(at, (place) => {
    while (i < x.length - 1 && x[i + 1] <= place) i++;
    if (place === x[i]) return y[i];
    if (place < x[i] || i === x.length - 1) return NaN;
    return y[i] + (place - x[i]) / (x[i + 1] - x[i]) * (y[i + 1] - y[i]);
  });
}

/**
 * The median of several runs, least and most: of the measurements at equal numbers of image gradients,
 * between measurements by interpolation, over the runs that have got so far. The cost there is the median
 * of theirs, which for the axis of gradients is that number.
 */
export function combine(tracks: readonly Track[]): Curve | null {
  const begun = tracks.filter(({ test }) => test.length > 1);
  const places = [...new Set(begun.flatMap(({ gradients }) => gradients))].sort((a, b) => a - b);
  if (places.length < 2) return null;
  const tests = begun.map((t) => interpolate(t.gradients, t.test, places));
  const costs = begun.map((t) => interpolate(t.gradients, t.cost, places));
  const cost: number[] = [], middle: number[] = [], low: number[] = [], high: number[] = [];
  places.forEach((_, i) => {
    const there = tests.map((t) => t[i]).filter((v) => !Number.isNaN(v));
    if (there.length === 0) return;
    const spent = median(costs.map((c) => c[i]).filter((v) => !Number.isNaN(v)));
    cost.push(Math.max(spent, cost.at(-1) ?? 0));
    middle.push(median(there));
    low.push(Math.min(...there));
    high.push(Math.max(...there));
  });
  return { cost, median: middle, low, high };
}

/** A method along an axis. */
export function methodCurve(
  method: MethodSummary,
  traces: ReadonlyMap<string, readonly TraceRecord[]>,
  { axis, offsets }: { axis: Axis; offsets: readonly number[] },
): MethodCurve {
  const tracks: Track[] = [], ends: End[] = [];
  method.runs.forEach((run, seed) => {
    const offset = offsets[seed] ?? 0;
    const trace = run.trace === null ? undefined : traces.get(run.trace);
    const track = trackOf(trace ?? [], run, { axis, offset });
    tracks.push(track);
    const cost = track.cost.at(-1) ?? run[axis],
      test = track.test.at(-1) ??
        (run.test === null ? NaN : run.test + offset);
    if (cost > 0 && Number.isFinite(test)) ends.push({ run, cost, test });
  });
  return { method, curve: combine(tracks), ends };
}
