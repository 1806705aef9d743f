import { solvePositive } from "../cholesky.ts";
import { symmetricEigen } from "../eigen.ts";
import { annealing, constant, type Schedule } from "../schedule.ts";
import { dot } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

/** What is known of the gradients' covariance C. */
export type CovarianceState = {
  /** Columns of X: principal axes, each as long as its eigenvalue's root, and the gradients since. */
  columns: Float32Array[];
  /** G = X^T X, [columns, columns]. */
  gram: Float64Array;
  /** tr C, with what was dropped from X. */
  trace: number;
};

/**
 * TONGA, the online natural gradient of Le Roux, Manzagol & Bengio (NIPS 2007):
 *
 *     C_t = gamma C_(t-1) + g_t g_t^T;   theta -= (eta / L) (I + C_t / lambda)^-1 g_t
 *
 * the form it has with a Gaussian prior on the mean gradient: short where gradients are large or
 * disagree, g_t where they are small. C is kept as X X^T: X gets a column an iteration, and every
 * `period` iterations its `rank` principal axes are kept, from the eigenvectors of its Gram matrix
 * G = X^T X. As g_t is X's last column, (I + C / lambda)^-1 g_t = lambda X (G + lambda I)^-1 e_last: no
 * matrix is larger than rank + period. lambda = damping tr C, so that damping has no unit.
 *
 * State: X, G, tr C; as much as `rank + period` densities. One gradient of the minibatch an iteration.
 * A direction that all gradients share is shortened by 1 + 1/damping, so that on a quadratic a rate
 * below 2 (1 + 1/damping) is stable in it; the default 5 is (0.3 with a rate of 10 diverges on a
 * cylinder). Known weakness: the covariance of gradients is not the curvature.
 * Rank 20 every 20 iterations, annealing: Punjani & Brubaker, Sec. 4, who tune lambda.
 *
 * @param learningRate eta, in units of 1/L
 * @param damping lambda over tr C, > 0
 * @param forgetting gamma, 0 <= gamma <= 1
 * @param rank axes that are kept
 * @param period gradients between two times of finding the axes
 */
export function tonga(
  {
    learningRate = annealing({ start: 5 }),
    damping = constant({ value: 0.5 }),
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
      for (const x of state.columns) for (let i = 0; i < x.length; i++) x[i] *= shrink;
      state.columns = [...state.columns, gradient.slice()];
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

/** The Gram matrix of all columns from that of all but the last; [n, n]. */
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
