import { transform3 } from "../fft.ts";
import { annealing, constant, type Schedule } from "../schedule.ts";
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

      const m = Math.round(Math.cbrt(voxels.length));
      const axis = Float64Array.from({ length: m }, (_, i) => i <= m / 2 ? i : i - m);
      const shells = new Uint16Array(voxels.length), inside = new Uint8Array(voxels.length);
      const sums = new Float64Array(m), counts = new Float64Array(m);
      for (let z = 0, i = 0; z < m; z++) {
        for (let y = 0; y < m; y++) {
          for (let x = 0; x < m; x++, i++) {
            const k = Math.sqrt(axis[x] ** 2 + axis[y] ** 2 + axis[z] ** 2);
            shells[i] = Math.round(k);
            inside[i] = k < diagonal.radius + 0.5 ? 1 : 0;
            sums[shells[i]] += state.diagonal[i];
            counts[shells[i]]++;
          }
        }
      }
      const real = Float64Array.from(gradient), imaginary = new Float64Array(real.length);
      transform3(real, imaginary, m);
      for (let i = 0; i < real.length; i++) {
        const mean = sums[shells[i]] / counts[shells[i]];
        const h = (state.diagonal[i] + delta * mean) / state.share;
        const factor = inside[i] && h > 0 ? -eta / (h * real.length) : 0;
        real[i] *= factor;
        imaginary[i] *= factor;
      }
      transform3(real, imaginary, m, 1);
      return Float32Array.from(real);
    },
  };
}
