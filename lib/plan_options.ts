import type { OutlierScope } from "./noise_model.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import type { Hyperparameters } from "./optimizers/registry.ts";
import type { Prior } from "./priors/prior.ts";
import type { PriorSpec } from "./priors/registry.ts";

/** Ways to sum over poses. */
export const QUADRATURES = ["exhaustive", "cascade"] as const;
/** A way to sum over poses; see PlanOptions. */
export type QuadratureChoice = (typeof QUADRATURES)[number];

/** How a density is to be found. Every default is named where it is used, in createPlan(). */
export interface PlanOptions {
  /** Finest detail that enters the likelihood, A; default 40. Not together with maxFrequency. */
  maxResolution?: number;
  /** The same as a fraction of Nyquist: Punjani & Brubaker use 0.10 and 0.16. */
  maxFrequency?: number;
  /** An optimizer, or its name in the registry; default momentum. */
  optimizer?: string | Optimizer;
  /**
   * Schedules by name, such as { learningRate: "annealing:1" }; rates in units of 1/L. Not together
   * with an optimizer that has been made.
   */
  hyperparameters?: Hyperparameters;
  /** Prior, its name or short form; default sparse. */
  prior?: string | PriorSpec | Prior;
  /** Passes over the images; default 10. */
  epochs?: number;
  /** B, images a minibatch; default the optimizer's own, else 100. */
  batchSize?: number;
  /** Images kept aside to measure with; default 100. */
  heldOut?: number;
  /** Iterations between measurements on the held-out images; default 10. */
  testEvery?: number;
  /** M, edge of the work grid; default the smallest that holds the band. */
  workBox?: number;
  /** Radius of the disc of shifts, px; default 0, particles are centred. */
  shiftExtent?: number;
  /** Standard deviation of shifts, px; default uniform over the disc. */
  shiftSigma?: number;
  /** Spacing of shifts, px, at most the disc's radius; default 0.1 N / r, what the band needs. */
  shiftStep?: number;
  /**
   * How poses are summed over: exhaustive, all of them; cascade, those that coarser quadratures find the
   * posterior near, see createCascade(); default exhaustive.
   */
  quadrature?: QuadratureChoice;
  /** Go back and halve the step when held-out images get much less likely, see judge(); default false. */
  guard?: boolean;
  /** Radius of the soft sphere outside which the density is kept 0, box edges; default none. */
  maskRadius?: number;
  /** Spread posteriors at the start over this share of the poses; default 0, as the model has them. */
  temperShare?: number;
  /** Iterations over which the temperature falls to 1; default 40. */
  temperIterations?: number;
  /**
   * The noise: white, of the images' own deviation; or shells, its variance by shell of |k| measured in
   * the corners of the images and, once tempering is over, in what the model leaves of them. Default white.
   */
  noise?: "white" | "shells";
  /** pi, share of images that may be something else, see OutlierModel; default 0, none. */
  outlierShare?: number;
  /** Which images may be outliers; default any. */
  outlierScope?: OutlierScope;
  /** Minibatches of the order to begin after, where another run left off; default 0. */
  firstMinibatch?: number;
  /** Seed of everything random; default 0. */
  seed?: number;
  /** Bytes of prepared images that may be kept in memory; default 700 MB. */
  imageMemory?: number;
}
