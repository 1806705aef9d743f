import { constant, type Schedule } from "../schedule.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Schedule-free gradient descent: theta is the mean of the points z that gradient descent with a constant
 * rate visits, and gradients are taken between the two,
 *
 *     y = (1 - beta) z_t + beta theta_t;   z_(t+1) = z_t - eta_t g(y)
 *     theta_(t+1) = (1 - c) theta_t + c z_(t+1),   c = eta_t^2 / sum of eta_i^2 to i = t
 *
 * so that no annealing is needed and none has to know when the run ends. With a constant rate c =
 * 1 / (t + 1).
 *
 * State: z and the sum; a density. One gradient of the minibatch an iteration, taken at y. Known weakness:
 * the mean remembers the start for long, which is wrong here. Rates of 20 diverge, 6 is stable on a
 * ribosome and on a cylinder, 1 slow.
 * Defazio et al., NeurIPS 2024 (arXiv 2405.15682), eq. 3 to 5, beta = 0.9; weights of Sec. 3.
 *
 * @param learningRate eta, in units of 1/L
 * @param momentum beta, 0 <= beta < 1
 */
export function scheduleFree(
  { learningRate = constant({ value: 6 }), momentum = constant({ value: 0.9 }) }: {
    learningRate?: Schedule;
    momentum?: Schedule;
  } = {},
): Optimizer<{ descent: Float32Array; weights: number }> {
  return {
    name: "scheduleFree",
    hyperparameters: { learningRate, momentum },
    init: (voxels) => ({ descent: voxels.slice(), weights: 0 }),
    async step(voxels, state, objective, t) {
      const rate = learningRate.at(t), eta = rate * objective.unit, beta = momentum.at(t);
      const between = voxels.map((v, i) => (1 - beta) * state.descent[i] + beta * v);
      const { gradient } = await objective.evaluate(between);
      state.descent = state.descent.map((z, i) => z - eta * gradient[i]);
      state.weights += rate ** 2;
      const { descent } = state, c = state.weights > 0 ? rate ** 2 / state.weights : 0;
      return voxels.map((v, i) => c * (descent[i] - v));
    },
  };
}
