import { annealing, constant, type Schedule } from "../schedule.ts";
import { dot } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

/** The last steps and what they did to the gradient, oldest first. */
export type CurvaturePairs = {
  /** s_i = theta_(i+1) - theta_i. */
  steps: Float32Array[];
  /** y_i = g(theta_(i+1)) - g(theta_i) + lambda s_i, both g on one minibatch. */
  changes: Float32Array[];
};

export function olbfgs(
  { learningRate = annealing({ start: 0.5 }), damping = constant({ value: 0.1 }), memory = 30 }: {
    learningRate?: Schedule;
    damping?: Schedule;
    memory?: number;
  } = {},
): Optimizer<CurvaturePairs> {
  return {
    name: "olbfgs",
    hyperparameters: { learningRate, damping },
    init: () => ({ steps: [], changes: [] }),
    async step(voxels, state, objective, t) {
      const eta = learningRate.at(t), lambda = damping.at(t) / objective.unit;
      const { gradient } = await objective.evaluate(voxels);
      const newton = inverseHessianTimes(gradient, state, objective.unit);
      const next = voxels.map((v, i) => v - eta * newton[i]);
      // The step as float32 numbers can take it, so that y belongs to it to the bit.
      const s = next.map((v, i) => v - voxels[i]);
      const after = (await objective.evaluate(next)).gradient;
      const y = after.map((g, i) => g - gradient[i] + lambda * s[i]);
      if (dot(s, y) > 0) {
        state.steps = [...state.steps, s].slice(-memory);
        state.changes = [...state.changes, y].slice(-memory);
      }
      return s;
    },
  };
}

/**
 * H g by the two loops (Nocedal, Math. Comp. 35:773, 1980) ...
 */
export function inverseHessianTimes(
  gradient: Float32Array,
  { steps, changes }: CurvaturePairs,
  unit: number,
): Float64Array {
  const p = Float64Array.from(gradient), n = steps.length;
  const products = steps.map((s, i) => dot(s, changes[i]));
  const alpha = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    alpha[i] = dot(steps[i], p) / products[i];
    for (let k = 0; k < p.length; k++) p[k] -= alpha[i] * changes[i][k];
  }
  const scale = n === 0
    ? unit
    : products.reduce((sum, sy, i) => sum + sy / dot(changes[i], changes[i]), 0) / n;
  for (let k = 0; k < p.length; k++) p[k] *= scale;
  for (let i = 0; i < n; i++) {
    const beta = dot(changes[i], p) / products[i];
    for (let k = 0; k < p.length; k++) p[k] += (alpha[i] - beta) * steps[i][k];
  }
  return p;
}
