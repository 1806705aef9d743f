import type { Backend, Problem } from "../backend.ts";
import type { LoadProgress } from "../image_source.ts";
import type { ParticleStack } from "../particles.ts";
import type { TraceRecord } from "../trace.ts";
import type { Volume } from "../volume.ts";

/**
 * What a method that works on all images at a time is given: the same start, images held out and poses
 * as the optimizers of reconstruct() with the same seed.
 */
export interface BaselineOptions {
  /** Where the sums are done; see createBackend(). It is not closed. */
  backend: Backend;
  /** Passes over the images; default 5, as in Punjani & Brubaker, Fig. 6. */
  iterations?: number;
  /** Finest detail that enters the likelihood, A; default 40. Not together with maxFrequency. */
  maxResolution?: number;
  /** The same as a fraction of Nyquist. */
  maxFrequency?: number;
  /** Images worked on at a time; without influence on the result but for rounding; default 100. */
  batchSize?: number;
  /** Images kept aside to measure with; default 100. */
  heldOut?: number;
  /** First density: random spheres, or a map in the images' field of view; default spheres. */
  initial?: "spheres" | Volume;
  /** M, edge of the work grid; default the smallest that holds the band. */
  workBox?: number;
  /** Radius of the disc of shifts, px; default 0, particles are centred. */
  shiftExtent?: number;
  /** Standard deviation of shifts, px; default uniform over the disc. */
  shiftSigma?: number;
  /** Radius of the soft sphere outside which the density is set to 0, box edges; default none. */
  maskRadius?: number;
  /** Seed of everything random; default 0. */
  seed?: number;
  /** Bytes of prepared images that may be kept in memory; default 700 MB. */
  imageMemory?: number;
  /** Called while images are loaded. */
  loading?: LoadProgress;
  /** Called during an iteration with the images done in it and to be done. */
  progress?: LoadProgress;
  /** Stops loading, and an iteration between two batches. */
  signal?: AbortSignal;
}

/**
 * A run of a baseline: iterate over it to make it go.
 *
 * One record an iteration. An image compared with all poses and put into the map counts as one image
 * gradient, the paper's own equivalence of five iterations and five epochs. `forwards` and `seconds`
 * leave measuring on the held-out images out; `train` is the mean -log p of the others before the
 * iteration.
 */
export interface BaselineRun extends AsyncDisposable {
  /** What it computes with. */
  readonly problem: Problem;
  /** Iterations to be done. */
  readonly iterations: number;
  /** Iterations done. */
  readonly iteration: number;
  /** Floating-point operations of all poses so far, measuring left out; NaN where nobody counts. */
  readonly flop: number;
  /** One record an iteration, until all are done. */
  [Symbol.asyncIterator](): AsyncGenerator<TraceRecord, void, void>;
  /** The density in the images' box, in units of their noise. */
  map(): Volume;
}

/**
 * A method to compare with.
 *
 * @throws {RangeError} as createPlan() does, or if the images cannot be used.
 */
export type Baseline = (
  particles: ParticleStack,
  options: BaselineOptions,
) => Promise<BaselineRun>;
