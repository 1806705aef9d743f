// The two matrix products everything rests on.
import { fma } from "./simd";

/**
 * out[6][8] = (out +) sum_i x[i][6] (x) p[i][8], i < count: twelve accumulators in registers.
 * Scores (p = slices, x = images) and gradients (p = weights, x = images) are both of this form.
 */
// @ts-ignore: decorator
@inline
export function multiplyTile(p: usize, x: usize, count: i32, out: usize, accumulate: bool): void {
  let a0 = f32x4.splat(0), b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0;
  let a3 = a0, b3 = a0, a4 = a0, b4 = a0, a5 = a0, b5 = a0;
  if (accumulate) {
    a0 = v128.load(out), b0 = v128.load(out, 16);
    a1 = v128.load(out, 32), b1 = v128.load(out, 48);
    a2 = v128.load(out, 64), b2 = v128.load(out, 80);
    a3 = v128.load(out, 96), b3 = v128.load(out, 112);
    a4 = v128.load(out, 128), b4 = v128.load(out, 144);
    a5 = v128.load(out, 160), b5 = v128.load(out, 176);
  }
  const end = p + (<usize>count << 5);
  while (p < end) {
    const pa = v128.load(p), pb = v128.load(p, 16);
    let s = v128.load32_splat(x);
    a0 = fma(s, pa, a0), b0 = fma(s, pb, b0);
    s = v128.load32_splat(x, 4);
    a1 = fma(s, pa, a1), b1 = fma(s, pb, b1);
    s = v128.load32_splat(x, 8);
    a2 = fma(s, pa, a2), b2 = fma(s, pb, b2);
    s = v128.load32_splat(x, 12);
    a3 = fma(s, pa, a3), b3 = fma(s, pb, b3);
    s = v128.load32_splat(x, 16);
    a4 = fma(s, pa, a4), b4 = fma(s, pb, b4);
    s = v128.load32_splat(x, 20);
    a5 = fma(s, pa, a5), b5 = fma(s, pb, b5);
    p += 32;
    x += 24;
  }
  v128.store(out, a0), v128.store(out, b0, 16);
  v128.store(out, a1, 32), v128.store(out, b1, 48);
  v128.store(out, a2, 64), v128.store(out, b2, 80);
  v128.store(out, a3, 96), v128.store(out, b3, 112);
  v128.store(out, a4, 128), v128.store(out, b4, 144);
  v128.store(out, a5, 160), v128.store(out, b5, 176);
}

/** c[4][8] = sum_i a[4][i] b[i][8]; strides in bytes. */
// @ts-ignore: decorator
@inline
function fourRows(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
  let p0 = f32x4.splat(0), q0 = p0, p1 = p0, q1 = p0, p2 = p0, q2 = p0, p3 = p0, q3 = p0;
  const r1 = a + lda, r2 = r1 + lda, r3 = r2 + lda;
  const end = <usize>k << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const u = v128.load(b), v = v128.load(b, 16);
    let s = v128.load32_splat(a + i);
    p0 = fma(s, u, p0), q0 = fma(s, v, q0);
    s = v128.load32_splat(r1 + i);
    p1 = fma(s, u, p1), q1 = fma(s, v, q1);
    s = v128.load32_splat(r2 + i);
    p2 = fma(s, u, p2), q2 = fma(s, v, q2);
    s = v128.load32_splat(r3 + i);
    p3 = fma(s, u, p3), q3 = fma(s, v, q3);
    b += ldb;
  }
  v128.store(c, p0), v128.store(c, q0, 16);
  v128.store(c + ldc, p1), v128.store(c + ldc, q1, 16);
  v128.store(c + 2 * ldc, p2), v128.store(c + 2 * ldc, q2, 16);
  v128.store(c + 3 * ldc, p3), v128.store(c + 3 * ldc, q3, 16);
}

// @ts-ignore: decorator
@inline
function oneRow(a: usize, b: usize, ldb: usize, c: usize, k: i32): void {
  let p = f32x4.splat(0), q = p;
  const end = a + (<usize>k << 2);
  while (a < end) {
    const s = v128.load32_splat(a);
    p = fma(s, v128.load(b), p), q = fma(s, v128.load(b, 16), q);
    a += 4;
    b += ldb;
  }
  v128.store(c, p), v128.store(c, q, 16);
}

/** C[m, n] = A[m, k] B[k, n], row-major, n a multiple of 8; lda, ldb, ldc in floats. */
export function product(
  a: usize, lda: i32, b: usize, ldb: i32, c: usize, ldc: i32, m: i32, k: i32, n: i32,
): void {
  const la = <usize>lda << 2, lb = <usize>ldb << 2, lc = <usize>ldc << 2, width = <usize>n << 2;
  for (let at: usize = 0; at < width; at += 32) {
    let i: i32 = 0;
    for (; i + 4 <= m; i += 4) {
      fourRows(a + <usize>i * la, la, b + at, lb, c + <usize>i * lc + at, lc, k);
    }
    for (; i < m; i++) oneRow(a + <usize>i * la, b + at, lb, c + <usize>i * lc + at, k);
  }
}
