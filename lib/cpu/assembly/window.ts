// The Kaiser-Bessel window between an oversampled Fourier grid and any frequency, six taps an axis.
//
// Grids hold interleaved complex numbers, x fastest, for gx >= -3 only: F(-g) = conj F(g).
import { fma } from "./simd";
import { scratch } from "./scratch";

/** Taps to the left of the origin that a grid holds. */
export const MARGIN: i32 = 3;
/** Degree of the polynomials that stand for the window; their coefficients are [degree + 1, 8]. */
const DEGREE: i32 = 9;

// Offsets into the scratch memory: weights along x (each twice: re, im), y, z.
const XS: usize = 0;
const YS: usize = 64;
const ZS: usize = 96;
/** First byte of the scratch memory that the window does not use. */
export const WINDOW_BYTES: usize = 128;

/**
 * Window values phi(t + 2.5 - j) of the taps j = 0..5 around frequency g as polynomials in
 * t = g - first - 2.5, -1/2 <= t < 1/2; stored as 8 floats. Returns the first tap, ceil(g - 3).
 */
// @ts-ignore: decorator
@inline
function taps(polynomials: usize, g: f32, out: usize): i32 {
  const first = f32.ceil(g - 3);
  const t = f32x4.splat(g - first - 2.5);
  let p = polynomials + <usize>DEGREE * 32;
  let a = v128.load(p), b = v128.load(p, 16);
  for (let d = 0; d < DEGREE; d++) {
    p -= 32;
    a = fma(a, t, v128.load(p)), b = fma(b, t, v128.load(p, 16));
  }
  v128.store(out, a), v128.store(out, b, 16);
  return <i32>first;
}

// @ts-ignore: decorator
@inline
function doubleX(): void {
  const a = v128.load(scratch(XS)), b = v128.load(scratch(XS), 16);
  v128.store(scratch(XS), v128.shuffle<f32>(a, a, 0, 0, 1, 1));
  v128.store(scratch(XS), v128.shuffle<f32>(a, a, 2, 2, 3, 3), 16);
  v128.store(scratch(XS), v128.shuffle<f32>(b, b, 0, 0, 1, 1), 32);
}

/** Lays the weights around (gx >= 0, gy, gz) in scratch; returns the offset of the first tap, bytes. */
// @ts-ignore: decorator
@inline
export function place3(
  polynomials: usize, gx: f32, gy: f32, gz: f32, pitch: i32, height: i32, half: i32,
): usize {
  const x = taps(polynomials, gx, scratch(XS)) + MARGIN;
  const y = taps(polynomials, gy, scratch(YS)) + half;
  const z = taps(polynomials, gz, scratch(ZS)) + half;
  doubleX();
  return <usize>((z * height + y) * pitch + 2 * x) << 2;
}

/** The same in two dimensions. */
// @ts-ignore: decorator
@inline
export function place2(polynomials: usize, gx: f32, gy: f32, pitch: i32, half: i32): usize {
  const x = taps(polynomials, gx, scratch(XS)) + MARGIN;
  const y = taps(polynomials, gy, scratch(YS)) + half;
  doubleX();
  return <usize>(y * pitch + 2 * x) << 2;
}

/** Sum over the taps along x and of the pairs: (re, im, re, im) lanes -> (re, im) in lanes 0, 1. */
// @ts-ignore: decorator
@inline
function gather(a: v128, b: v128, c: v128): v128 {
  let s = f32x4.mul(a, v128.load(scratch(XS)));
  s = fma(b, v128.load(scratch(XS), 16), s);
  s = fma(c, v128.load(scratch(XS), 32), s);
  return f32x4.add(s, v128.shuffle<f32>(s, s, 2, 3, 0, 1));
}

/** F at the placed frequency of a 3D grid: lanes 0, 1 hold re, im. */
// @ts-ignore: decorator
@inline
export function read3(at: usize, row: usize, plane: usize): v128 {
  let a = f32x4.splat(0), b = a, c = a, d = a, e = a, f = a;
  for (let z: usize = 0; z < 24; z += 4) {
    const wz = v128.load32_splat(scratch(ZS) + z);
    let r = at;
    for (let y: usize = 0; y < 24; y += 8) {
      let w = f32x4.mul(wz, v128.load32_splat(scratch(YS) + y));
      a = fma(w, v128.load(r), a);
      b = fma(w, v128.load(r, 16), b);
      c = fma(w, v128.load(r, 32), c);
      r += row;
      w = f32x4.mul(wz, v128.load32_splat(scratch(YS) + y, 4));
      d = fma(w, v128.load(r), d);
      e = fma(w, v128.load(r, 16), e);
      f = fma(w, v128.load(r, 32), f);
      r += row;
    }
    at += plane;
  }
  return gather(f32x4.add(a, d), f32x4.add(b, e), f32x4.add(c, f));
}

/** F at the placed frequency of a 2D grid. */
// @ts-ignore: decorator
@inline
export function read2(at: usize, row: usize): v128 {
  let a = f32x4.splat(0), b = a, c = a;
  for (let y: usize = 0; y < 24; y += 4) {
    const w = v128.load32_splat(scratch(YS) + y);
    a = fma(w, v128.load(at), a);
    b = fma(w, v128.load(at, 16), b);
    c = fma(w, v128.load(at, 32), c);
    at += row;
  }
  return gather(a, b, c);
}

/** The adjoint of read3: adds `value` (re, im, re, im), spread over the taps, to the grid. */
// @ts-ignore: decorator
@inline
export function spread3(value: v128, at: usize, row: usize, plane: usize): void {
  const a = f32x4.mul(value, v128.load(scratch(XS)));
  const b = f32x4.mul(value, v128.load(scratch(XS), 16));
  const c = f32x4.mul(value, v128.load(scratch(XS), 32));
  for (let z: usize = 0; z < 24; z += 4) {
    const wz = v128.load32_splat(scratch(ZS) + z);
    let r = at;
    for (let y: usize = 0; y < 24; y += 4) {
      const w = f32x4.mul(wz, v128.load32_splat(scratch(YS) + y));
      v128.store(r, fma(w, a, v128.load(r)));
      v128.store(r, fma(w, b, v128.load(r, 16)), 16);
      v128.store(r, fma(w, c, v128.load(r, 32)), 32);
      r += row;
    }
    at += plane;
  }
}
