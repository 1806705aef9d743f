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

/**
 * Online limited-memory BFGS: theta += s_t, s_t = -eta_t H_t g_t, H_t from the last m pairs
 *
 *     s_i,   y_i = g(theta_i + s_i) - g(theta_i) + lambda s_i,   both g on minibatch i
 *
 * by the two loops, see inverseHessianTimes(). lambda = damping L keeps H below 1/lambda; pairs with
 * s . y <= 0, where even so the curvature is negative, are left out. y belongs to the step as float32
 * took it.
 *
 * State: the pairs; as much as 2 m densities. Two gradients of the minibatch an iteration. The rate has
 * no unit: 1 is Newton's step as far as H is known, and on a quadratic rates below 2 (1 + damping) are
 * stable. The default passes that for its first 35 iterations: H_0 is the reciprocal of a large
 * curvature, and with smaller rates a cylinder is found in 2 of 3 seeds (2.5) or none (2); 8 diverges.
 * Known weakness: the noise of H; and the second gradient costs as much as a step.
 *
 * Schraudolph, Yu & Guenter, AISTATS 2007. There the first step is 1e-10 g, as nothing is known of the
 * scale; here it is eta g / L, which is known to be safe (1e-10 of it would be lost in float32). m = 30:
 * Punjani & Brubaker, Sec. 4.
 *
 * @param learningRate eta, without unit
 * @param damping lambda, in units of L, >= 0
 * @param memory m
 */
export function olbfgs(
  { learningRate = annealing({ start: 3 }), damping = constant({ value: 0.2 }), memory = 30 }: {
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
 * H g by the two loops: H = V^T H V + rho s s^T, V = I - rho y s^T, rho = 1 / (s . y), for every pair
 * from the oldest to the newest, from H_0 = mean of (s . y) / (y . y) over the pairs, 1/L without any.
 * Nocedal, Math. Comp. 35:773 (1980); H_0 is that of Schraudolph et al.
 *
 * @param unit 1/L
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
