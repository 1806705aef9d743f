import type { Diagonal, ImageStore, Session, Slices } from "./backend.ts";
import type { BestPoint } from "./marginalize.ts";
import { type Residual, residual } from "./residual.ts";
import type { Rotation } from "./rotation.ts";

const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;

/** What a coarse-to-fine quadrature did, means over the images. */
export interface Effort {
  /** Points of the quadrature that an image was compared at. */
  readonly points: number;
  /** Share of a posterior that was left out. */
  readonly dropped: number;
}

/** The likelihood of a minibatch and its gradient. */
export interface Likelihood {
  /** -log p(d_i | V), nats, [B]. */
  readonly negativeLogLikelihood: Float64Array;
  /** Gradient of its mean by V, [M, M, M], if asked for. */
  readonly gradient?: Float32Array;
  /** The Gauss-Newton diagonal of its mean, if asked for. */
  readonly diagonal?: Diagonal;
  /** W of every slice, with the gradient; see Marginal. */
  readonly weight?: Slices;
  /** The most probable quadrature point of each image, if asked for. */
  readonly best?: BestPoint[];
  /** What a refined quadrature evaluated and left out. */
  readonly effort?: Effort;
  /** Share of each image that is no outlier, with outliers. */
  readonly responsibility?: Float64Array;
  /** What the model leaves of the images, if asked for. */
  readonly residual?: Residual;
}

/**
 * The chain rule: V -> slices P V -> -log p(d_i | P V) and dL/dP -> P* dL/dP.
 *
 * @param which places of the images in the store
 * @param voxels V on the work grid, [M, M, M]
 * @param outlier what each image might be instead, see MarginalizeOptions
 * @param variance sigma^2 by shell as the session has it, to have the residual with the gradient
 */
export async function likelihood(
  session: Session,
  images: ImageStore,
  which: ArrayLike<number>,
  voxels: Float32Array,
  { grid, temperature, gradient = true, diagonal = false, best = false, outlier, variance }: {
    grid?: Rotation;
    temperature?: number;
    gradient?: boolean;
    diagonal?: boolean;
    best?: boolean;
    outlier?: ArrayLike<number>;
    variance?: ArrayLike<number>;
  } = {},
): Promise<Likelihood> {
  const slices = await session.project(voxels, grid);
  const marginal = await session.marginalize(slices, images, which, {
    temperature,
    gradient,
    voxelGradient: gradient,
    diagonal,
    best,
    outlier,
  });
  const total = marginal.voxelGradient, { points, dropped } = marginal;
  return {
    negativeLogLikelihood: marginal.logLikelihood.map((v) => -v),
    ...total && { gradient: total.map((v) => v / which.length), weight: marginal.weight },
    ...diagonal && { diagonal: marginal.diagonal },
    ...best && { best: marginal.best },
    ...points && dropped && { effort: { points: mean(points), dropped: mean(dropped) } },
    ...outlier && { responsibility: marginal.responsibility },
    ...gradient && variance && {
      residual: await residual(session, {
        images,
        which,
        slices,
        marginal,
        variance,
        temperature: temperature ?? 1,
      }),
    },
  };
}
