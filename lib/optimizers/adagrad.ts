import { constant, type Schedule } from "../schedule.ts";
import { norm } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * AdaGrad, s_t = s_(t-1) + g_t^2; theta -= eta (gamma / L) g_t / (sqrt(s_t) + delta gamma), voxel by
 * voxel; gamma is the root mean square of the first gradient's voxels.
 */
export function adagrad(
  { learningRate = constant({ value: 1 }), delta = constant({ value: 0.1 }) }: {
    learningRate?: Schedule;
    delta?: Schedule;
  } = {},
): Optimizer<{ squares: Float32Array; gamma: number }> {
  return {
    name: "adagrad",
    hyperparameters: { learningRate, delta },
    init: (voxels) => ({ squares: new Float32Array(voxels.length), gamma: 0 }),
    async step(voxels, state, objective, t) {
      const { gradient } = await objective.evaluate(voxels);
      state.gamma ||= norm(gradient) / Math.sqrt(gradient.length);
      state.squares = state.squares.map((s, i) => s + gradient[i] ** 2);
      const eta = learningRate.at(t) * objective.unit * state.gamma;
      const floor = delta.at(t) * state.gamma;
      return gradient.map((g, i) => g && -eta * g / (Math.sqrt(state.squares[i]) + floor));
    },
  };
}
