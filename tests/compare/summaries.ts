import { missingRun } from "../../lib/compare/summarize.ts";
import type { ComparisonSummary, RunSummary } from "../../lib/compare/summary.ts";

/** A summary with some runs of some methods, by name; what is not given is as of a run not begun. */
export function summaryOf(
  methods: Record<string, Partial<RunSummary>[]>,
  { truth = "truth.mrc" }: { truth?: string | null } = {},
): ComparisonSummary {
  const seeds = Object.values(methods)[0].map((_, seed) => seed);
  return {
    version: 1,
    vitreous: "0",
    problem: {
      name: "p",
      count: 300,
      heldOut: 50,
      boxSize: 64,
      pixelSize: 5,
      radius: 6.4,
      points: 1000,
      snr: null,
      truth,
      truthTest: seeds.map(() => null),
    },
    setting: "paper",
    budget: { unit: "evals", amount: 1000, epochs: 4 },
    seeds,
    backend: "cpu",
    methods: Object.entries(methods).map(([name, runs]) => ({
      name,
      kind: "optimizer",
      hyperparameters: { learningRate: "2 (1 + 0.01 t)^-0.75" },
      tuning: null,
      stateBytes: 1200,
      runs: runs.map((run, seed) => ({ ...missingRun(seed), ...run })),
    })),
  };
}

/** A run that is done. */
export const done = (test: number, resolution: number | null = null): Partial<RunSummary> => ({
  status: "done",
  test,
  resolution,
  gradients: 1000,
  seconds: 2,
});
