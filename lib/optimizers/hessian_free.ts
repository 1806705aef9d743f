import { conjugateGradient } from "../conjugate_gradient.ts";
import { constant, type Schedule } from "../schedule.ts";
import { dot, norm } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

/** Length of a difference over the length of theta: the root of float32's rounding, 2^-23. */
const REACH = Math.sqrt(2 ** -23);

export function hessianFree(
  { damping = constant({ value: 0.1 }), iterations = 5 }: {
    damping?: Schedule;
    iterations?: number;
  } = {},
): Optimizer<{ trust: number }> {
  return {
    name: "hessianFree",
    hyperparameters: { damping },
    batchSize: 300,
    init: () => ({ trust: 1 }),
    async step(voxels, state, objective, t) {
      const lambda = damping.at(t) / (objective.unit * state.trust);
      const { value, gradient } = await objective.evaluate(voxels);
      const distance = REACH * (norm(voxels) + objective.unit * norm(gradient));
      const product = async (v: Float64Array) => {
        const h = distance / norm(v);
        const there = await objective.evaluate(voxels.map((x, i) => x + h * v[i]));
        return v.map((_, i) => (there.gradient[i] - gradient[i]) / h);
      };
      const { solution, residual } = await conjugateGradient(product, gradient, {
        iterations,
        damping: lambda,
      });
      let change = Float32Array.from(solution, (d) => -d);
      if (norm(change) === 0) change = gradient.map((g) => -objective.unit * g);
      // q(d) = g.d + d.(H + lambda I) d / 2 , H d = g - r
      const model = residual && dot(change, gradient) * 0.5 + 0.5 * dot(change, residual);
      for (let halving = 0; halving < 5; halving++) {
        const after = await objective.value(voxels.map((x, i) => x + change[i]));
        const rho = (after - value) / model;
        if (halving === 0) {
          if (rho > 0.75) state.trust *= 1.5;
          if (!(rho >= 0.25)) state.trust /= 1.5;
        }
        if (after < value) return change;
        change = change.map((d) => d / 2);
      }
      return change.fill(0);
    },
  };
}
