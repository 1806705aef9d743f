// Slices and images at several shifts: vectors of a pose, and their phases.
import { fma, fnma } from "./simd";

// Where the vectors of a pose lie, in units of [padded] floats.
export const SLICE: usize = 0, PRODUCTS: usize = 3, SHIFTED: usize = 5, SUMS: usize = 7, GRADIENT: usize = 10;

/** slice[3][padded] = a row of slices as seen by one of the eight poses. */
// @ts-ignore: decorator
@inline
export function permute(slice: usize, row: usize, table: usize, n: i32, padded: i32): void {
  const span = <usize>padded << 2;
  for (let i: usize = 0; i < <usize>n << 2; i += 4, table += 8) {
    const from = row + <usize>load<i32>(table);
    store<f32>(slice + i, load<f32>(from));
    store<f32>(slice + span + i, load<f32>(table, 4) * load<f32>(from + span));
    store<f32>(slice + 2 * span + i, load<f32>(from + 2 * span));
  }
}

/** (A, B) = (Re, Im) of the products conj(P) X: the score at a shift is sum A cos + B sin. */
// @ts-ignore: decorator
@inline
export function multiplyConjugate(out: usize, slice: usize, column: usize, span: usize): void {
  for (let at: usize = 0; at < span; at += 16) {
    const pr = v128.load(slice + at), pi = v128.load(slice + span + at);
    const xr = v128.load(column + at), xi = v128.load(column + span + at);
    v128.store(out + at, fma(pr, xr, f32x4.mul(pi, xi)));
    v128.store(out + span + at, fnma(pr, xi, f32x4.mul(pi, xr)));
  }
}

/** Takes the shift along y into (A, B): A' = A cos + B sin, B' = B cos - A sin. */
// @ts-ignore: decorator
@inline
export function turnPhase(out: usize, from: usize, phase: usize, span: usize): void {
  for (let at: usize = 0; at < span; at += 16) {
    const a = v128.load(from + at), b = v128.load(from + span + at);
    const c = v128.load(phase + at), s = v128.load(phase + span + at);
    v128.store(out + at, fma(a, c, f32x4.mul(b, s)));
    v128.store(out + span + at, fnma(a, s, f32x4.mul(b, c)));
  }
}

/** sums += q (cos, sin) of a shift, q cos = the real part of what the column is multiplied with. */
// @ts-ignore: decorator
@inline
export function addPhase(sums: usize, q: v128, x: usize, y: usize, span: usize): void {
  for (let at: usize = 0; at < span; at += 16) {
    const cx = v128.load(x + at), sx = v128.load(x + span + at);
    const cy = v128.load(y + at), sy = v128.load(y + span + at);
    const c = fnma(sx, sy, f32x4.mul(cx, cy)), s = fma(sx, cy, f32x4.mul(cx, sy));
    v128.store(sums + at, fma(q, c, v128.load(sums + at)));
    v128.store(sums + span + at, fma(q, s, v128.load(sums + span + at)));
  }
}

/** gradient[3][padded] += column times the sum of its phases; the power has none. */
// @ts-ignore: decorator
@inline
export function addShifted(gradient: usize, column: usize, sums: usize, mass: f32, span: usize): void {
  const q = f32x4.splat(mass);
  for (let at: usize = 0; at < span; at += 16) {
    const xr = v128.load(column + at), xi = v128.load(column + span + at);
    const c = v128.load(sums + at), s = v128.load(sums + span + at);
    let p = gradient + at;
    v128.store(p, fnma(xi, s, fma(xr, c, v128.load(p))));
    p += span;
    v128.store(p, fma(xi, c, fma(xr, s, v128.load(p))));
    p += span;
    v128.store(p, fma(q, v128.load(column + 2 * span + at), v128.load(p)));
  }
}

/** target[3 n floats, planes of span] += what the poses' view gathered, taken back to the slice. */
// @ts-ignore: decorator
@inline
export function unpermute(target: usize, gradient: usize, table: usize, n: i32, span: usize): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 4, table += 8) {
    const to = target + <usize>load<i32>(table);
    store<f32>(to, load<f32>(to) + load<f32>(gradient + i));
    store<f32>(
      to + span, load<f32>(to + span) + load<f32>(table, 4) * load<f32>(gradient + span + i),
    );
    store<f32>(to + 2 * span, load<f32>(to + 2 * span) + load<f32>(gradient + 2 * span + i));
  }
}
