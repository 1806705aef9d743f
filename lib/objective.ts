import type { ImageStore, Session } from "./backend.ts";
import { backprojectWeight, type Diagonal } from "./diagonal.ts";
import { likelihood } from "./likelihood.ts";
import type { Prior } from "./priors/prior.ts";
import type { Rotation } from "./rotation.ts";

/** How much has been asked of the likelihood, in images. */
export interface Evaluations {
  /** Image-gradient evaluations: the x axis of Punjani & Brubaker's Figure 3. */
  gradients: number;
  /** Evaluations of the likelihood alone. */
  forwards: number;
}

/** f and its gradient at a density. */
export interface ValueAndGradient {
  /** Mean of -log p(d_i | V) over the minibatch - (1/K) log p(V), nats per image. */
  readonly value: number;
  /** df/dV, [M, M, M]. */
  readonly gradient: Float32Array;
  /** The Gauss-Newton diagonal, if asked for and to be had. */
  readonly diagonal?: Diagonal;
}

/**
 * The objective on one minibatch: what an optimizer sees. It may be evaluated anywhere, any number of
 * times; every evaluation is counted.
 */
export interface Objective {
  /** B, images in the minibatch. */
  readonly batchSize: number;
  /** 1/L, the step that the largest curvature of the first minibatch allows: the unit of rates. */
  readonly unit: number;
  /** f and df/dV; costs B image gradients. */
  evaluate(
    voxels: Float32Array,
    options?: { readonly diagonal?: boolean },
  ): Promise<ValueAndGradient>;
  /** f alone, at about half the cost. */
  value(voxels: Float32Array): Promise<number>;
}

/** Punjani & Brubaker, Eq. 6, on one minibatch: f(V) = mean -log p(d_i | V) - (1/K) log p(V). */
export function createObjective(
  { session, images, which, prior, imageCount, grid, temperature, unit, evaluations }: {
    session: Session;
    images: ImageStore;
    /** Places of the minibatch in the store. */
    which: ArrayLike<number>;
    prior: Prior;
    /** K, images that share the prior. */
    imageCount: number;
    /** Q, rotation of the quadrature. */
    grid?: Rotation;
    temperature?: number;
    unit: number;
    evaluations: Evaluations;
  },
): Objective {
  const { workBox, band } = session.problem;
  const priorScale = (band.boxSize / workBox) ** 3 / imageCount;
  const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    batchSize: which.length,
    unit,
    async evaluate(voxels, { diagonal = false } = {}) {
      evaluations.gradients += which.length;
      const options = { grid, temperature, gradient: true };
      const result = await likelihood(session, images, which, voxels, options);
      const gradient = result.gradient!;
      const penalty = prior.accumulate(voxels, gradient, priorScale);
      const weight = diagonal && await result.weight!.download();
      return {
        value: mean(result.negativeLogLikelihood) + penalty,
        gradient,
        ...weight && {
          diagonal: backprojectWeight(weight, session.problem, { grid, imageCount: which.length }),
        },
      };
    },
    async value(voxels) {
      evaluations.forwards += which.length;
      const options = { grid, temperature, gradient: false };
      const result = await likelihood(session, images, which, voxels, options);
      const penalty = prior.accumulate(voxels, new Float32Array(voxels.length), priorScale);
      return mean(result.negativeLogLikelihood) + penalty;
    },
  };
}
