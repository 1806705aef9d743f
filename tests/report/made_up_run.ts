import type { Pose } from "../../lib/particles.ts";
import { createRandom } from "../../lib/random.ts";
import { factsOf } from "../../lib/report/run/facts.ts";
import type { RunData } from "../../lib/report/run/run_data.ts";
import type { TraceRecord } from "../../lib/trace.ts";
import { madeUpMap } from "./made_up.ts";

/** Bands of the stages, Fourier px, and poses summed over in each. */
const RADII = [6.4, 10, 12.8], POINTS = [26_000, 93_000, 198_000];

/** A trace of three stages of equal length; the held-out -log p falls by 5 nats in each. */
export function madeUpTrace(iterations: number): TraceRecord[] {
  const random = createRandom(3, "trace"), third = Math.ceil(iterations / 3);
  return Array.from({ length: iterations }, (_, t) => {
    const stage = Math.floor(t / third), within = t % third;
    const nll = 50 * (stage + 1) + 5 * Math.exp(-4 * within / third);
    return {
      t,
      gradients: 100 * (t + 1),
      forwards: 100,
      seconds: 0.1 * (t + 1),
      radius: RADII[stage],
      train: nll + random.normal(),
      test: within % 10 === 0 || t === iterations - 1 ? nll : null,
      step: 0.1 / (1 + t / 100),
      hyperparameters: {
        learningRate: 0.6 * (1 + t / 100) ** -0.75,
        ...stage === 0 && { temperature: Math.max(1, 4 - t) },
      },
    };
  });
}

/** What `reconstruct` writes to run.json, of such a run. */
export function madeUpJSON(iterations: number): Record<string, unknown> {
  return {
    version: "0.1.0",
    particles: "set/particles.star",
    setting: "robust",
    stages: RADII.map((radius, i) => ({
      images: 2000,
      boxSize: 64,
      pixelSize: 5,
      resolution: 320 / radius,
      optimizer: "preconditioned",
      hyperparameters: {
        learningRate: { kind: "annealing", start: 0.6, decay: 0.01, power: 0.75 },
      },
      prior: { name: "sparse", lambdaPlus: 1e-4, lambdaMinus: 1e-4 },
      batchSize: 100,
      heldOut: 100,
      workBox: 20 + 8 * i,
      shiftExtent: 0,
      maskRadius: 0.42,
      temperShare: 0.01,
      seed: 7,
      epochs: 5,
      iterations: Math.ceil(iterations / 3),
      quadraturePoints: POINTS[i],
    })),
    machine: { system: "linux x86_64", backend: "cpu: 2 threads" },
    outcome: {
      finished: true,
      iterations,
      gradients: 100 * iterations,
      forwards: 100,
      seconds: 0.1 * iterations,
      heldOutNLL: 150,
    },
  };
}

/** Poses from anywhere. */
export function madeUpPoses(count: number): Pose[] {
  const random = createRandom(4, "poses");
  return Array.from({ length: count }, () => ({
    rotation: random.rotation(),
    shift: [0, 0],
    probability: random.uniform(),
  }));
}

/** A run that left everything but its images. */
export function madeUpRun(
  { iterations = 90, boxSize = 32, json = madeUpJSON(iterations) } = {},
): RunData {
  return {
    name: "made-up",
    facts: factsOf(json),
    trace: madeUpTrace(iterations),
    map: madeUpMap(boxSize),
    mapOrigin: null,
    poses: madeUpPoses(400),
    classes: null,
    truthFSC: null,
    gaps: {},
  };
}

/** A folder in which nothing is. */
export const NOTHING: RunData = {
  ...madeUpRun(),
  facts: factsOf({}),
  trace: [],
  map: null,
  poses: null,
};
