/** A = U diag(values) U^T of a symmetric matrix. */
export interface Eigen {
  /** Eigenvalues, largest first, [n]. */
  readonly values: Float64Array;
  /** Unit eigenvectors, one a row in the order of the values, [n, n]. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's rotations: each turns one pair
 * of axes so that their off-diagonal element vanishes, in sweeps over all pairs, until none is above
 * rounding. Golub & Van Loan, Matrix Computations, 4th ed., Sec. 8.5.
 *
 * @param matrix [n, n], symmetric; only read
 * @throws {RangeError} if the matrix is not finite, or not symmetric so that it does not converge.
 */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): Eigen {
  const a = Float64Array.from(matrix), u = new Float64Array(n * n);
  for (let i = 0; i < n; i++) u[i * n + i] = 1;
  const size = Math.hypot(...a);
  if (!Number.isFinite(size)) {
    throw new RangeError(`Cannot find eigenvalues: a matrix of size ${size}, wanted a finite one`);
  }
  for (let sweep = 0;; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) off = Math.max(off, Math.abs(a[p * n + q]));
    }
    if (off <= Number.EPSILON * size) break;
    if (sweep === 50) { // about 8 are enough: convergence is quadratic
      throw new RangeError(
        `Cannot find eigenvalues: off-diagonal ${off} of ${size} after ${sweep} sweeps, ` +
          "wanted a symmetric matrix",
      );
    }
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, u, n, p, q);
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j] - a[i * n + i]);
  return {
    values: Float64Array.from(order, (i) => a[i * n + i]),
    vectors: Float64Array.from(
      { length: n * n },
      (_, at) => u[order[Math.floor(at / n)] * n + at % n],
    ),
  };
}

/** A <- J A J^T and U <- J U, J turning axes p and q so that A[p, q] becomes 0. */
function rotate(a: Float64Array, u: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1), s = t * c;
  for (let k = 0; k < n; k++) { // columns of A
    const kp = a[k * n + p], kq = a[k * n + q];
    a[k * n + p] = c * kp - s * kq;
    a[k * n + q] = s * kp + c * kq;
  }
  for (const m of [a, u]) { // rows of A, and of U
    for (let k = 0; k < n; k++) {
      const pk = m[p * n + k], qk = m[q * n + k];
      m[p * n + k] = c * pk - s * qk;
      m[q * n + k] = s * pk + c * qk;
    }
  }
  a[p * n + q] = a[q * n + p] = 0;
}
