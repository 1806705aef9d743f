import type { TraceRecord } from "../../trace.ts";
import type { RunFacts } from "./facts.ts";

/** A stage of a run as far as it has come. */
export interface Leg {
  /** r, Fourier pixels. */
  readonly radius: number;
  /** A, where the box is known. */
  readonly resolution: number | null;
  readonly records: readonly TraceRecord[];
}

/** A run's trace by stages: within one all records have the same band. */
export function legsOf(trace: readonly TraceRecord[], facts: RunFacts): Leg[] {
  const { boxSize, pixelSize } = facts, legs: Leg[] = [];
  for (let from = 0; from < trace.length;) {
    const { radius } = trace[from];
    let to = from;
    while (to < trace.length && trace[to].radius === radius) to++;
    legs.push({
      radius,
      resolution: boxSize !== null && pixelSize !== null ? boxSize * pixelSize / radius : null,
      records: trace.slice(from, to),
    });
    from = to;
  }
  return legs;
}

/** What a leg is called: "stage 2, to 32 Å". */
export function legName({ radius, resolution }: Leg, index: number): string {
  const depth = resolution === null
    ? `${Number(radius.toPrecision(3))} Fourier px`
    : `${resolution < 20 ? resolution.toFixed(1) : resolution.toFixed(0)} Å`;
  return `stage ${index + 1}, to ${depth}`;
}

/** How much of a run is done. */
export interface Headway {
  readonly iterations: number;
  readonly ofIterations: number;
  /** 0 to 1, by operations: stages differ in cost a hundredfold. */
  readonly share: number;
  /** Seconds of iterations that are left, at the speed of the last ones. */
  readonly secondsLeft: number | null;
}

/** Records that the speed is taken from. */
const RECENT = 30;

/**
 * How far a run has come: an iteration costs as much as images x poses x coefficients, the last of which
 * grow as the square of the radius. Null where run.json does not say how many iterations there will be.
 */
export function headwayOf(trace: readonly TraceRecord[], { stages }: RunFacts): Headway | null {
  const costs = stages.map(({ resolution, batchSize, quadraturePoints }) =>
    (batchSize ?? NaN) * (quadraturePoints ?? NaN) / (resolution ?? NaN) ** 2
  );
  const counts = stages.map(({ iterations }) => iterations ?? NaN);
  const whole = counts.reduce((sum, n, i) => sum + n * costs[i], 0);
  if (stages.length === 0 || !(whole > 0)) return null;
  const doneAt = (iterations: number) => {
    let left = iterations, sum = 0;
    for (let i = 0; i < counts.length && left > 0; left -= counts[i++]) {
      sum += Math.min(left, counts[i]) * costs[i];
    }
    return sum / whole;
  };
  const last = trace.at(-1), share = last ? doneAt(last.t + 1) : 0;
  const before = trace.at(-1 - Math.min(RECENT, trace.length - 1));
  const speed = last && before && last.t > before.t
    ? (share - doneAt(before.t + 1)) / (last.seconds - before.seconds)
    : 0;
  return {
    iterations: last ? last.t + 1 : 0,
    ofIterations: counts.reduce((a, b) => a + b, 0),
    share,
    secondsLeft: speed > 0 ? (1 - share) / speed : null,
  };
}
