import type { ComparisonSummary, MethodSummary, RunSummary } from "../../lib/compare/summary.ts";
import { createRandom } from "../../lib/random.ts";
import type { ReportData } from "../../lib/report/report.ts";
import type { TraceRecord } from "../../lib/trace.ts";
import { createVolume, type Volume } from "../../lib/volume.ts";

/** A method to be made up. */
export interface MadeUpMethod {
  readonly name: string;
  readonly kind?: MethodSummary["kind"];
  /** Of each seed; default done. */
  readonly status?: readonly RunSummary["status"][];
  /** Nats above the truth that it comes down to. */
  readonly above?: number;
  /** Image gradients over which it comes down by a factor of e. */
  readonly pace?: number;
  /** Whether it leaves traces; default true. */
  readonly traced?: boolean;
}

/** A ball of density 1 beside a smaller one, [N, N, N]. */
export function madeUpMap(boxSize: number, second = 1): Volume {
  const map = createVolume({ boxSize, pixelSize: 5 }), half = boxSize / 2;
  for (let z = 0, i = 0; z < boxSize; z++) {
    for (let y = 0; y < boxSize; y++) {
      for (let x = 0; x < boxSize; x++, i++) {
        const large = Math.hypot(x - half + boxSize / 10, y - half, z - half) / boxSize;
        const small = Math.hypot(x - half - boxSize / 5, y - half, z - half) / boxSize;
        map.voxels[i] = 1 / (1 + Math.exp(60 * (large - 0.2))) +
          second / (1 + Math.exp(60 * (small - 0.1)));
      }
    }
  }
  return map;
}

/**
 * A comparison in which the held-out -log p of every method falls exponentially from 80 to so much above
 * a truth at 55 + seed / 2, with some noise; what diverges does so half way, by tenfold steps.
 */
export function madeUpComparison(
  methods: readonly MadeUpMethod[],
  { seeds = 3, lines = 100, boxSize = 32, known = true, random = createRandom(7, "made up") } = {},
): { summary: ComparisonSummary; data: ReportData } {
  const traces = new Map<string, TraceRecord[]>(), maps = new Map<string, Volume>();
  const truthTest = Array.from({ length: seeds }, (_, seed) => known ? 55 + seed / 2 : null);
  const batch = 100, heldOut = 100;
  const made = methods.map((method, m): MethodSummary => {
    const { name, kind = "optimizer", above = 0.3 + 0.1 * m, pace = 3000, traced = true } = method;
    const runs = Array.from({ length: seeds }, (_, seed): RunSummary => {
      const status = method.status?.[seed] ?? "done";
      const iterations =
        { done: lines, diverged: lines / 2, interrupted: lines / 3, missing: 0 }[status];
      const trace: TraceRecord[] = [];
      let test = NaN;
      for (let t = 0; t < iterations; t++) {
        const gradients = batch * (t + 1);
        test = 55 + seed / 2 + above + (25 - above) * Math.exp(-gradients / pace) +
          0.05 * random.normal();
        if (status === "diverged" && t > iterations - 5) test *= 10 ** (t - iterations + 5);
        trace.push({
          t,
          gradients,
          forwards: heldOut * (t + 1),
          seconds: (t + 1) * 0.01 * (1 + 0.1 * m),
          radius: 6.4,
          train: test - 1,
          test,
          step: 0.01,
          hyperparameters: { learningRate: 1 },
        });
      }
      const path = `${m}/${seed}/trace.jsonl`,
        kept = [10, 40, lines].filter((n) => n <= iterations);
      if (traced && iterations > 0) traces.set(path, trace);
      const files = kept.map((n) => ({ gradients: batch * n, file: `${m}/${seed}/map_${n}.mrc` }));
      for (const { gradients, file } of files) {
        maps.set(file, madeUpMap(boxSize, gradients / (batch * lines)));
      }
      const ended = status === "done";
      return {
        seed,
        status,
        reason: status === "diverged" ? "iteration 49 gave f = NaN" : null,
        iterations,
        gradients: batch * iterations,
        forwards: 0,
        flop: 3.3e6 * batch * iterations,
        seconds: iterations * 0.01 * (1 + 0.1 * m),
        overhead: ended ? 0.04 : null,
        test: ended ? test : null,
        resolution: ended && known ? 40 + above : null,
        correlation: ended && known ? 0.9 - above / 100 : null,
        trace: traced && iterations > 0 ? path : null,
        maps: files,
      };
    });
    return {
      name,
      kind,
      hyperparameters: { learningRate: "0.6 (1 + 0.01 t)^-0.75", momentum: "0.9" },
      tuning: kind !== "optimizer" ? null : {
        parameter: "learningRate",
        gradients: 6000,
        candidates: [0.3, 1, 3, 10].map((value, i) => ({ value, test: i === 3 ? null : 58 - i })),
        chosen: 3,
        atEdge: m === 1,
      },
      stateBytes: 32000 * m,
      runs,
    };
  });
  return {
    summary: {
      version: 1,
      vitreous: "0.1.0",
      problem: {
        name: "made-up",
        count: 2000,
        heldOut,
        boxSize,
        pixelSize: 5,
        radius: 6.4,
        points: 25960,
        snr: 0.05,
        truth: known ? "truth.mrc" : null,
        truthTest,
      },
      setting: "paper",
      budget: { unit: "evals", amount: batch * lines, epochs: 10 },
      seeds: Array.from({ length: seeds }, (_, seed) => seed),
      backend: "cpu: 2 threads, relaxed SIMD",
      methods: made,
    },
    data: { traces, maps, truth: known ? madeUpMap(boxSize) : null },
  };
}
