import { conjugateGradient } from "../conjugate_gradient.ts";
import type { CurvatureProduct, Objective } from "../objective.ts";
import { constant, type Schedule } from "../schedule.ts";
import { dot, norm } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

/** Length of the difference over the length of theta: the root of float32's rounding unit. */
const REACH = Math.sqrt(2 ** -23);

/** Lengths of the step that are tried, in turn, until f falls. */
const LENGTHS = [1, 1 / 4, 1 / 16, 1 / 64];

/** Where f cannot fall by more than its rounding, trust would sink for ever. */
const LEAST_TRUST = 2 ** -20;

/**
 * Hessian-free optimization: theta += d, with (G + lambda I) d = -g solved by 5 conjugate gradients
 * from d = 0. G is the Gauss-Newton matrix of the minibatch, P* W P / B with the posterior held fixed, by
 * exact products; or, with `differences` 1, the Hessian by differences of gradients on the same minibatch,
 *
 *     H v = (g(theta + h v) - g(theta)) / h,   h |v| = 2^-11.5 (|theta| + |g| / L)
 *
 * Conjugate gradients end at a direction in which there is no or negative curvature; if that is the first
 * one, d = -g / L. Where f does not fall, a quarter of d is tried, up to three times, then 0.
 * lambda = damping L / trust: trust, 1 at the start, is multiplied by 1.5 if f falls by more than 3/4 of
 * what the quadratic model of d says, and divided by it at every length at which by less than 1/4.
 * Martens, ICML 2010, Sec. 4, less his warm start and preconditioner; 5 iterations, minibatches of 300 and
 * differences: Punjani & Brubaker, Sec. 4, who tune a fixed lambda by hand.
 *
 * State: trust. One gradient of the minibatch an iteration and 5 products, which involve no image and are
 * not counted; by differences 2 to 6 gradients. 1 to 4 times the likelihood alone. Known weakness: a
 * minibatch's minimum is not that of all images, and the step goes far towards it; by differences, far
 * from the end the Hessian is indefinite, so that hardly more than two of five products are reached, and
 * then it is gradient descent at three times the price: a cylinder is found by exact products only.
 *
 * @param damping lambda at trust 1, in units of L
 * @param differences 1: products by differences of gradients; 0: exact Gauss-Newton products
 * @param iterations conjugate gradients an iteration
 */
export function hessianFree(
  {
    damping = constant({ value: 0.1 }),
    differences = constant({ value: 0 }),
    iterations = 5,
  }: {
    damping?: Schedule;
    differences?: Schedule;
    iterations?: number;
  } = {},
): Optimizer<{ trust: number }> {
  return {
    name: "hessianFree",
    hyperparameters: { damping, differences },
    batchSize: 300,
    init: () => ({ trust: 1 }),
    async step(voxels, state, objective, t) {
      const lambda = damping.at(t) / (objective.unit * state.trust);
      const exact = exactProducts(differences.at(t));
      const { value, gradient, product } = await objective.evaluate(voxels, { product: exact });
      const { solution } = await conjugateGradient(
        exact ? gaussNewton(product) : byDifferences(voxels, gradient, objective),
        gradient.map((g) => -g),
        { iterations, damping: lambda },
      );
      const d = norm(solution) > 0 ? solution : gradient.map((g) => -objective.unit * g);
      // q(d) = g.d + d.(G + lambda I) d / 2; from d = 0 the residual stays orthogonal to d.
      const model = dot(gradient, d) / 2;
      for (const length of LENGTHS) {
        const change = Float32Array.from(d, (x: number) => length * x);
        const fall = await objective.value(voxels.map((x, i) => x + change[i])) - value;
        const rho = fall / model;
        if (rho > 0.75 && length === 1) state.trust *= 1.5;
        if (!(rho >= 0.25)) state.trust = Math.max(LEAST_TRUST, state.trust / 1.5);
        if (fall < 0) return change;
      }
      return new Float32Array(voxels.length);
    },
  };
}

/** A matrix as what it does to vectors. */
type Product = (v: Float64Array) => Promise<Float64Array>;

function exactProducts(differences: number): boolean {
  if (differences === 0 || differences === 1) return differences === 0;
  throw new RangeError(`Cannot take products: differences ${differences}, wanted 0 or 1`);
}

function gaussNewton(product: CurvatureProduct | undefined): Product {
  if (!product) {
    throw new TypeError("Cannot multiply by the curvature: the objective has no products");
  }
  return async (v) => Float64Array.from(await product(Float32Array.from(v)));
}

function byDifferences(
  voxels: Float32Array,
  gradient: Float32Array,
  objective: Objective,
): Product {
  const reach = REACH * (norm(voxels) + objective.unit * norm(gradient));
  return async (v) => {
    const h = reach / norm(v);
    const there = await objective.evaluate(voxels.map((x, i) => x + h * v[i]));
    return v.map((_, i) => (there.gradient[i] - gradient[i]) / h);
  };
}
