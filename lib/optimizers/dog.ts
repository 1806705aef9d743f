import { constant, type Schedule } from "../schedule.ts";
import { dot } from "../vector.ts";
import { distance, scaleOf } from "./distance.ts";
import type { Optimizer } from "./optimizer.ts";

/** What is known of distances and gradients. */
export type DistanceState = {
  /** theta_0. */
  start: Float32Array;
  /** The farthest from theta_0 so far. */
  farthest: number;
  /** The sum over gradients in the denominator. */
  squares: number;
};

/**
 * DoG, distance over gradients: no rate, the step follows from how far theta has come,
 *
 *     r_t = max over i <= t of |theta_i - theta_0|, at least r_0;   s_t = sum over i <= t of |g_i|^2
 *     theta -= rate r_t / sqrt(s_t) g_t
 *
 * r_0 = reach (|theta_0| + |g_0| / L): steps grow from there, doubling as long as gradients agree.
 *
 * State: theta_0, r, s; a density. One gradient of the minibatch an iteration. Parameter-free; a rate
 * other than 1 multiplies the step. Known weakness: with a small reach the first iterations are spent on
 * growing, and a step once too long is never taken back; one length for all directions: a cylinder is
 * found in two of three seeds.
 * Ivgi, Hinder & Carmon, ICML 2023, without their average over the iterates.
 *
 * @param learningRate multiplies the step, without unit
 * @param reach r_0 in units of |theta_0| + |g_0| / L
 */
export function dog(
  { learningRate = constant({ value: 1 }), reach = constant({ value: 0.1 }) }: {
    learningRate?: Schedule;
    reach?: Schedule;
  } = {},
): Optimizer<DistanceState> {
  return {
    name: "dog",
    hyperparameters: { learningRate, reach },
    init: (voxels) => ({ start: voxels.slice(), farthest: 0, squares: 0 }),
    async step(voxels, state, objective, t) {
      const { gradient } = await objective.evaluate(voxels);
      state.farthest ||= reach.at(t) * scaleOf(voxels, gradient, objective);
      state.farthest = Math.max(state.farthest, distance(voxels, state.start));
      state.squares += dot(gradient, gradient);
      const eta = state.squares > 0
        ? learningRate.at(t) * state.farthest / Math.sqrt(state.squares)
        : 0;
      return gradient.map((g) => -eta * g);
    },
  };
}
