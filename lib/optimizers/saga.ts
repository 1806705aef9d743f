import { annealing, type Schedule } from "../schedule.ts";
import { blockGradient, emptyTable, type GradientTable, replace } from "./gradient_table.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * SAGA: the gradient of block j = j_t, less its last one, plus the mean of the last ones of all blocks
 * seen so far, m of them,
 *
 *     theta -= eta_t (g_j(theta) - y_j + 1/m sum_i y_i + the prior's gradient);   then y_j = g_j(theta)
 *
 * right on average whatever the table holds, and without noise at the end. A block that was never seen
 * has no y_j: its step is that of gradient descent, and so is the first epoch.
 *
 * State: y, its sum, as for SAG, see there: a sixth of a density a block. One gradient of the minibatch an
 * iteration. Known weakness: y_j cancels the noise of g_j only as far as the posteriors of an epoch ago
 * are those of now; else the noise is doubled. A rate of 8 diverges.
 * Defazio, Bach & Lacoste-Julien, NIPS 2014, eq. 1, without their proximal step: the prior's gradient is
 * added to the table's.
 *
 * @param learningRate eta, in units of 1/L
 */
export function saga(
  { learningRate = annealing({ start: 3 }) }: { learningRate?: Schedule } = {},
): Optimizer<GradientTable> {
  return {
    name: "saga",
    hyperparameters: { learningRate },
    blocks: true,
    init: emptyTable,
    async step(voxels, state, objective, t) {
      const eta = learningRate.at(t) * objective.unit;
      const { ball, index, fresh, prior } = await blockGradient(voxels, state, objective);
      const { table, sum, seen } = state, old = table[index];
      const direction = old.length === 0 ? fresh : sum.map((s, i) => fresh[i] - old[i] + s / seen);
      const data = ball.unpack(direction);
      replace(state, index, fresh);
      return data.map((g, i) => -eta * (g + prior[i]));
    },
  };
}
