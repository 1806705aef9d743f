import { dot } from "./vector.ts";

/** Where conjugate gradients ended. */
export interface ConjugateGradientResult {
  /** d, orthogonal to what is left of b, b - (A + lambda I) d. */
  readonly solution: Float64Array;
  /** Products A v that were taken. */
  readonly products: number;
  /** Whether a direction with v . A v <= 0 ended it. */
  readonly negativeCurvature: boolean;
}

/**
 * (A + lambda I) d = b by conjugate gradients from d = 0, for a symmetric A known only by its products
 * with vectors. At a direction in which A has no or negative curvature it stops with what it has, 0 if
 * that is the first one: a lambda that just outweighs negative curvature would make a step without end.
 * Hestenes & Stiefel, J. Res. Nat. Bur. Stand. 49:409 (1952); a stop like Steihaug's, SIAM J. Numer.
 * Anal. 20:626 (1983).
 *
 * @param product A v, [n]; not written to
 * @param right b, [n]
 * @param iterations at most; it ends earlier where nothing of b is left
 * @param damping lambda, in units of A
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
    if (!(curvature > 0)) return { solution, products, negativeCurvature: true };
    const alpha = squared / (curvature + damping * dot(direction, direction));
    for (let i = 0; i < solution.length; i++) {
      solution[i] += alpha * direction[i];
      residual[i] -= alpha * (image[i] + damping * direction[i]);
    }
    const next = dot(residual, residual), beta = next / squared;
    for (let i = 0; i < solution.length; i++) direction[i] = residual[i] + beta * direction[i];
    squared = next;
  }
  return { solution, products, negativeCurvature: false };
}
