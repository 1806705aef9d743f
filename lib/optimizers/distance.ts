import type { Objective } from "../objective.ts";
import { norm } from "../vector.ts";

/**
 * The scale of theta, |theta_0| + |g_0| / L: what the first distance of parameter-free methods is a share
 * of. Their papers write 1 + |theta_0|, which has a unit.
 */
export function scaleOf(
  voxels: Float32Array,
  gradient: Float32Array,
  { unit }: Pick<Objective, "unit">,
): number {
  return norm(voxels) + unit * norm(gradient);
}

/** |a - b|, summed in float64. */
export function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
