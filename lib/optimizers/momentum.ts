import { annealing, rising, type Schedule } from "../schedule.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Classical momentum, v_t = mu_t v_(t-1) - eta_t g(theta_t); theta_(t+1) = theta_t + v_t.
 *
 * State: v. One gradient of the minibatch an iteration. Known weakness: keeps going where the gradient
 * has turned. On a quadratic it is stable for eta < 2 (1 + mu), so the default of 2 always is; with 1
 * the demo's cylinder is found in 2 of 3 seeds, with 2 in 3 of 3, with 4 too but noisier.
 * Polyak, USSR Comput. Math. Math. Phys. 4:1 (1964); schedules of Punjani & Brubaker, Sec. 4.
 *
 * @param learningRate eta, in units of 1/L
 * @param momentum mu, 0 <= mu < 1
 */
export function momentum(
  { learningRate = annealing({ start: 2 }), momentum = rising() }: {
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
