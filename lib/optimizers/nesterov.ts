import { annealing, rising, type Schedule } from "../schedule.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Nesterov's accelerated gradient, v_t = mu_t v_(t-1) - eta_t g(theta_t + mu_t v_(t-1));
 * theta_(t+1) = theta_t + v_t: momentum that looks where it is going.
 *
 * State: v. One gradient of the minibatch an iteration, taken ahead of theta.
 * Nesterov, Soviet Math. Dokl. 27:372 (1983), in the form of Sutskever et al., ICML 2013, eq. 3-4.
 *
 * @param learningRate eta, in units of 1/L
 * @param momentum mu, 0 <= mu < 1
 */
export function nesterov(
  { learningRate = annealing({ start: 1 }), momentum = rising() }: {
    learningRate?: Schedule;
    momentum?: Schedule;
  } = {},
): Optimizer<{ velocity: Float32Array }> {
  return {
    name: "nesterov",
    hyperparameters: { learningRate, momentum },
    init: (voxels) => ({ velocity: new Float32Array(voxels.length) }),
    async step(voxels, state, objective, t) {
      const eta = learningRate.at(t) * objective.unit, mu = momentum.at(t);
      const ahead = voxels.map((v, i) => v + mu * state.velocity[i]);
      const { gradient } = await objective.evaluate(ahead);
      state.velocity = state.velocity.map((v, i) => mu * v - eta * gradient[i]);
      return state.velocity;
    },
  };
}
