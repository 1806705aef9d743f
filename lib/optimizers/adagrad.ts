import { constant, type Schedule } from "../schedule.ts";
import { norm } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * AdaGrad, s_t = s_(t-1) + g_t^2; theta -= (eta / L) g_t / (sqrt(s_t) / gamma + delta), every voxel by
 * itself; gamma is the root mean square of the first gradient's voxels.
 *
 * State: s and gamma. One gradient of the minibatch an iteration. g / sqrt(s) has no unit, so that a
 * rate would be one of the density's; gamma / L, about the step that gradient descent takes first, gives
 * it that unit again and delta none: eta / delta is the rate in units of 1/L of voxels that hardly ever
 * had a gradient. Known weakness: it is not the voxels that differ in curvature but the frequencies, and
 * with a small delta the empty corners move as fast as the particle: of delta 0.1 to 10, 10 with a rate
 * of 40 did best on both data sets tried (a ribosome, a cylinder).
 * Duchi, Hazan & Singer, JMLR 12:2121 (2011), diagonal; without annealing: Punjani & Brubaker, Sec. 4.
 *
 * @param learningRate eta, in units of 1/L
 * @param delta in units of gamma, >= 0
 */
export function adagrad(
  { learningRate = constant({ value: 40 }), delta = constant({ value: 10 }) }: {
    learningRate?: Schedule;
    delta?: Schedule;
  } = {},
): Optimizer<{ squares: Float32Array; gamma: number }> {
  return {
    name: "adagrad",
    hyperparameters: { learningRate, delta },
    init: (voxels) => ({ squares: new Float32Array(voxels.length), gamma: 0 }),
    async step(voxels, state, objective, t) {
      const { gradient } = await objective.evaluate(voxels);
      state.gamma ||= norm(gradient) / Math.sqrt(gradient.length);
      state.squares = state.squares.map((s, i) => s + gradient[i] ** 2);
      const { squares, gamma } = state;
      const eta = learningRate.at(t) * objective.unit, floor = delta.at(t);
      // g = 0 is no step even where s = delta = 0
      return gradient.map((g, i) => g && -eta * g / (Math.sqrt(squares[i]) / gamma + floor));
    },
  };
}
