import { createBall } from "../ball.ts";
import { annealing, constant, type Schedule } from "../schedule.ts";
import type { Optimizer } from "./optimizer.ts";

/** Averages over both halves' gradients, coefficient by coefficient. */
export type HalfMoments = {
  /** m1 and m2, [coefficients, 2] each. */
  first: Float32Array;
  other: Float32Array;
  /** n, of |g1 - g2|^2 / 4, [coefficients]. */
  noise: Float32Array;
  /** What averages of ones would be: 1 - beta^(t+1) for a constant beta. */
  firstShare: number;
  noiseShare: number;
};

/**
 * VDAM, variable-metric gradient descent with adaptive moments, of RELION 4: the minibatch is cut into two
 * pseudo-halves with gradients g1 and g2; for every Fourier coefficient of |k| < r + 1/2
 *
 *     m_i = beta1 m_i + (1 - beta1) g_i;   n = beta2 n + (1 - beta2) |g1 - g2|^2 / 4
 *     theta -= (eta_t / L) F^-1 [ w gamma m^ / (sqrt(n^) + delta gamma) ],   m^ = (m^1 + m^2) / 2
 *
 * m^ and n^ corrected for their start. n^ is the variance of the minibatch's gradient: as a gradient at
 * the truth has the Fisher information for its variance, sqrt(n^) is a metric that knows which
 * coefficients are seen often. It has no signal in it, unlike Adam's mean of g^2. gamma, the root of n^'s
 * mean over the ball, gives the rate the unit of 1/L. w = 2 F / (1 + F), 0 where F < 0, F the Fourier
 * shell correlation of m1 and m2, shell by shell: momentum that the halves do not share is no signal and
 * not followed.
 *
 * State: m1, m2, n; as much as half a density. One gradient of the minibatch an iteration, in two halves.
 * Known weakness: F is noisy in the innermost shells, which have few coefficients, and holds back what
 * has little signal in a few minibatches, such as the turn of a cylinder about its axis, which it does
 * not find in 30 epochs. With delta 0.1 a rate of 8 loses a ribosome that 10 with delta 1 finds.
 * Kimanius et al., Biochem. J. 478:4169 (2021), beta1 = 0.9, beta2 = 0.999; here the gradient is that of f
 * and the step in units of 1/L, where RELION's gradients are divided by the weight of the reconstruction
 * and its prior enters by tau; its growing minibatches and step schedule are left to the run.
 *
 * @param learningRate eta, in units of 1/L
 * @param momentum beta1, 0 <= beta1 < 1
 * @param forgetting beta2, 0 <= beta2 < 1
 * @param delta in units of gamma, >= 0
 */
export function vdam(
  {
    learningRate = annealing({ start: 10 }),
    momentum = constant({ value: 0.9 }),
    forgetting = constant({ value: 0.999 }),
    delta = constant({ value: 1 }),
  }: {
    learningRate?: Schedule;
    momentum?: Schedule;
    forgetting?: Schedule;
    delta?: Schedule;
  } = {},
): Optimizer<HalfMoments> {
  return {
    name: "vdam",
    hyperparameters: { learningRate, momentum, forgetting, delta },
    init: () => ({
      first: new Float32Array(),
      other: new Float32Array(),
      noise: new Float32Array(),
      firstShare: 0,
      noiseShare: 0,
    }),
    async step(voxels, state, objective, t) {
      const { halves } = await objective.evaluate(voxels, { halves: true });
      if (!halves || objective.radius === undefined) {
        throw new TypeError("Cannot compare halves: the objective has no halves or no radius");
      }
      const ball = createBall(Math.round(Math.cbrt(voxels.length)), objective.radius);
      if (state.noise.length === 0) {
        state.first = new Float32Array(2 * ball.count);
        state.other = new Float32Array(2 * ball.count);
        state.noise = new Float32Array(ball.count);
      }
      const [a, b] = halves.map(ball.pack), beta1 = momentum.at(t), beta2 = forgetting.at(t);
      state.first = state.first.map((m, i) => beta1 * m + (1 - beta1) * a[i]);
      state.other = state.other.map((m, i) => beta1 * m + (1 - beta1) * b[i]);
      state.noise = state.noise.map((n, i) => {
        const re = a[2 * i] - b[2 * i], im = a[2 * i + 1] - b[2 * i + 1];
        return beta2 * n + (1 - beta2) * (re * re + im * im) / 4;
      });
      state.firstShare = beta1 * state.firstShare + 1 - beta1;
      state.noiseShare = beta2 * state.noiseShare + 1 - beta2;

      const { first, other, noise, firstShare, noiseShare } = state;
      const agreed = agreement(first, other, ball.k);
      const gamma = Math.sqrt(noise.reduce((s, n) => s + n, 0) / noiseShare / ball.count);
      const eta = learningRate.at(t) * objective.unit, floor = delta.at(t) * gamma;
      const step = new Float64Array(2 * ball.count);
      for (let i = 0; i < ball.count; i++) {
        const metric = Math.sqrt(noise[i] / noiseShare) + floor;
        const factor = metric > 0 ? -eta * agreed[i] * gamma / (metric * 2 * firstShare) : 0;
        step[2 * i] = factor * (first[2 * i] + other[2 * i]);
        step[2 * i + 1] = factor * (first[2 * i + 1] + other[2 * i + 1]);
      }
      return ball.unpack(step);
    },
  };
}

/** w = 2 F / (1 + F) of every coefficient, F the correlation of a and b over its shell, at least 0. */
function agreement(a: Float32Array, b: Float32Array, k: Int16Array): Float64Array {
  const count = k.length / 3;
  const shells = Uint16Array.from(
    { length: count },
    (_, i) => Math.round(Math.hypot(k[3 * i], k[3 * i + 1], k[3 * i + 2])),
  );
  const size = 1 + shells.reduce((top, s) => Math.max(top, s), 0);
  const ab = new Float64Array(size), aa = ab.slice(), bb = ab.slice();
  for (let i = 0; i < 2 * count; i++) {
    const s = shells[i >> 1];
    ab[s] += a[i] * b[i], aa[s] += a[i] ** 2, bb[s] += b[i] ** 2;
  }
  const weights = ab.map((sum, s) => {
    const correlation = sum > 0 ? sum / Math.sqrt(aa[s] * bb[s]) : 0;
    return 2 * correlation / (1 + correlation);
  });
  return Float64Array.from(shells, (s) => weights[s]);
}
