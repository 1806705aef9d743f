import { createBall } from "../ball.ts";
import { annealing, constant, type Schedule } from "../schedule.ts";
import { shellMeans, shellsOf } from "../shells.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Stochastic gradient descent preconditioned in Fourier space, stochastic EM in effect:
 *
 *     theta -= eta_t F^-1 [ F(g) / (H + damping shellmean(H)) ]   for |k| < r + 1/2
 *
 * H is the running average of the Gauss-Newton diagonal, the back-projected CTF^2 of the minibatches
 * weighted by their posteriors; 0.1 of each new one, corrected for its start. One gradient of the
 * minibatch an iteration; state: H. Known weakness: a diagonal ignores how voxels outside the particle
 * couple neighbouring frequencies; without a mask a rate above 0.3 may diverge, with one 1 is stable.
 *
 * @param learningRate eta, without unit: 1 goes all the way to what the minibatch says
 * @param damping share of the shell's mean added to H, against coefficients that are seldom seen
 */
export function preconditioned(
  { learningRate = annealing({ start: 0.6 }), damping = constant({ value: 0.1 }) }: {
    learningRate?: Schedule;
    damping?: Schedule;
  } = {},
): Optimizer<{ diagonal: Float32Array; share: number }> {
  const AVERAGE = 0.1;
  return {
    name: "preconditioned",
    unitless: true,
    hyperparameters: { learningRate, damping },
    init: (voxels) => ({ diagonal: new Float32Array(voxels.length), share: 0 }),
    async step(voxels, state, objective, t) {
      const { gradient, diagonal } = await objective.evaluate(voxels, { diagonal: true });
      if (!diagonal) throw new TypeError("Cannot precondition: the objective has no diagonal");
      const eta = learningRate.at(t), delta = damping.at(t);
      state.diagonal = state.diagonal.map((h, i) =>
        (1 - AVERAGE) * h + AVERAGE * diagonal.values[i]
      );
      state.share = (1 - AVERAGE) * state.share + AVERAGE;

      const m = Math.round(Math.cbrt(voxels.length)), ball = createBall(m, diagonal.radius);
      const means = shellMeans(state.diagonal, m), shells = shellsOf(m);
      const step = ball.pack(gradient);
      ball.places.forEach((place, i) => {
        const h = (state.diagonal[place] + delta * means[shells[place]]) / state.share;
        const factor = h > 0 ? -eta / h : 0;
        step[2 * i] *= factor;
        step[2 * i + 1] *= factor;
      });
      return ball.unpack(step);
    },
  };
}
