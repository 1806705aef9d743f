// Images as columns: turned in the plane, brought back by shifts, times CTF, sorted by symmetry.
import { exp, fma, fnma, sin } from "./simd";
import { place2, read2, WINDOW_BYTES } from "./window";
import { scratch } from "./scratch";

const HALF_PI: f32 = 1.5707963267948966;

/** Turned frequencies of four coefficients, Fourier pixels. */
// @ts-ignore: decorator
@inline
function turnX(kx: v128, ky: v128, c: f32, s: f32): v128 {
  return fnma(f32x4.splat(s), ky, f32x4.mul(f32x4.splat(c), kx));
}
// @ts-ignore: decorator
@inline
function turnY(kx: v128, ky: v128, c: f32, s: f32): v128 {
  return fma(f32x4.splat(s), kx, f32x4.mul(f32x4.splat(c), ky));
}

/** d[2][padded] = transform of an image patch at turned frequencies; padded a multiple of 4. */
// @ts-ignore: decorator
@inline
function transformTurned(
  d: usize, patch: usize, pitch: i32, half: i32, polynomials: usize,
  kx: usize, ky: usize, n: i32, padded: i32, c: f32, s: f32,
): void {
  const row = <usize>pitch << 2, imaginary = <usize>padded << 2;
  for (let i: usize = 0; i < <usize>n; i++) {
    const u = load<f32>(kx + (i << 2)), v = load<f32>(ky + (i << 2));
    const x: f32 = <f32>2 * (c * u - s * v), y: f32 = <f32>2 * (s * u + c * v);
    const mate = x < 0 ? <f32>-1 : <f32>1;
    const at = place2(polynomials, mate * x, mate * y, pitch, half);
    const value = read2(patch + at, row);
    store<f32>(d + (i << 2), f32x4.extract_lane(value, 0));
    store<f32>(d + imaginary + (i << 2), mate * f32x4.extract_lane(value, 1));
  }
}

/** Adds |d|^2 of the unturned band's coefficients to the power of their shells. */
export function shellPower(
  patch: usize, pitch: i32, half: i32, polynomials: usize,
  kx: usize, ky: usize, shells: usize, n: i32, padded: i32, power: usize,
): void {
  const d = scratch(WINDOW_BYTES);
  transformTurned(d, patch, pitch, half, polynomials, kx, ky, n, padded, 1, 0);
  for (let i: usize = 0; i < <usize>n; i++) {
    const re = <f64>load<f32>(d + (i << 2)), im = <f64>load<f32>(d + (<usize>padded << 2) + (i << 2));
    const to = power + (<usize>load<i32>(shells + (i << 2)) << 3);
    store<f64>(to, load<f64>(to) + re * re + im * im);
  }
}

/** CTF(k) = scale exp(-decay k^2) sin(chi) at turned frequencies; parameters per Fourier pixel. */
// @ts-ignore: decorator
@inline
function transfer(
  out: usize, parameters: usize, kx: usize, ky: usize, padded: i32, c: f32, s: f32,
): void {
  const xx = v128.load32_splat(parameters), xy = v128.load32_splat(parameters, 4);
  const yy = v128.load32_splat(parameters, 8), quartic = v128.load32_splat(parameters, 12);
  const offset = v128.load32_splat(parameters, 16), decay = v128.load32_splat(parameters, 20);
  const scale = v128.load32_splat(parameters, 24);
  for (let at: usize = 0; at < <usize>padded << 2; at += 16) {
    const u = v128.load(kx + at), v = v128.load(ky + at);
    const x = turnX(u, v, c, s), y = turnY(u, v, c, s);
    const x2 = f32x4.mul(x, x), y2 = f32x4.mul(y, y), k2 = f32x4.add(x2, y2);
    let chi = fma(xx, x2, fma(yy, y2, f32x4.mul(xy, f32x4.mul(x, y))));
    chi = f32x4.add(fma(quartic, f32x4.mul(k2, k2), chi), offset);
    const envelope = f32x4.mul(scale, exp(f32x4.neg(f32x4.mul(decay, k2))));
    v128.store(out + at, f32x4.mul(envelope, sin(chi)));
  }
}

/** (re, im)[padded] = 2 c d exp(2 pi i k.t / N), the phase 0 when there is one unshifted point. */
// @ts-ignore: decorator
@inline
function compare(
  out: usize, d: usize, ctf: usize, kx: usize, ky: usize, padded: i32,
  c: f32, s: f32, tx: f32, ty: f32,
): void {
  const imaginary = <usize>padded << 2;
  for (let at: usize = 0; at < imaginary; at += 16) {
    const f = v128.load(ctf + at), twice = f32x4.add(f, f);
    const re = f32x4.mul(twice, v128.load(d + at));
    const im = f32x4.mul(twice, v128.load(d + imaginary + at));
    if (tx == 0 && ty == 0) {
      v128.store(out + at, re);
      v128.store(out + imaginary + at, im);
      continue;
    }
    const u = v128.load(kx + at), v = v128.load(ky + at);
    const angle = fma(
      f32x4.splat(tx), turnX(u, v, c, s), f32x4.mul(f32x4.splat(ty), turnY(u, v, c, s)),
    );
    const sine = sin(angle), cosine = sin(f32x4.add(angle, f32x4.splat(HALF_PI)));
    v128.store(out + at, fnma(im, sine, f32x4.mul(re, cosine)));
    v128.store(out + imaginary + at, fma(re, sine, f32x4.mul(im, cosine)));
  }
}

/**
 * Columns (angle, shift) of one image, [K rows] each, into tiles of six columns: tile t is [K][6].
 * Rows are the parts of (re, im, -c^2) in the groups of ../../lattice.ts.
 *
 * angles: [count][2] cosine, sine; shifts: [shiftCount][2] as 2 pi t / N; table: symmetry table whose
 * sources run over [re padded][im padded][-c^2 padded].
 */
export function turnImage(
  tiles: usize, firstColumn: i32, rows: i32, table: usize,
  patch: usize, pitch: i32, half: i32, polynomials: usize,
  kx: usize, ky: usize, n: i32, padded: i32,
  parameters: usize, angles: usize, angleCount: i32, shifts: usize, shiftCount: i32,
): void {
  const span = <usize>padded << 2;
  const d = scratch(WINDOW_BYTES), ctf = d + 2 * span, values = ctf + span;
  let column = firstColumn;
  for (let h: usize = 0; h < <usize>angleCount; h++) {
    const c = load<f32>(angles + (h << 3)), s = load<f32>(angles + (h << 3), 4);
    transformTurned(d, patch, pitch, half, polynomials, kx, ky, n, padded, c, s);
    transfer(ctf, parameters, kx, ky, padded, c, s);
    for (let at: usize = 0; at < span; at += 16) {
      const f = v128.load(ctf + at);
      v128.store(values + 2 * span + at, f32x4.neg(f32x4.mul(f, f)));
    }
    for (let t: usize = 0; t < <usize>shiftCount; t++, column++) {
      const tx = load<f32>(shifts + (t << 3)), ty = load<f32>(shifts + (t << 3), 4);
      compare(values, d, ctf, kx, ky, padded, c, s, tx, ty);
      let out = tiles + <usize>(column / 6) * <usize>rows * 24 + (<usize>(column % 6) << 2);
      let entry = table;
      for (let r = 0; r < rows; r++, entry += 32, out += 24) {
        let part: f32 = 0;
        for (let term: usize = 0; term < 16; term += 4) {
          const source = values + (<usize>load<i32>(entry + term) << 2);
          part += load<f32>(entry + term, 16) * load<f32>(source);
        }
        store<f32>(out, part);
      }
    }
  }
}

/**
 * One image at one angle, unshifted: column[3][padded] = (re, im) of 2 c d and -c^2, times the weights of
 * the coefficients, zero beyond n.
 */
export function turnColumn(
  column: usize, patch: usize, pitch: i32, half: i32, polynomials: usize, kx: usize, ky: usize,
  n: i32, padded: i32, parameters: usize, c: f32, s: f32, weights: usize,
): void {
  const span = <usize>padded << 2, ctf = column + 2 * span;
  transformTurned(column, patch, pitch, half, polynomials, kx, ky, n, padded, c, s);
  transfer(ctf, parameters, kx, ky, padded, c, s);
  for (let at: usize = 0; at < span; at += 16) {
    const f = v128.load(ctf + at), w = v128.load(weights + at);
    const twice = f32x4.mul(w, f32x4.add(f, f));
    v128.store(column + at, f32x4.mul(twice, v128.load(column + at)));
    v128.store(column + span + at, f32x4.mul(twice, v128.load(column + span + at)));
    v128.store(ctf + at, f32x4.neg(f32x4.mul(w, f32x4.mul(f, f))));
  }
  for (let at = <usize>n << 2; at < span; at += 4) {
    store<f32>(column + at, 0), store<f32>(column + span + at, 0), store<f32>(ctf + at, 0);
  }
}
