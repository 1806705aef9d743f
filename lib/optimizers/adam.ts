import { annealing, constant, type Schedule } from "../schedule.ts";
import { norm } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

/** Adam's averages, and what an average of ones would be: 1 - beta^(t+1) for a constant beta. */
export type Moments = {
  /** m, of g. */
  first: Float32Array;
  /** v, of g^2. */
  second: Float32Array;
  firstShare: number;
  secondShare: number;
  /** gamma. */
  gamma: number;
};

/**
 * Adam, every voxel by itself:
 *
 *     m_t = beta1 m_(t-1) + (1 - beta1) g_t;   v_t = beta2 v_(t-1) + (1 - beta2) g_t^2
 *     theta -= (eta_t / L) m^ / (sqrt(v^) / gamma + delta),   m^ = m_t / (1 - beta1^t), v^ likewise
 *
 * gamma is the root mean square of the first gradient's voxels: it gives the rate the unit of 1/L and
 * delta none, see AdaGrad.
 *
 * State: m, v, gamma; two densities. One gradient of the minibatch an iteration. Known weakness: with
 * the delta of the paper, 1e-8, the empty corners move as fast as the particle: at its best rate it then
 * ends 3 nats above what delta 3 and a rate of 20 reach on a ribosome, which find a cylinder too.
 * Kingma & Ba, ICLR 2015, with beta1 = 0.9 and beta2 = 0.999.
 *
 * @param learningRate eta, in units of 1/L
 * @param momentum beta1, 0 <= beta1 < 1
 * @param forgetting beta2, 0 <= beta2 < 1
 * @param delta in units of gamma, >= 0
 */
export function adam(
  {
    learningRate = annealing({ start: 20 }),
    momentum = constant({ value: 0.9 }),
    forgetting = constant({ value: 0.999 }),
    delta = constant({ value: 3 }),
  }: {
    learningRate?: Schedule;
    momentum?: Schedule;
    forgetting?: Schedule;
    delta?: Schedule;
  } = {},
): Optimizer<Moments> {
  return {
    name: "adam",
    hyperparameters: { learningRate, momentum, forgetting, delta },
    init: (voxels) => ({
      first: new Float32Array(voxels.length),
      second: new Float32Array(voxels.length),
      firstShare: 0,
      secondShare: 0,
      gamma: 0,
    }),
    async step(voxels, state, objective, t) {
      const { gradient } = await objective.evaluate(voxels);
      const eta = learningRate.at(t) * objective.unit, floor = delta.at(t);
      const beta1 = momentum.at(t), beta2 = forgetting.at(t);
      state.gamma ||= norm(gradient) / Math.sqrt(gradient.length);
      state.first = state.first.map((m, i) => beta1 * m + (1 - beta1) * gradient[i]);
      state.second = state.second.map((v, i) => beta2 * v + (1 - beta2) * gradient[i] ** 2);
      state.firstShare = beta1 * state.firstShare + 1 - beta1;
      state.secondShare = beta2 * state.secondShare + 1 - beta2;
      const { first, second, firstShare, secondShare, gamma } = state;
      // m = 0 is no step even where v = delta = 0
      return first.map((m, i) =>
        m && -eta * m / firstShare / (Math.sqrt(second[i] / secondShare) / gamma + floor)
      );
    },
  };
}
