import type { Diagonal, ImageStore, Session, Slices } from "./backend.ts";
import { type Effort, likelihood } from "./likelihood.ts";
import type { Prior } from "./priors/prior.ts";
import type { Residual } from "./residual.ts";
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
  /** The prior's part of the gradient, if asked for; the rest is the data's. */
  readonly priorGradient?: Float32Array;
  /** The gradients of f on the first and the second half of the minibatch, if asked for. */
  readonly halves?: readonly [Float32Array, Float32Array];
  /** Products with the Gauss-Newton matrix, if asked for and to be had. */
  readonly product?: CurvatureProduct;
  /** What a coarse-to-fine quadrature did. */
  readonly effort?: Effort;
  /** What the model leaves of the images, if asked for. */
  readonly residual?: Residual;
}

/**
 * G v = P* (W (.) P v) / B, the Gauss-Newton matrix of the minibatch's mean -log p where it was
 * evaluated, the posterior held fixed, times a density; the prior's curvature is not in it. To be used
 * before the objective is evaluated again.
 *
 * No image enters: a product costs the slices of one density and their adjoint, whatever B is, and is
 * not counted. On the CPU that takes as long as the gradients of 12 to 22 images.
 */
export type CurvatureProduct = (voxels: Float32Array) => Promise<Float32Array>;

/** What evaluate() is to compute beside f and its gradient; at no further evaluation of an image. */
export interface EvaluateOptions {
  /** Also the Gauss-Newton diagonal. */
  readonly diagonal?: boolean;
  /** Also the prior's part of the gradient. */
  readonly priorGradient?: boolean;
  /** Also the gradients of both halves; neither with the diagonal nor with products. */
  readonly halves?: boolean;
  /** Also products with the Gauss-Newton matrix. */
  readonly product?: boolean;
  /** Also what the model leaves of the images, given sigma^2 by shell as the session has it; not of halves. */
  readonly variance?: ArrayLike<number>;
}

/** One of a fixed number of parts that the images are cut into: it will come back, the same images. */
export interface Block {
  /** Which, from 0. */
  readonly index: number;
  /** How many there are. */
  readonly count: number;
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
  /** r, Fourier pixels, where V is a density: of the data's gradient hardly anything is beyond r + 1/2 (0.5 % of its power). */
  readonly radius?: number;
  /** Which block the minibatch is, for optimizers that ask for blocks. */
  readonly block?: Block;
  /** f and df/dV; costs B image gradients. */
  evaluate(voxels: Float32Array, options?: EvaluateOptions): Promise<ValueAndGradient>;
  /** f alone, at about half the cost. */
  value(voxels: Float32Array): Promise<number>;
}

/** Punjani & Brubaker, Eq. 6, on one minibatch: f(V) = mean -log p(d_i | V) - (1/K) log p(V). */
export function createObjective(
  {
    session,
    images,
    which,
    prior,
    imageCount,
    grid,
    temperature,
    outlier,
    unit,
    block,
    evaluations,
  }: {
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
    /** What each image might be instead, see MarginalizeOptions. */
    outlier?: Float64Array;
    unit: number;
    block?: Block;
    evaluations: Evaluations;
  },
): Objective {
  const { workBox, band } = session.problem, batchSize = which.length;
  const priorScale = (band.boxSize / workBox) ** 3 / imageCount;
  const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
  let latest = 0; // evaluation: the session holds the weight of no other
  const likelihoodOf = (
    voxels: Float32Array,
    { from = 0, to = batchSize, ...options }: {
      gradient: boolean;
      diagonal?: boolean;
      variance?: ArrayLike<number>;
      /** Images of the minibatch; default all. */
      from?: number;
      to?: number;
    },
  ) => {
    latest++;
    return likelihood(session, images, Array.from(which).slice(from, to), voxels, {
      grid,
      temperature,
      outlier: outlier?.subarray(from, to),
      ...options,
    });
  };
  const productOf = (weight: Slices): CurvatureProduct => {
    const own = latest;
    return async (voxels) => {
      if (own !== latest) {
        throw new TypeError(
          "Cannot multiply by the curvature: evaluated again since, wanted products before that",
        );
      }
      const image = await session.backproject(await session.weigh(weight, voxels));
      return image.map((v) => v / batchSize);
    };
  };
  /** Gradients of both halves, and what is asked of the whole. */
  const evaluateHalves = async (voxels: Float32Array, withPrior: boolean) => {
    if (batchSize < 2) {
      throw new RangeError(`Cannot halve a minibatch of ${batchSize} images, wanted 2 or more`);
    }
    const middle = Math.ceil(batchSize / 2);
    const pull = new Float32Array(voxels.length);
    const penalty = prior.accumulate(voxels, pull, priorScale);
    const first = await likelihoodOf(voxels, { gradient: true, to: middle });
    const second = await likelihoodOf(voxels, { gradient: true, from: middle });
    const [a, b] = [first.gradient!, second.gradient!], share = middle / batchSize;
    const value = share * mean(first.negativeLogLikelihood) +
      (1 - share) * mean(second.negativeLogLikelihood) + penalty;
    const gradient = a.map((g, i) => share * g + (1 - share) * b[i] + pull[i]);
    const halves = [a.map((g, i) => g + pull[i]), b.map((g, i) => g + pull[i])] as const;
    return { value, gradient, halves, ...withPrior && { priorGradient: pull } };
  };
  return {
    batchSize,
    unit,
    radius: band.radius,
    ...block && { block },
    async evaluate(
      voxels,
      { diagonal = false, priorGradient = false, halves = false, product = false, variance } = {},
    ) {
      if (halves && (diagonal || product)) {
        throw new TypeError(
          "Cannot evaluate halves together with the diagonal or products: wanted one of them",
        );
      }
      evaluations.gradients += batchSize;
      if (halves) return await evaluateHalves(voxels, priorGradient);
      const result = await likelihoodOf(voxels, { gradient: true, diagonal, variance });
      const gradient = result.gradient!;
      const penalty = prior.accumulate(voxels, gradient, priorScale);
      const pull = priorGradient && new Float32Array(voxels.length);
      if (pull) prior.accumulate(voxels, pull, priorScale);
      return {
        value: mean(result.negativeLogLikelihood) + penalty,
        gradient,
        ...pull && { priorGradient: pull },
        ...product && { product: productOf(result.weight!) },
        ...diagonal && { diagonal: result.diagonal },
        ...result.effort && { effort: result.effort },
        ...variance && { residual: result.residual },
      };
    },
    async value(voxels) {
      evaluations.forwards += batchSize;
      const result = await likelihoodOf(voxels, { gradient: false });
      const penalty = prior.accumulate(voxels, new Float32Array(voxels.length), priorScale);
      return mean(result.negativeLogLikelihood) + penalty;
    },
  };
}
