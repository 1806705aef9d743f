import type { Backend, Problem } from "./backend.ts";
import { createBand, radiusOfResolution, workBoxOf } from "./band.ts";
import { requireSplit } from "./minibatch.ts";
import { createOptimizer } from "./optimizers/registry.ts";
import type { OutlierScope } from "./noise_model.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import type { ParticleStack } from "./particles.ts";
import type { Prior } from "./priors/prior.ts";
import type { PlanOptions } from "./plan_options.ts";
import { parsePrior } from "./priors/registry.ts";
import { createCascade } from "./quadrature/cascade.ts";
import { createQuadrature, quadraturePoints, shiftStepOf } from "./quadrature/quadrature.ts";

/** What a run will do, worked out before anything is read. */
export interface Plan {
  /** What the backend is set up for. */
  readonly problem: Problem;
  /** The method. */
  readonly optimizer: Optimizer;
  /** The prior. */
  readonly prior: Prior;
  /** Iterations in all. */
  readonly iterations: number;
  /** Passes over the images. */
  readonly epochs: number;
  /** B, images a minibatch. */
  readonly batchSize: number;
  /** Images kept aside. */
  readonly heldOut: number;
  /** Iterations between measurements on them. */
  readonly testEvery: number;
  /** Radius of the mask, box edges, if there is one. */
  readonly maskRadius?: number;
  /** Share of the poses at the start; 0: no tempering. */
  readonly temperShare: number;
  /** Iterations of tempering. */
  readonly temperIterations: number;
  /** How the noise is found. */
  readonly noise: "white" | "shells";
  /** pi, share of images that may be something else. */
  readonly outlierShare: number;
  /** Whether it goes back when held-out images get much less likely. */
  readonly guard: boolean;
  /** Which images may be. */
  readonly outlierScope: OutlierScope;
  /** Minibatches of the order that come before this run. */
  readonly firstMinibatch: number;
  /** Seed of everything random. */
  readonly seed: number;
  /** Points of the quadrature. */
  readonly points: number;
  /** Multiply-adds x 2 of all iterations, value and gradient: about J I S n an image and pass. */
  readonly flop: number;
  /** A, of the band. */
  readonly resolution: number;
  /** Bytes of the backend's work space. */
  readonly workBytes: number;
  /** Images of a minibatch whose scores are held at a time. */
  readonly imagesAtOnce: number;
  /** Bytes of all prepared images, and whether they are kept. */
  readonly imageBytes: number;
  /** Whether all prepared images are kept. */
  readonly resident: boolean;
  /** Bytes that they may take. */
  readonly imageMemory: number;
  /** All that the result depends on, as plain data. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Poses of a refined level that an image is likely to be compared at, and of their shifts. */
const LIKELY_POSES = 1000, LIKELY_SHIFTS = 10;

/** Multiply-adds of an image and pass: J I S n, of refined levels what is likely. */
function multiplyAdds({ band, quadrature, coarse = [] }: Problem): number {
  return [...coarse, { band, quadrature }].reduce((sum, { band, quadrature }, level) => {
    const points = quadraturePoints(quadrature), shifts = quadrature.shifts.count;
    const likely = LIKELY_POSES * Math.min(LIKELY_SHIFTS, shifts);
    return sum + band.count * (level === 0 ? points : Math.min(points, likely));
  }, 0);
}

function positiveInteger(values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot plan a run: ${name} ${value}, wanted a positive integer`);
    }
  }
}

/**
 * Works out a run.
 *
 * @throws {RangeError} naming the option that cannot be met, the value and the wanted value.
 */
export function createPlan(
  particles: ParticleStack,
  backend: Backend,
  {
    maxResolution,
    maxFrequency,
    optimizer: optimizerSpec = "momentum",
    hyperparameters = {},
    prior: priorSpec = "sparse",
    epochs = 10,
    batchSize: wantedBatch,
    heldOut = 100,
    testEvery = 10,
    workBox: wantedBox,
    shiftExtent = 0,
    shiftSigma = Infinity,
    shiftStep,
    quadrature: quadratureChoice = "exhaustive",
    guard = false,
    maskRadius,
    temperShare = 0,
    temperIterations = 40,
    noise = "white",
    outlierShare = 0,
    outlierScope = "any",
    firstMinibatch = 0,
    seed = 0,
    imageMemory = 700e6,
  }: PlanOptions = {},
): Plan {
  const { boxSize, pixelSize, count } = particles;
  if (maxResolution !== undefined && maxFrequency !== undefined) {
    throw new RangeError(
      `Cannot plan a run: maxResolution ${maxResolution} A and maxFrequency ${maxFrequency}, ` +
        "wanted one of them",
    );
  }
  const resolution = maxFrequency === undefined
    ? maxResolution ?? 40
    : 2 * pixelSize / maxFrequency;
  if (!(resolution >= 2 * pixelSize) || !Number.isFinite(resolution)) {
    const given = maxFrequency === undefined
      ? `a resolution of ${resolution} A`
      : `a frequency of ${maxFrequency} Nyquist`;
    throw new RangeError(
      `Cannot plan a run: ${given}, wanted no finer than Nyquist, ${2 * pixelSize} A`,
    );
  }
  const optimizer = createOptimizer(optimizerSpec, hyperparameters);
  const batchSize = wantedBatch ?? optimizer.batchSize ?? 100;
  positiveInteger({ batchSize, heldOut, testEvery });
  requireSplit({ count, heldOut, batchSize });
  if (Math.max(batchSize, heldOut) > backend.largestBatch) {
    throw new RangeError(
      `Cannot plan a run: ${batchSize} images a minibatch and ${heldOut} held out, ` +
        `wanted at most ${backend.largestBatch} with backend ${backend.name}`,
    );
  }
  if (!(epochs > 0)) throw new RangeError(`Cannot plan a run: epochs ${epochs}, wanted > 0`);

  if (maskRadius !== undefined && !(maskRadius > 0 && maskRadius <= 0.5)) {
    throw new RangeError(
      `Cannot plan a run: mask radius ${maskRadius} box edges, wanted above 0, at most 0.5`,
    );
  }
  if (!(temperShare >= 0 && temperShare < 1)) {
    throw new RangeError(
      `Cannot plan a run: tempered share ${temperShare}, wanted 0 or more, below 1`,
    );
  }

  if (!(outlierShare >= 0 && outlierShare < 1)) {
    throw new RangeError(
      `Cannot plan a run: a share of ${outlierShare} outliers, wanted 0 or more, below 1`,
    );
  }

  // at Nyquist itself, not beyond it by rounding
  const radius = Math.min(boxSize / 2, radiusOfResolution(boxSize, pixelSize, resolution));
  const band = createBand(boxSize, radius);
  const workBox = wantedBox ?? workBoxOf(band), least = 2 * Math.ceil(band.radius) + 2;
  if (workBox % 2 !== 0 || workBox < Math.min(least, boxSize) || workBox > boxSize) {
    throw new RangeError(
      `Cannot plan a run: work box ${workBox}, wanted an even number from ` +
        `${Math.min(least, boxSize)} to ${boxSize}`,
    );
  }
  const quadrature = createQuadrature(band, {
    extent: shiftExtent,
    sigma: shiftSigma,
    ...shiftStep !== undefined && { step: Math.min(shiftStep, shiftExtent || shiftStep) },
  });
  if (shiftExtent > 0 && quadrature.shifts.count === 1) {
    throw new RangeError(
      `Cannot plan a run: shifts up to ${shiftExtent} px, wanted 0 or at least the step between them, ` +
        `${shiftStepOf(band).toPrecision(3)} px at ${resolution} A`,
    );
  }
  const coarse = quadratureChoice === "cascade"
    ? createCascade(band, { extent: shiftExtent, sigma: shiftSigma })
    : [];
  const problem: Problem = { band, pixelSize, workBox, quadrature, coarse };
  const prior = parsePrior(priorSpec);
  const imageBytes = count * backend.bytesPerImage(problem);
  // the least number of whole minibatches, allowing for the rounding of a fraction of an epoch
  const iterations = Math.ceil(epochs * Math.max(0, count - heldOut) / batchSize - 1e-6);
  const schedules = Object.entries(optimizer.hyperparameters);
  return {
    problem,
    optimizer,
    prior,
    iterations,
    epochs,
    batchSize,
    heldOut,
    testEvery,
    maskRadius,
    temperShare,
    temperIterations,
    noise,
    guard,
    outlierShare,
    outlierScope,
    firstMinibatch,
    seed,
    points: quadraturePoints(quadrature),
    flop: 2 * iterations * batchSize * multiplyAdds(problem),
    resolution,
    workBytes: backend.bytes(problem, batchSize),
    imagesAtOnce: Math.min(batchSize, backend.imagesAtOnce(problem)),
    imageBytes,
    resident: imageBytes <= imageMemory,
    imageMemory,
    config: {
      images: count,
      ...particles.inverted && { inverted: true },
      boxSize,
      pixelSize,
      resolution,
      optimizer: optimizer.name,
      hyperparameters: Object.fromEntries(schedules.map(([name, s]) => [name, s.toJSON()])),
      prior: prior.toJSON(),
      batchSize,
      heldOut,
      workBox,
      shiftExtent,
      shiftSigma: Number.isFinite(shiftSigma) ? shiftSigma : null,
      shiftStep: shiftStep ?? null,
      quadrature: quadratureChoice,
      guard,
      maskRadius: maskRadius ?? null,
      temperShare,
      temperIterations,
      noise,
      outlierShare,
      outlierScope,
      firstMinibatch,
      seed,
      backend: backend.name,
    },
  };
}
