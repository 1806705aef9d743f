import type { ImageStore, Session } from "./backend.ts";
import type { Random } from "./random.ts";
import type { Rotation } from "./rotation.ts";
import { norm } from "./vector.ts";

/**
 * L, the largest curvature of the Gauss-Newton quadratic of a minibatch's mean -log p: the largest
 * eigenvalue of P* W P / B with the posterior held fixed, by power iteration.
 *
 * A step of 1/L along the gradient is the longest that is sure not to overshoot, so rates in units of
 * 1/L mean the same on every data set.
 *
 * @param voxels the density at which the posterior is taken, [M, M, M]
 */
export async function largestCurvature(
  session: Session,
  images: ImageStore,
  which: ArrayLike<number>,
  voxels: Float32Array,
  { grid, random, iterations = 10 }: { grid?: Rotation; random: Random; iterations?: number },
): Promise<number> {
  const slices = await session.project(voxels, grid);
  const { weight } = await session.marginalize(slices, images, which, { gradient: true });
  let direction = Float32Array.from(voxels, () => random.normal());
  let curvature = 0;
  for (let i = 0; i < iterations; i++) {
    const length = norm(direction);
    direction = direction.map((v) => v / length);
    direction = new Float32Array(
      await session.backproject(await session.weigh(weight!, direction)),
    );
    curvature = norm(direction) / which.length;
  }
  return curvature;
}
