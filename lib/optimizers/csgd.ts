import { constant, type Schedule } from "../schedule.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Stochastic gradient descent in the manner of cryoSPARC's ab-initio reconstruction: momentum that keeps
 * the size of the step, and a step that each minibatch sets,
 *
 *     v_t = mu v_(t-1) - (1 - mu) (eta / h_t) g_t;   theta += v_t
 *
 * h_t is the largest of the Gauss-Newton diagonal, the back-projected CTF^2 weighted by the posteriors of
 * minibatch t: the largest curvature as far as the diagonal knows it, so that the step needs no tuning.
 *
 * State: v. One gradient of the minibatch an iteration. Known weakness: one step length for all
 * frequencies, and mu = 0.9 from the start follows the first, wrong gradients for long. With eta 1 a
 * cylinder is found in one of two seeds, with 2 in both, with 4 a ribosome's map gets noisier.
 * Punjani, Rubinstein, Fleet & Brubaker, Nat. Methods 14:290 (2017), mu = 0.9.
 *
 * @param learningRate eta, without unit
 * @param momentum mu, 0 <= mu < 1
 */
export function csgd(
  { learningRate = constant({ value: 2 }), momentum = constant({ value: 0.9 }) }: {
    learningRate?: Schedule;
    momentum?: Schedule;
  } = {},
): Optimizer<{ velocity: Float32Array }> {
  return {
    name: "csgd",
    hyperparameters: { learningRate, momentum },
    init: (voxels) => ({ velocity: new Float32Array(voxels.length) }),
    async step(voxels, state, objective, t) {
      const { gradient, diagonal } = await objective.evaluate(voxels, { diagonal: true });
      if (!diagonal) throw new TypeError("Cannot set the step: the objective has no diagonal");
      const largest = diagonal.values.reduce((a, b) => Math.max(a, b), 0), mu = momentum.at(t);
      const eta = largest > 0 ? (1 - mu) * learningRate.at(t) / largest : 0;
      state.velocity = state.velocity.map((v, i) => mu * v - eta * gradient[i]);
      return state.velocity;
    },
  };
}
