import { annealing, constant, type Schedule } from "../schedule.ts";
import { norm } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * RMSProp, s_t = rho s_(t-1) + (1 - rho) g_t^2; theta -= (eta_t / L) g_t / (sqrt(s_t) / gamma + delta),
 * every voxel by itself; gamma is the root mean square of the first gradient's voxels, see AdaGrad.
 *
 * State: s and gamma. One gradient of the minibatch an iteration. Known weakness: AdaGrad's, and where
 * gradients are noise alone its steps do not get shorter. With delta 1 a rate of 4 is slow and one of 15
 * diverges; delta 10 with a rate of 40 does well on a ribosome and on a cylinder.
 * Tieleman & Hinton, Coursera: Neural Networks for Machine Learning, lecture 6.5 (2012), with rho = 0.9.
 *
 * @param learningRate eta, in units of 1/L
 * @param forgetting rho, 0 <= rho < 1
 * @param delta in units of gamma, >= 0
 */
export function rmsprop(
  {
    learningRate = annealing({ start: 40 }),
    forgetting = constant({ value: 0.9 }),
    delta = constant({ value: 10 }),
  }: { learningRate?: Schedule; forgetting?: Schedule; delta?: Schedule } = {},
): Optimizer<{ squares: Float32Array; gamma: number }> {
  return {
    name: "rmsprop",
    hyperparameters: { learningRate, forgetting, delta },
    init: (voxels) => ({ squares: new Float32Array(voxels.length), gamma: 0 }),
    async step(voxels, state, objective, t) {
      const { gradient } = await objective.evaluate(voxels);
      const eta = learningRate.at(t) * objective.unit, rho = forgetting.at(t), floor = delta.at(t);
      state.gamma ||= norm(gradient) / Math.sqrt(gradient.length);
      state.squares = state.squares.map((s, i) => rho * s + (1 - rho) * gradient[i] ** 2);
      const { squares, gamma } = state;
      // g = 0 is no step even where s = delta = 0
      return gradient.map((g, i) => g && -eta * g / (Math.sqrt(squares[i]) / gamma + floor));
    },
  };
}
