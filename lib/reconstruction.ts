import type { Backend } from "./backend.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { LoadProgress } from "./image_source.ts";
import type { Pose } from "./particles.ts";
import type { Plan } from "./plan.ts";
import type { PlanOptions } from "./plan_options.ts";
import type { TraceRecord } from "./trace.ts";
import type { Volume } from "./volume.ts";

/** How a density is to be found, and from where. */
export interface ReconstructOptions extends PlanOptions {
  /** Where the sums are done; see createBackend(). It is not closed. */
  backend: Backend;
  /** First density: random spheres, or a map in the images' field of view; default spheres. */
  initial?: "spheres" | Volume;
  /** Seed of the random spheres; the run's own unless given. */
  startSeed?: number;
  /** sigma^2 by shell at the start, [N/2 + 1], where the noise is not white; measured unless given. */
  initialNoise?: ArrayLike<number>;
  /** Goes on from here, to the same bits as if the run had not stopped. */
  resume?: Checkpoint;
  /** Called with the plan and the seconds an epoch may take, before any image is read. */
  planned?: (plan: Plan, secondsPerEpoch: number) => void;
  /** Called while images are loaded. */
  loading?: LoadProgress;
  /** Called after an iteration with where its time went. */
  timed?: (seconds: IterationSeconds) => void;
  /** Stops loading. The loop itself is stopped by leaving it. */
  signal?: AbortSignal;
}

/** Seconds of one iteration; measuring on the held-out images is not among them. */
export interface IterationSeconds {
  /** All of it. */
  readonly iteration: number;
  /** Of that the optimizer's step. */
  readonly step: number;
  /** Of the step the objective. */
  readonly objective: number;
}

/** A run: iterate over it to make it go; what it has found so far can be asked for at any time. */
export interface Reconstruction extends AsyncDisposable {
  /** What it does. */
  readonly plan: Plan;
  /** Iterations done. */
  readonly iteration: number;
  /** One record an iteration, until the plan is done. */
  [Symbol.asyncIterator](): AsyncGenerator<TraceRecord, void, void>;
  /** All that is needed to go on. */
  checkpoint(): Checkpoint;
  /**
   * Mean -log p of the held-out images at the present density, nats an image; not counted.
   * @param radius without the density's detail beyond it, Fourier pixels; 0: without the density
   */
  test(radius?: number): Promise<number>;
  /** The density in the images' box, in units of their noise. */
  map(): Volume;
  /** sigma^2 of the noise by shell round(|k|), [N/2 + 1]; beyond the band as it was at the start. */
  noise(): Float64Array;
  /** Share of the poses that the posterior of each held-out image is spread over; not counted. */
  shares(): Promise<Float64Array>;
  /** Best pose of every image, and its responsibility where outliers are allowed for. */
  poses(progress?: LoadProgress): Promise<Pose[]>;
}
