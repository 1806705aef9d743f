/**
 * Measurements as lines, and what other tools make of them. All quantities are better when smaller.
 *
 * @module
 */
import { confidence95, mean } from "../lib/compare/statistics.ts";
import type { ComparisonSummary, RunSummary } from "../lib/compare/summary.ts";

/** Where measurements were taken. */
export interface Place {
  /** Short hash; "+" behind it if files had changed. */
  readonly commit: string;
  /** Of the commit, ISO 8601. */
  readonly date: string;
  /** Processor or backend, cores, system, runtime, in words. */
  readonly machine: string;
}

/** A line of history.jsonl. */
export interface Measurement extends Place {
  /** What was worked on: "paper-synthetic-small, 2000 images, paper", "optimizers_bench.ts". */
  readonly problem: string;
  /** What did the work: an optimizer, a kernel. */
  readonly subject: string;
  /** "held-out NLL" */
  readonly quantity: string;
  /** "nats" */
  readonly unit: string;
  readonly value: number;
  /** 95 % interval over seeds; of repetitions the least and the 99th percentile. */
  readonly lower?: number;
  readonly upper?: number;
}

/** What `deno bench --json` writes, as far as it is read. */
export interface BenchOutput {
  readonly version: number;
  readonly runtime: string;
  readonly cpu: string;
  readonly benches: readonly {
    readonly origin: string;
    readonly name: string;
    readonly results: readonly {
      readonly ok?: { readonly min: number; readonly p75: number; readonly p99: number };
    }[];
  }[];
}

/**
 * Measurements of `deno bench --json`, ns an iteration: what three of four iterations stay below, as a
 * few that were disturbed would move the mean.
 */
export function fromBench({ version, cpu, benches }: BenchOutput, place: Place): Measurement[] {
  if (version !== 1) {
    throw new SyntaxError(`Cannot read the benchmarks: version ${version}, wanted 1`);
  }
  return benches.flatMap(({ origin, name, results }) =>
    results.map(({ ok }) => {
      if (!ok) throw new RangeError(`Cannot track ${name}: it failed, wanted a time`);
      return {
        ...place,
        machine: `${cpu}, ${place.machine}`,
        problem: origin.replace(/^.*\//, ""),
        subject: name,
        quantity: "time",
        unit: "ns",
        value: ok.p75,
        lower: ok.min,
        upper: ok.p99,
      };
    })
  );
}

/** What is kept of a run; a correlation as what it lacks of 1. */
const QUANTITIES: Readonly<
  Record<string, { unit: string; of: (run: RunSummary) => number | null }>
> = {
  "held-out NLL": { unit: "nats", of: ({ test }) => test },
  "FSC 0.5": { unit: "A", of: ({ resolution }) => resolution },
  "1 - correlation": {
    unit: "1",
    of: ({ correlation }) => correlation === null ? null : 1 - correlation,
  },
  "seconds": { unit: "s", of: ({ seconds }) => seconds },
  "overhead": { unit: "1", of: ({ overhead }) => overhead },
};

/**
 * Measurements of a comparison: means over the seeds that ended, and the share of seeds that did not end
 * well, "failed".
 */
export function fromSummary(
  { problem: { name, count }, setting, budget, backend, methods }: ComparisonSummary,
  { machine, ...commit }: Place,
): Measurement[] {
  const place = { ...commit, machine: `${backend}, ${machine}` };
  const amount = budget.unit === "evals" ? `${budget.amount} gradients` : `${budget.amount} s`;
  const problem = `${name}, ${count} images, ${setting}, ${amount}`;
  return methods.flatMap(({ name: subject, runs }) => {
    const begun = runs.filter(({ status }) => status === "done" || status === "diverged");
    const done = begun.filter(({ status }) => status === "done");
    if (begun.length === 0) return [];
    const failed = {
      ...place,
      problem,
      subject,
      quantity: "failed",
      unit: "1",
      value: 1 - done.length / begun.length,
    };
    const measured = Object.entries(QUANTITIES).flatMap(([quantity, { unit, of }]) => {
      const values = done.map(of).filter((value) => value !== null && Number.isFinite(value));
      if (values.length === 0) return [];
      const numbers = values as number[], value = mean(numbers), noise = confidence95(numbers);
      return {
        ...place,
        problem,
        subject,
        quantity,
        unit,
        value,
        ...values.length > 1 && { lower: value - noise, upper: value + noise },
      };
    });
    return [...measured, failed];
  });
}

/** What may be there only once. */
const keyOf = ({ commit, machine, problem, subject, quantity }: Measurement) =>
  JSON.stringify([commit, machine, problem, subject, quantity]);

/** History with new lines at its end; a line of the same commit, machine, problem and quantity goes. */
export function appended(
  history: readonly Measurement[],
  fresh: readonly Measurement[],
): Measurement[] {
  const latest = new Map(fresh.map((line) => [keyOf(line), line]));
  return [...history.filter((line) => !latest.has(keyOf(line))), ...latest.values()];
}

/** Lines of JSON. */
export function parseHistory(text: string, name: string): Measurement[] {
  return text.split("\n").filter(Boolean).map((line, i) => {
    try {
      return JSON.parse(line);
    } catch (error) {
      throw new SyntaxError(
        `Cannot read ${name}: line ${i + 1}, ${(error as Error).message}, wanted a line of JSON`,
      );
    }
  });
}

/** A measure as Bencher names it: "held-out-nll". */
const slug = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

/**
 * Bencher Metric Format: benchmark name -> measure -> value and its bounds. A time is Bencher's own
 * measure `latency`, in ns.
 */
export function toBencher(
  lines: readonly Measurement[],
): Record<string, Record<string, { value: number; lower_value?: number; upper_value?: number }>> {
  const out: ReturnType<typeof toBencher> = {};
  for (const { problem, subject, quantity, value, lower, upper } of lines) {
    const benchmark = out[`${problem}: ${subject}`] ??= {};
    benchmark[quantity === "time" ? "latency" : slug(quantity)] = {
      value,
      ...lower !== undefined && { lower_value: lower },
      ...upper !== undefined && { upper_value: upper },
    };
  }
  return out;
}

/** Input of github-action-benchmark with `tool: customSmallerIsBetter`. */
export function toGitHub(
  lines: readonly Measurement[],
): { name: string; unit: string; value: number; range?: string; extra: string }[] {
  return lines.map(({ problem, subject, quantity, unit, value, lower, upper, machine }) => ({
    name: `${problem}: ${subject}: ${quantity}`,
    unit,
    value,
    ...lower !== undefined && upper !== undefined && {
      range: `${Number(lower.toPrecision(6))} .. ${Number(upper.toPrecision(6))}`,
    },
    extra: machine,
  }));
}
