// Coefficients sorted by the symmetries of their lattice; see ../../lattice.ts.
//
// A table row is four sources and four factors, sources in elements of a [2 n] or [3 n] column of
// coefficients: part = sum factor c[source]. Unused terms have source 0 and factor 0.
import { fma } from "./simd";

// @ts-ignore: decorator
@inline
function source(coefficients: usize, table: usize, term: usize): usize {
  return coefficients + (<usize>load<i32>(table + term) << 5);
}

/** rows[count][8] = parts of the coefficients[.][8] of eight planes. */
export function sortPanel(coefficients: usize, table: usize, count: i32, rows: usize): void {
  for (let r = 0; r < count; r++, table += 32, rows += 32) {
    let a = f32x4.splat(0), b = a;
    for (let term: usize = 0; term < 16; term += 4) {
      const c = source(coefficients, table, term), s = v128.load32_splat(table + term, 16);
      a = fma(s, v128.load(c), a), b = fma(s, v128.load(c, 16), b);
    }
    v128.store(rows, a), v128.store(rows, b, 16);
  }
}

/** The adjoint of sortPanel: adds to the coefficients, which the caller has cleared. */
export function unsortPanel(rows: usize, table: usize, count: i32, coefficients: usize): void {
  for (let r = 0; r < count; r++, table += 32, rows += 32) {
    const a = v128.load(rows), b = v128.load(rows, 16);
    for (let term: usize = 0; term < 16; term += 4) {
      const c = source(coefficients, table, term), s = v128.load32_splat(table + term, 16);
      v128.store(c, fma(s, a, v128.load(c)));
      v128.store(c, fma(s, b, v128.load(c, 16)), 16);
    }
  }
}

/** power[n][8] = re^2 + im^2 of coefficients[2 n][8]. */
export function powerPanel(coefficients: usize, n: i32, power: usize): void {
  const span = <usize>n << 5;
  for (let at: usize = 0; at < span; at += 16) {
    const re = v128.load(coefficients + at), im = v128.load(coefficients + span + at);
    v128.store(power + at, fma(re, re, f32x4.mul(im, im)));
  }
}

/**
 * Closes the chain rule: gradient = -scale (g + 2 gPower P), weight = -2 scale gPower on re and im, from
 * g[2 n][8] = sum q X and gPower[n][8] = -sum q c^2; both overwrite nothing but their targets.
 */
export function closePanel(
  g: usize, gPower: usize, coefficients: usize, n: i32, scale: f32, gradient: usize, weight: usize,
): void {
  const span = <usize>n << 5;
  const minus = f32x4.splat(-scale), minusTwo = f32x4.splat(<f32>-2 * scale);
  for (let at: usize = 0; at < span; at += 16) {
    const p = v128.load(gPower + at), twice = f32x4.add(p, p);
    const re = fma(twice, v128.load(coefficients + at), v128.load(g + at));
    const im = fma(twice, v128.load(coefficients + span + at), v128.load(g + span + at));
    v128.store(gradient + at, f32x4.mul(minus, re));
    v128.store(gradient + span + at, f32x4.mul(minus, im));
    const w = f32x4.mul(minusTwo, p);
    v128.store(weight + at, w);
    v128.store(weight + span + at, w);
  }
}

/** target[count] = a[count] * b[count], a multiple of 4. */
export function multiply(a: usize, b: usize, target: usize, count: i32): void {
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    v128.store(target + at, f32x4.mul(v128.load(a + at), v128.load(b + at)));
  }
}
