import { solvePositive } from "../cholesky.ts";
import { symmetricEigen } from "../eigen.ts";
import { annealing, constant, type Schedule } from "../schedule.ts";
import { dot } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

/** What TONGA knows of the gradients' covariance. */
export type CovarianceState = {
  /** Columns of X, C ~ X X^T: the kept eigenvectors, then the gradients since. */
  columns: Float32Array[];
  /** G = X^T X, [columns, columns]. */
  gram: Float64Array;
  /** tr C, parts that were dropped from X included. */
  trace: number;
};

export function tonga(
  {
    learningRate = annealing({ start: 4 }),
    damping = constant({ value: 0.1 }),
    forgetting = constant({ value: 0.995 }),
    rank = 20,
    period = 20,
  }: {
    learningRate?: Schedule;
    damping?: Schedule;
    forgetting?: Schedule;
    rank?: number;
    period?: number;
  } = {},
): Optimizer<CovarianceState> {
  return {
    name: "tonga",
    hyperparameters: { learningRate, damping, forgetting },
    init: () => ({ columns: [], gram: new Float64Array(), trace: 0 }),
    async step(voxels, state, objective, t) {
      const { gradient } = await objective.evaluate(voxels);
      const gamma = forgetting.at(t), shrink = Math.sqrt(gamma);
      state.columns = [...state.columns.map((x) => x.map((v) => shrink * v)), gradient.slice()];
      state.gram = bordered(state.gram.map((v) => gamma * v), state.columns);
      state.trace = gamma * state.trace + dot(gradient, gradient);
      if (state.trace === 0) return gradient; // no gradient so far
      const { columns, gram } = state, n = columns.length, lambda = damping.at(t) * state.trace;

      const damped = gram.map((v, at) => at % (n + 1) === 0 ? v + lambda : v);
      const last = Float64Array.from({ length: n }, (_, i) => i === n - 1 ? 1 : 0);
      const weights = solvePositive(damped, last);
      const eta = learningRate.at(t) * objective.unit;
      const change = combine(columns, weights.map((a) => -eta * lambda * a));

      if (n === rank + period) {
        const { values, vectors } = symmetricEigen(gram, n);
        state.columns = Array.from(
          { length: rank },
          (_, i) => combine(columns, vectors.subarray(i * n, (i + 1) * n)),
        );
        state.gram = new Float64Array(rank * rank);
        for (let i = 0; i < rank; i++) state.gram[i * (rank + 1)] = values[i];
      }
      return change;
    },
  };
}

/** G with a last row and column for the last of the columns. */
function bordered(gram: Float64Array, columns: readonly Float32Array[]): Float64Array {
  const n = columns.length, out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      out[i * n + j] = out[j * n + i] = i === n - 1
        ? dot(columns[i], columns[j])
        : gram[i * (n - 1) + j];
    }
    out[i * n + i] = i === n - 1 ? dot(columns[i], columns[i]) : gram[i * n];
  }
  return out;
}

/** X a. */
function combine(columns: readonly Float32Array[], weights: Float64Array): Float32Array {
  const sum = new Float64Array(columns[0].length);
  columns.forEach((x, j) => {
    for (let i = 0; i < sum.length; i++) sum[i] += weights[j] * x[i];
  });
  return Float32Array.from(sum);
}
