// Slices of the work grid's transform, eight planes to a panel, and the adjoint.
import { read3, place3, spread3 } from "./window";

/**
 * panel[2 n][8] = transform at kx a + ky b of eight planes; rows 0..n-1 real, n..2n-1 imaginary.
 * frames: [8][6] floats (2 a, 2 b): grid units, the grid being twice oversampled.
 */
export function slicePanel(
  panel: usize, frames: usize, k: usize, n: i32,
  grid: usize, pitch: i32, height: i32, half: i32, polynomials: usize,
): void {
  const row = <usize>pitch << 2, plane = row * <usize>height;
  for (let lane: usize = 0; lane < 8; lane++) {
    const f = frames + lane * 24;
    const ax = load<f32>(f), ay = load<f32>(f, 4), az = load<f32>(f, 8);
    const bx = load<f32>(f, 12), by = load<f32>(f, 16), bz = load<f32>(f, 20);
    let out = panel + (lane << 2);
    for (let i = 0; i < n; i++, out += 32) {
      const kx = load<f32>(k + (<usize>i << 3)), ky = load<f32>(k + (<usize>i << 3), 4);
      const x = kx * ax + ky * bx, y = kx * ay + ky * by, z = kx * az + ky * bz;
      const mate = x < 0 ? <f32>-1 : <f32>1;
      const at = place3(polynomials, mate * x, mate * y, mate * z, pitch, height, half);
      const value = read3(grid + at, row, plane);
      store<f32>(out, f32x4.extract_lane(value, 0));
      store<f32>(out + (<usize>n << 5), mate * f32x4.extract_lane(value, 1));
    }
  }
}

/** The adjoint of slicePanel: adds the panel's coefficients to the grid. */
export function unslicePanel(
  panel: usize, frames: usize, k: usize, n: i32,
  grid: usize, pitch: i32, height: i32, half: i32, polynomials: usize,
): void {
  const row = <usize>pitch << 2, plane = row * <usize>height;
  for (let lane: usize = 0; lane < 8; lane++) {
    const f = frames + lane * 24;
    const ax = load<f32>(f), ay = load<f32>(f, 4), az = load<f32>(f, 8);
    const bx = load<f32>(f, 12), by = load<f32>(f, 16), bz = load<f32>(f, 20);
    let from = panel + (lane << 2);
    for (let i = 0; i < n; i++, from += 32) {
      const re = load<f32>(from), im = load<f32>(from + (<usize>n << 5));
      if (re == 0 && im == 0) continue;
      const kx = load<f32>(k + (<usize>i << 3)), ky = load<f32>(k + (<usize>i << 3), 4);
      const x = kx * ax + ky * bx, y = kx * ay + ky * by, z = kx * az + ky * bz;
      const mate = x < 0 ? <f32>-1 : <f32>1;
      const at = place3(polynomials, mate * x, mate * y, mate * z, pitch, height, half);
      let value = f32x4.splat(re);
      value = f32x4.replace_lane(value, 1, mate * im);
      value = f32x4.replace_lane(value, 3, mate * im);
      spread3(value, grid + at, row, plane);
    }
  }
}

/**
 * Adds the panel's weights (rows 0..n-1) to values[m][m][m] as [kz, ky, kx], negative frequencies behind
 * the others: each spread trilinearly at its frequency, not at its mate's.
 */
export function depositPanel(panel: usize, frames: usize, k: usize, n: i32, values: usize, m: i32): void {
  for (let lane: usize = 0; lane < 8; lane++) {
    const f = frames + lane * 24;
    const ax = load<f32>(f), ay = load<f32>(f, 4), az = load<f32>(f, 8);
    const bx = load<f32>(f, 12), by = load<f32>(f, 16), bz = load<f32>(f, 20);
    let from = panel + (lane << 2);
    for (let i = 0; i < n; i++, from += 32) {
      const w = load<f32>(from);
      if (w == 0) continue;
      const kx: f32 = <f32>0.5 * load<f32>(k + (<usize>i << 3));
      const ky: f32 = <f32>0.5 * load<f32>(k + (<usize>i << 3), 4);
      const x = kx * ax + ky * bx, y = kx * ay + ky * by, z = kx * az + ky * bz;
      const fx = Mathf.floor(x), fy = Mathf.floor(y), fz = Mathf.floor(z);
      const ux = x - fx, uy = y - fy, uz = z - fz;
      const x0 = <i32>fx, y0 = <i32>fy, z0 = <i32>fz;
      const left = <usize>(x0 < 0 ? x0 + m : x0) << 2, right = <usize>(x0 + 1 < 0 ? x0 + 1 + m : x0 + 1) << 2;
      for (let c = 0; c < 4; c++) {
        const oy = c & 1, oz = c >> 1, iy = y0 + oy, iz = z0 + oz;
        const part = w * (oy ? uy : <f32>1 - uy) * (oz ? uz : <f32>1 - uz);
        const row = values + (<usize>((iz < 0 ? iz + m : iz) * m + (iy < 0 ? iy + m : iy)) * <usize>m << 2);
        store<f32>(row + left, load<f32>(row + left) + part * (<f32>1 - ux));
        store<f32>(row + right, load<f32>(row + right) + part * ux);
      }
    }
  }
}

/** target[count] = sum over `copies` arrays, `stride` bytes apart, in order; count a multiple of 4. */
export function addCopies(target: usize, source: usize, stride: usize, copies: i32, count: i32): void {
  const end = <usize>count << 2;
  for (let at: usize = 0; at < end; at += 16) {
    let s = v128.load(source + at);
    for (let c: usize = 1; c < <usize>copies; c++) {
      s = f32x4.add(s, v128.load(source + c * stride + at));
    }
    v128.store(target + at, s);
  }
}

/** rows[8][3][padded] = the slices of a panel [3 n][8], one after another. */
export function unravelPanel(panel: usize, n: i32, padded: i32, rows: usize): void {
  const span = <usize>padded << 2;
  for (let part: usize = 0; part < 3; part++) {
    let to = rows + part * span;
    for (let i = 0; i < n; i++, panel += 32, to += 4) {
      for (let lane: usize = 0; lane < 8; lane++) {
        store<f32>(to + lane * 3 * span, load<f32>(panel + (lane << 2)));
      }
    }
    for (let i = n; i < padded; i++, to += 4) {
      for (let lane: usize = 0; lane < 8; lane++) store<f32>(to + lane * 3 * span, 0);
    }
  }
}
