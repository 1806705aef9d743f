import { annealing, rising, type Schedule } from "../schedule.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Classical momentum, v_t = mu_t v_(t-1) - eta_t g(theta_t); theta_(t+1) = theta_t + v_t.
 *
 * State: v. One gradient of the minibatch an iteration. Known weakness: keeps going where the gradient
 * has turned; a rate near 1 overshoots once mu is high.
 * Polyak, USSR Comput. Math. Math. Phys. 4:1 (1964); schedules of Punjani & Brubaker, Sec. 4.
 *
 * @param learningRate eta, in units of 1/L
 * @param momentum mu, 0 <= mu < 1
 */
export function momentum(
  { learningRate = annealing({ start: 1 }), momentum = rising() }: {
    learningRate?: Schedule;
    momentum?: Schedule;
  } = {},
): Optimizer<{ velocity: Float32Array }> {
  return {
    name: "momentum",
    hyperparameters: { learningRate, momentum },
    init: (voxels) => ({ velocity: new Float32Array(voxels.length) }),
    async step(voxels, state, objective, t) {
      const eta = learningRate.at(t) * objective.unit, mu = momentum.at(t);
      const { gradient } = await objective.evaluate(voxels);
      state.velocity = state.velocity.map((v, i) => mu * v - eta * gradient[i]);
      return state.velocity;
    },
  };
}
