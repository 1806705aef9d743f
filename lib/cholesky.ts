/**
 * Solves A x = b for a small positive definite matrix: A = R R^T, R lower triangular (Cholesky).
 *
 * @param matrix A, [n, n], symmetric; only its lower half is read
 * @param right b, [n]
 * @throws {RangeError} if A is not positive definite.
 */
export function solvePositive(matrix: ArrayLike<number>, right: ArrayLike<number>): Float64Array {
  const n = right.length, r = Float64Array.from(matrix), x = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = r[i * n + j];
      for (let k = 0; k < j; k++) sum -= r[i * n + k] * r[j * n + k];
      if (i === j && !(sum > 0)) {
        throw new RangeError(
          `Cannot solve: pivot ${i} of the matrix is ${sum}, wanted a positive definite one`,
        );
      }
      r[i * n + j] = i === j ? Math.sqrt(sum) : sum / r[j * n + j];
    }
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= r[i * n + k] * x[k];
    x[i] /= r[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= r[k * n + i] * x[k];
    x[i] /= r[i * n + i];
  }
  return x;
}
