import { annealing, type Schedule } from "../schedule.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Stochastic gradient descent, theta -= eta_t g_t.
 *
 * State: none. One gradient of the minibatch an iteration. Known weakness: slow along directions of
 * low curvature, such as the turn of a cylinder about its axis.
 * Robbins & Monro, Ann. Math. Stat. 22:400 (1951).
 *
 * @param learningRate eta, in units of 1/L
 */
export function sgd(
  { learningRate = annealing({ start: 1 }) }: { learningRate?: Schedule } = {},
): Optimizer<Record<string, never>> {
  return {
    name: "sgd",
    hyperparameters: { learningRate },
    init: () => ({}),
    async step(voxels, _state, objective, t) {
      const eta = learningRate.at(t) * objective.unit;
      const { gradient } = await objective.evaluate(voxels);
      return gradient.map((g) => -eta * g);
    },
  };
}
