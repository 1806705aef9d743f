import { dot } from "./vector.ts";

/** Where conjugate gradients ended. */
export interface ConjugateGradientResult {
  /** d. */
  readonly solution: Float64Array;
  /** b - A d. */
  readonly residual: Float64Array;
  /** Products A v that were taken. */
  readonly products: number;
  /** Whether a direction with v . A v <= 0 ended it: A is not positive definite there. */
  readonly negativeCurvature: boolean;
}

/**
 * A d = b by conjugate gradients from d = 0, for an A known only by its products with vectors. At a
 * direction of no or negative curvature it stops with what it has: 0 if that is the first one.
 * Hestenes & Stiefel, J. Res. Nat. Bur. Stand. 49:409 (1952); the stop is Steihaug's, SIAM J. Numer.
 * Anal. 20:626 (1983).
 *
 * @param product A v
 * @param right b
 * @param iterations at most; it ends earlier where the residual is 0
 */
export async function conjugateGradient(
  product: (v: Float64Array) => Promise<Float64Array>,
  right: ArrayLike<number>,
  { iterations, damping = 0 }: { iterations: number; damping?: number },
): Promise<ConjugateGradientResult> {
  const residual = Float64Array.from(right), direction = residual.slice();
  const solution = new Float64Array(right.length);
  let squared = dot(residual, residual), products = 0;
  while (products < iterations && squared > 0) {
    const image = await product(direction);
    products++;
    const curvature = dot(direction, image);
    if (!(curvature > 0)) return { solution, residual, products, negativeCurvature: true };
    for (let i = 0; i < image.length; i++) image[i] += damping * direction[i];
    const alpha = squared / dot(direction, image);
    for (let i = 0; i < solution.length; i++) {
      solution[i] += alpha * direction[i];
      residual[i] -= alpha * image[i];
    }
    const next = dot(residual, residual), beta = next / squared;
    for (let i = 0; i < solution.length; i++) direction[i] = residual[i] + beta * direction[i];
    squared = next;
  }
  return { solution, residual, products, negativeCurvature: false };
}
