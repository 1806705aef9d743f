import { annealing, type Schedule } from "../schedule.ts";
import { blockGradient, emptyTable, type GradientTable, replace } from "./gradient_table.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Stochastic average gradient: of block j = j_t the gradient is taken anew, the step is along the mean of
 * the last gradients of all blocks seen so far, m of them,
 *
 *     y_j = g_j(theta);   theta -= eta_t (1/m sum_i y_i + the prior's gradient)
 *
 * The table is over blocks of B images that come back once an epoch, not over images: 50,000 images would
 * take 50,000 times 5.4 kB at r = 6.4 and could not be summed up together. It holds the Fourier
 * coefficients of |k| < r + 1/2, half of them, in float32: a block takes a sixth of a density, 500 blocks
 * 2.7 MB. What a gradient has beyond, 0.5 % of its power, is left out.
 *
 * State: y, its sum. One gradient of the minibatch an iteration. Known weakness: on average a gradient is
 * half an epoch old, that of a density and, in a tempered start, a temperature that are no more; the
 * posterior moves faster than that at the start.
 * Le Roux, Schmidt & Bach, NIPS 2012; the mean over what was seen: Schmidt, Le Roux & Bach, Math.
 * Program. 162:83 (2017), Sec. 4, as is the prior outside of the table.
 *
 * @param learningRate eta, in units of 1/L
 */
export function sag(
  { learningRate = annealing({ start: 2 }) }: { learningRate?: Schedule } = {},
): Optimizer<GradientTable> {
  return {
    name: "sag",
    hyperparameters: { learningRate },
    blocks: true,
    init: emptyTable,
    async step(voxels, state, objective, t) {
      const eta = learningRate.at(t) * objective.unit;
      const { ball, index, fresh, prior } = await blockGradient(voxels, state, objective);
      replace(state, index, fresh);
      const data = ball.unpack(state.sum.map((s) => s / state.seen));
      return data.map((g, i) => -eta * (g + prior[i]));
    },
  };
}
