import { createBall } from "../ball.ts";
import { constant, type Schedule } from "../schedule.ts";
import { shellMeans, shellsOf } from "../shells.ts";
import type { Optimizer } from "./optimizer.ts";

/** Iterations of looking on before the first step. */
const SLOW_START = 5;
/** Share of the shell's mean that is added to a curvature, against coefficients that are seldom seen. */
const FLOOR = 0.1;

/** Averages over the last tau gradients, coefficient by coefficient. */
export type GradientStatistics = {
  /** g-, [coefficients, 2]. */
  mean: Float32Array;
  /** v-, of |g|^2. */
  power: Float32Array;
  /** h-, of the curvature. */
  curvature: Float32Array;
  /** tau, iterations. */
  memory: Float32Array;
};

/**
 * vSGD-l, learning rates from the gradients' own variance, one for every Fourier coefficient of
 * |k| < r + 1/2: with averages over the last tau iterations, each coefficient having its own tau,
 *
 *     g- of g,   v- of |g|^2,   h- of H;   eta = |g-|^2 / (h- v-),   theta -= rate eta g
 *     tau = (1 - |g-|^2 / v-) tau + 1
 *
 * Newton's step where gradients agree, a short one and a long memory where they are noise. Fourier
 * coefficients rather than voxels, because in them the Hessian is nearly diagonal: H is the Gauss-Newton
 * diagonal of the minibatch, which the authors take by back-propagation, with a tenth of its shell's mean
 * added. The first five iterations only fill the averages.
 *
 * State: g-, v-, h-, tau; as much as half a density. One gradient of the minibatch an iteration.
 * Parameter-free; a rate other than 1 multiplies eta. Known weakness: a diagonal ignores how voxels
 * outside the particle couple neighbouring frequencies; a rate of 4 diverges.
 * Schaul, Zhang & LeCun, ICML 2013, Algorithm 1, "l".
 *
 * @param learningRate multiplies eta, without unit
 */
export function vsgd(
  { learningRate = constant({ value: 1 }) }: { learningRate?: Schedule } = {},
): Optimizer<GradientStatistics> {
  return {
    name: "vsgd",
    hyperparameters: { learningRate },
    init: () => ({
      mean: new Float32Array(),
      power: new Float32Array(),
      curvature: new Float32Array(),
      memory: new Float32Array(),
    }),
    async step(voxels, state, objective, t) {
      const { gradient, diagonal } = await objective.evaluate(voxels, { diagonal: true });
      if (!diagonal) throw new TypeError("Cannot adapt rates: the objective has no diagonal");
      const m = Math.round(Math.cbrt(voxels.length)), ball = createBall(m, diagonal.radius);
      if (state.mean.length === 0) {
        state.mean = new Float32Array(2 * ball.count);
        state.power = new Float32Array(ball.count);
        state.curvature = new Float32Array(ball.count);
        state.memory = new Float32Array(ball.count).fill(1);
      }
      const { mean, power, curvature, memory } = state;
      const means = shellMeans(diagonal.values, m), shells = shellsOf(m);
      const packed = ball.pack(gradient), rate = learningRate.at(t);
      for (let i = 0; i < ball.count; i++) {
        const re = packed[2 * i], im = packed[2 * i + 1], place = ball.places[i];
        const share = 1 / memory[i];
        mean[2 * i] += share * (re - mean[2 * i]);
        mean[2 * i + 1] += share * (im - mean[2 * i + 1]);
        power[i] += share * (re * re + im * im - power[i]);
        const h = diagonal.values[place] + FLOOR * means[shells[place]];
        curvature[i] += share * (h - curvature[i]);
        // at most 1, but for the rounding of what is almost 0
        const agreement = power[i] > 0
          ? Math.min(1, (mean[2 * i] ** 2 + mean[2 * i + 1] ** 2) / power[i])
          : 0;
        memory[i] = t < SLOW_START ? memory[i] + 1 : (1 - agreement) * memory[i] + 1;
        const eta = t < SLOW_START || curvature[i] === 0 ? 0 : agreement / curvature[i];
        packed[2 * i] *= -rate * eta;
        packed[2 * i + 1] *= -rate * eta;
      }
      return ball.unpack(packed);
    },
  };
}
