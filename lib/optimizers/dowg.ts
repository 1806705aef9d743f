import { constant, type Schedule } from "../schedule.ts";
import { dot } from "../vector.ts";
import { distance, scaleOf } from "./distance.ts";
import type { DistanceState } from "./dog.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * DoWG, distance over weighted gradients: DoG with the gradients weighted by the distances they were taken
 * at, so that the early ones, taken with short steps, count little,
 *
 *     r_t = max over i <= t of |theta_i - theta_0|, at least r_0;   s_t = sum over i <= t of r_i^2 |g_i|^2
 *     theta -= rate r_t^2 / sqrt(s_t) g_t
 *
 * r_0 = reach (|theta_0| + |g_0| / L).
 *
 * State: theta_0, r, s; a density. One gradient of the minibatch an iteration. Parameter-free; a rate
 * other than 1 multiplies the step. Known weakness: DoG's, and its steps are longer.
 * Khaled, Mishchenko & Jin, NeurIPS 2023.
 *
 * @param learningRate multiplies the step, without unit
 * @param reach r_0 in units of |theta_0| + |g_0| / L
 */
export function dowg(
  { learningRate = constant({ value: 1 }), reach = constant({ value: 1e-2 }) }: {
    learningRate?: Schedule;
    reach?: Schedule;
  } = {},
): Optimizer<DistanceState> {
  return {
    name: "dowg",
    hyperparameters: { learningRate, reach },
    init: (voxels) => ({ start: voxels.slice(), farthest: 0, squares: 0 }),
    async step(voxels, state, objective, t) {
      const { gradient } = await objective.evaluate(voxels);
      state.farthest ||= reach.at(t) * scaleOf(voxels, gradient, objective);
      state.farthest = Math.max(state.farthest, distance(voxels, state.start));
      const weight = state.farthest ** 2;
      state.squares += weight * dot(gradient, gradient);
      const eta = state.squares > 0 ? learningRate.at(t) * weight / Math.sqrt(state.squares) : 0;
      return gradient.map((g) => -eta * g);
    },
  };
}
