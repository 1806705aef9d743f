// Four-lane float arithmetic that every kernel uses.

/** a b + c, fused where the engine has it. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** c - a b. */
// @ts-ignore: decorator
@inline
export function fnma(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_nmadd(a, b, c) : f32x4.sub(c, f32x4.mul(a, b));
}

/** The sum of the four lanes. */
// @ts-ignore: decorator
@inline
export function sum(a: v128): f32 {
  return (f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1)) +
    (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
}

/** The largest of the four lanes. */
// @ts-ignore: decorator
@inline
export function largest(a: v128): f32 {
  return max(
    max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1)),
    max(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3)),
  );
}

/** i (x + iy) for two interleaved complex numbers: (-y, x). */
// @ts-ignore: decorator
@inline
export function timesI(a: v128): v128 {
  const swapped = v128.shuffle<f32>(a, a, 1, 0, 3, 2);
  return v128.xor(swapped, i32x4(<i32>0x80000000, 0, <i32>0x80000000, 0));
}

// 1.5 * 2^23: adding it rounds a float to an integer, which is then its low bits.
const ROUNDER: f32 = 12582912;

// Constants of exp(), each in four lanes: a load costs less than making a vector of a number.
// deno-fmt-ignore
const EXP = memory.data<f32>([
  -87, -87, -87, -87,
  1.4426950408889634, 1.4426950408889634, 1.4426950408889634, 1.4426950408889634,
  12582912, 12582912, 12582912, 12582912,
  0.693359375, 0.693359375, 0.693359375, 0.693359375,
  -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4,
  1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4,
  1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3,
  8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3,
  4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2,
  1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1,
  5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1,
  1, 1, 1, 1,
], 16);

/**
 * exp(x) for x <= 88, relative error < 2e-7; 0 is never returned, the least value is exp(-87).
 * x = n ln 2 + f, |f| <= ln(2)/2; exp(f) by its minimax polynomial of degree 6 (Cephes).
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const rounder = v128.load(EXP, 32);
  x = f32x4.max(x, v128.load(EXP));
  const biased = fma(x, v128.load(EXP, 16), rounder);
  const n = f32x4.sub(biased, rounder);
  let f = fnma(n, v128.load(EXP, 48), x);
  f = fnma(n, v128.load(EXP, 64), f);
  let p = v128.load(EXP, 80);
  p = fma(p, f, v128.load(EXP, 96));
  p = fma(p, f, v128.load(EXP, 112));
  p = fma(p, f, v128.load(EXP, 128));
  p = fma(p, f, v128.load(EXP, 144));
  p = fma(p, f, v128.load(EXP, 160));
  p = fma(p, f32x4.mul(f, f), f32x4.add(f, v128.load(EXP, 176)));
  const power = i32x4.shl(i32x4.add(biased, i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/**
 * sin(x), absolute error < 3e-7 (1 + |x|/10): x = n pi + f, sin f by its odd polynomial of degree 11.
 */
// @ts-ignore: decorator
@inline
export function sin(x: v128): v128 {
  const biased = fma(x, f32x4.splat(0.3183098861837907), f32x4.splat(ROUNDER));
  const n = f32x4.sub(biased, f32x4.splat(ROUNDER));
  // pi = 3.140625 + 9.67653589793e-4, in three parts: the first products are exact
  let f = fnma(n, f32x4.splat(3.140625), x);
  f = fnma(n, f32x4.splat(0.0009670257568359375), f);
  f = fnma(n, f32x4.splat(6.2783295730e-7), f);
  const f2 = f32x4.mul(f, f);
  let p = f32x4.splat(-2.5052108385e-8);
  p = fma(p, f2, f32x4.splat(2.7557319224e-6));
  p = fma(p, f2, f32x4.splat(-1.9841269841e-4));
  p = fma(p, f2, f32x4.splat(8.3333333333e-3));
  p = fma(p, f2, f32x4.splat(-1.6666666667e-1));
  p = fma(f32x4.mul(p, f2), f, f);
  return v128.xor(p, i32x4.shl(biased, 31)); // odd n: the sign turns
}
