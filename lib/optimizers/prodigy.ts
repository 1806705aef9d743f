import { constant, type Schedule } from "../schedule.ts";
import { norm } from "../vector.ts";
import { scaleOf } from "./distance.ts";
import type { Optimizer } from "./optimizer.ts";

/** Adam's averages, weighted by d, and what d is estimated from. */
export type ProdigyState = {
  /** theta_0. */
  start: Float32Array;
  /** m, of d g. */
  first: Float32Array;
  /** v, of d^2 g^2. */
  second: Float32Array;
  /** s, of d^2 g. */
  moved: Float32Array;
  /** r, of d^2 g . (theta_0 - theta). */
  inner: number;
  /** d, the distance to the solution, a voxel's. */
  distance: number;
  /** gamma. */
  gamma: number;
};

/**
 * Prodigy: Adam whose rate is an estimate d of how far the solution is,
 *
 *     m = beta1 m + (1 - beta1) d g;   v = beta2 v + (1 - beta2) d^2 g^2
 *     r = sqrt(beta2) r + (1 - sqrt(beta2)) rate d^2 g . (theta_0 - theta)
 *     s = sqrt(beta2) s + (1 - sqrt(beta2)) rate d^2 g
 *     theta -= rate d m / (sqrt(v) + delta gamma d);   then d = max(d, r / |s|_1)
 *
 * gamma is the root mean square of the first gradient's voxels, which gives delta no unit. At the start
 * d = reach (|theta_0| + |g_0| / L) / sqrt(voxels).
 *
 * State: theta_0, m, v, s; four densities. One gradient of the minibatch an iteration. Parameter-free; a
 * rate other than 1 multiplies the step. Known weakness: Adam's; d never shrinks, and noise makes it
 * grow. The paper's delta of 1e-8 does nearly as well as 1 on a ribosome, and not on a cylinder.
 * Mishchenko & Defazio, ICML 2024 (arXiv 2306.06101), Algorithm 4, beta1 = 0.9, beta2 = 0.999; they set
 * the first d to 1e-6, without unit.
 *
 * @param learningRate multiplies the step, without unit
 * @param momentum beta1, 0 <= beta1 < 1
 * @param forgetting beta2, 0 <= beta2 < 1
 * @param delta in units of gamma, >= 0
 * @param reach the first d, in units of the root mean square of theta_0 and g_0 / L
 */
export function prodigy(
  {
    learningRate = constant({ value: 1 }),
    momentum = constant({ value: 0.9 }),
    forgetting = constant({ value: 0.999 }),
    delta = constant({ value: 1 }),
    reach = constant({ value: 1e-2 }),
  }: {
    learningRate?: Schedule;
    momentum?: Schedule;
    forgetting?: Schedule;
    delta?: Schedule;
    reach?: Schedule;
  } = {},
): Optimizer<ProdigyState> {
  return {
    name: "prodigy",
    hyperparameters: { learningRate, momentum, forgetting, delta, reach },
    init: (voxels) => ({
      start: voxels.slice(),
      first: new Float32Array(voxels.length),
      second: new Float32Array(voxels.length),
      moved: new Float32Array(voxels.length),
      inner: 0,
      distance: 0,
      gamma: 0,
    }),
    async step(voxels, state, objective, t) {
      const { gradient } = await objective.evaluate(voxels), edge = Math.sqrt(voxels.length);
      state.gamma ||= norm(gradient) / edge;
      state.distance ||= reach.at(t) * scaleOf(voxels, gradient, objective) / edge;
      const { start, gamma, distance: d } = state, rate = learningRate.at(t);
      const beta1 = momentum.at(t), beta2 = forgetting.at(t), beta3 = Math.sqrt(beta2);
      const weight = (1 - beta3) * rate * d * d, floor = delta.at(t) * gamma * d;
      state.first = state.first.map((m, i) => beta1 * m + (1 - beta1) * d * gradient[i]);
      state.second = state.second.map((v, i) => beta2 * v + (1 - beta2) * (d * gradient[i]) ** 2);
      state.moved = state.moved.map((s, i) => beta3 * s + weight * gradient[i]);
      let inner = 0, absolute = 0;
      for (let i = 0; i < voxels.length; i++) {
        inner += gradient[i] * (start[i] - voxels[i]);
        absolute += Math.abs(state.moved[i]);
      }
      state.inner = beta3 * state.inner + weight * inner;
      if (absolute > 0) state.distance = Math.max(d, state.inner / absolute);
      const { first, second } = state;
      // m = 0 is no step even where v = delta = 0
      return first.map((m, i) => m && -rate * d * m / (Math.sqrt(second[i]) + floor));
    },
  };
}
