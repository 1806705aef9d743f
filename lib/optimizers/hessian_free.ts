import { conjugateGradient } from "../conjugate_gradient.ts";
import { constant, type Schedule } from "../schedule.ts";
import { norm } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

export function hessianFree(
  {
    learningRate = constant({ value: 1 }),
    damping = constant({ value: 0.1 }),
    iterations = 5,
    reach = 3.4526698300124393e-4,
  }: {
    learningRate?: Schedule;
    damping?: Schedule;
    iterations?: number;
    reach?: number;
  } = {},
): Optimizer<Record<string, never>> {
  return {
    name: "hessianFree",
    hyperparameters: { learningRate, damping },
    batchSize: 300,
    init: () => ({}),
    async step(voxels, _state, objective, t) {
      const eta = learningRate.at(t), lambda = damping.at(t) / objective.unit;
      const { gradient } = await objective.evaluate(voxels);
      const distance = reach * (norm(voxels) + objective.unit * norm(gradient));
      const product = async (v: Float64Array) => {
        const h = distance / norm(v);
        const ahead = voxels.map((x, i) => x + h * v[i]);
        const { gradient: there } = await objective.evaluate(ahead);
        return v.map((_, i) => (there[i] - gradient[i]) / h);
      };
      const { solution } = await conjugateGradient(product, gradient, {
        iterations,
        damping: lambda,
      });
      if (norm(solution) === 0) return gradient.map((g) => -objective.unit * g);
      return gradient.map((_, i) => -eta * solution[i]);
    },
  };
}
