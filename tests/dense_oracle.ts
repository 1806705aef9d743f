/**
 * Linear algebra as in a textbook, in float64 and on whole matrices, to hold the clever forms to; and
 * quadratic functions as objectives.
 *
 * @module
 */
import type { Objective } from "../lib/objective.ts";
import type { Random } from "../lib/random.ts";

/** Rows. */
export type Matrix = number[][];

/** Numbers in a row. */
type Row = ArrayLike<number>;

/** a . b. */
export const inner = (a: Row, b: Row) => Array.from(a).reduce((s, v, i) => s + v * b[i], 0);

/** |a - b|. */
export const distance = (a: Row, b: Row) => Math.hypot(...Array.from(a, (v, i) => v - b[i]));

/** A v. */
export const times = (a: Matrix, v: Row): number[] => a.map((row) => inner(row, v));

/** The matrix whose element i, j is f(i, j). */
export const matrix = (n: number, f: (i: number, j: number) => number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => f(i, j)));

/** A B. */
export const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, j) => row.reduce((s, v, k) => s + v * b[k][j], 0)));

/** A + shift I. */
export const shifted = (a: Matrix, shift: number): Matrix =>
  a.map((row, i) => row.map((v, j) => i === j ? v + shift : v));

/** x of A x = b by elimination with pivots. */
export function solve(a: Matrix, b: Row): number[] {
  const n = b.length, m = a.map((row, i) => [...row, b[i]]);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c; r < n; r++) if (Math.abs(m[r][c]) > Math.abs(m[pivot][c])) pivot = r;
    [m[c], m[pivot]] = [m[pivot], m[c]];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = m[r][c] / m[c][c];
      for (let k = c; k <= n; k++) m[r][k] -= factor * m[c][k];
    }
  }
  return m.map((row, i) => row[n] / row[i]);
}

/** The largest |eigenvalue| of a symmetric matrix by 500 powers of its square: a lower bound, and tight. */
export function spectralNorm(a: Matrix): number {
  let v = a.map((_, i) => Math.sin(1 + i * i)), size = 0;
  for (let i = 0; i < 500; i++) {
    const length = Math.hypot(...v);
    if (length === 0) return 0;
    v = times(a, v.map((x) => x / length));
    size = Math.hypot(...v);
  }
  return size;
}

/** A symmetric matrix with these eigenvalues and random axes. */
export function withEigenvalues(values: readonly number[], random: Random): Matrix {
  const axes: number[][] = [];
  while (axes.length < values.length) {
    let v = values.map(() => random.normal());
    for (let twice = 0; twice < 2; twice++) {
      for (const u of axes) {
        const along = inner(u, v);
        v = v.map((x, i) => x - along * u[i]);
      }
    }
    const length = Math.hypot(...v);
    axes.push(v.map((x) => x / length));
  }
  return matrix(
    values.length,
    (i, j) => values.reduce((s, value, k) => s + value * axes[k][i] * axes[k][j], 0),
  );
}

/** An objective that counts how often it was asked. */
export type CountedObjective = Objective & { gradients: number; values: number };

/** f(x) = x . A x / 2 - b . x, its gradient and products with A rounded to float32; 1/L given. */
export function quadraticObjective(a: Matrix, b: Row, unit: number): CountedObjective {
  const value = (x: Row) => inner(x, times(a, x)) / 2 - inner(b, x);
  return {
    batchSize: 1,
    unit,
    gradients: 0,
    values: 0,
    evaluate(x) {
      this.gradients++;
      const gradient = Float32Array.from(times(a, x), (v, i) => v - b[i]);
      const product = (v: Row) => Promise.resolve(Float32Array.from(times(a, v)));
      return Promise.resolve({ value: value(x), gradient, product });
    },
    value(x) {
      this.values++;
      return Promise.resolve(value(x));
    },
  };
}

/** An objective whose gradients are these, one after the other, wherever it is asked. */
export function gradientsInTurn(gradients: readonly Row[], unit: number): CountedObjective {
  return {
    batchSize: 1,
    unit,
    gradients: 0,
    values: 0,
    evaluate() {
      return Promise.resolve({
        value: 0,
        gradient: Float32Array.from(gradients[this.gradients++]),
      });
    },
    value() {
      this.values++;
      return Promise.resolve(0);
    },
  };
}
