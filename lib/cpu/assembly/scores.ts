// Scores of eight planes against the columns of a chunk of images, and what becomes of them.
//
// A panel's scores are eight planes [8][columns][8 lanes]. First they hold the products of the groups
// of ../../lattice.ts, A = (++), B = (+-), C = (-+), D = (--), then <E,E>, <Q,Q>, <E,Q>, <Q,E>, the slice's
// part first; then the scores of the poses (a, b), turned by psi + a pi/2, at d or -d, in the order
// (0,0) (2,0) (1,0) (3,0) (0,1) (2,1) (1,1) (3,1); then, posterior weights q in hand, the sums of q that
// are the weights of the eight products.
import { exp, largest, sum } from "./simd";
import { multiplyTile } from "./product";

/** The products of a panel's rows with every tile. */
export function multiplyPanel(
  panel: usize, tiles: usize, tileCount: i32, rows: i32,
  rowsA: i32, rowsB: i32, rowsC: i32, rowsD: i32, rowsE: i32, scores: usize,
): void {
  const plane = <usize>tileCount * 192;
  const b = <usize>rowsA, c = b + <usize>rowsB, d = c + <usize>rowsC, e = d + <usize>rowsD;
  const q = e + <usize>rowsE;
  const panelE = panel + (e << 5), panelQ = panel + (q << 5);
  for (let t = 0; t < tileCount; t++) {
    const tileE = tiles + e * 24, tileQ = tiles + q * 24;
    multiplyTile(panel, tiles, rowsA, scores, false);
    multiplyTile(panel + (b << 5), tiles + b * 24, rowsB, scores + plane, false);
    multiplyTile(panel + (c << 5), tiles + c * 24, rowsC, scores + 2 * plane, false);
    multiplyTile(panel + (d << 5), tiles + d * 24, rowsD, scores + 3 * plane, false);
    multiplyTile(panelE, tileE, rowsE, scores + 4 * plane, false);
    multiplyTile(panelQ, tileQ, rowsE, scores + 5 * plane, false);
    multiplyTile(panelE, tileQ, rowsE, scores + 6 * plane, false);
    multiplyTile(panelQ, tileE, rowsE, scores + 7 * plane, false);
    tiles += <usize>rows * 24;
    scores += 192;
  }
}

// @ts-ignore: decorator
@inline
function finish(score: v128, beta: v128, log: v128): v128 {
  return f32x4.add(f32x4.mul(beta, score), log);
}

/**
 * Products to scores of one image's columns: e / T + log w of the direction + log w of the column.
 * Returns the largest.
 */
export function scoreImage(
  scores: usize, plane: usize, first: i32, count: i32,
  inverseTemperature: f32, directionLog: usize, columnLog: usize,
): f32 {
  const beta = f32x4.splat(inverseTemperature);
  const wa = v128.load(directionLog), wb = v128.load(directionLog, 16);
  let top = f32x4.splat(-1e30);
  let at = scores + (<usize>first << 5);
  for (let column: usize = 0; column < <usize>count; column++, at += 32) {
    const w = v128.load32_splat(columnLog + (column << 2));
    for (let lane: usize = 0; lane < 32; lane += 16) {
      const p = at + lane, r = p + 4 * plane, log = f32x4.add(lane ? wb : wa, w);
      const A = v128.load(p), B = v128.load(p + plane);
      const C = v128.load(p + 2 * plane), D = v128.load(p + 3 * plane);
      const ab = f32x4.add(A, B), ba = f32x4.sub(A, B);
      const cd = f32x4.add(C, D), dc = f32x4.sub(C, D);
      const re00 = f32x4.add(ab, cd), re10 = f32x4.sub(ab, cd);
      const re01 = f32x4.add(ba, dc), re11 = f32x4.sub(ba, dc);
      const EE = v128.load(r), QQ = v128.load(r + plane);
      const EQ = v128.load(r + 2 * plane), QE = v128.load(r + 3 * plane);
      const im00 = f32x4.add(EE, QQ), im10 = f32x4.sub(QE, EQ);
      const im01 = f32x4.sub(EE, QQ), im31 = f32x4.add(QE, EQ);
      const s0 = finish(f32x4.add(re00, im00), beta, log);
      const s1 = finish(f32x4.sub(re00, im00), beta, log);
      const s2 = finish(f32x4.add(re10, im10), beta, log);
      const s3 = finish(f32x4.sub(re10, im10), beta, log);
      const s4 = finish(f32x4.add(re01, im01), beta, log);
      const s5 = finish(f32x4.sub(re01, im01), beta, log);
      const s6 = finish(f32x4.sub(re11, im31), beta, log);
      const s7 = finish(f32x4.add(re11, im31), beta, log);
      v128.store(p, s0), v128.store(p + plane, s1);
      v128.store(p + 2 * plane, s2), v128.store(p + 3 * plane, s3);
      v128.store(r, s4), v128.store(r + plane, s5);
      v128.store(r + 2 * plane, s6), v128.store(r + 3 * plane, s7);
      const low = f32x4.max(f32x4.max(s0, s1), f32x4.max(s2, s3));
      const high = f32x4.max(f32x4.max(s4, s5), f32x4.max(s6, s7));
      top = f32x4.max(top, f32x4.max(low, high));
    }
  }
  return largest(top);
}

/**
 * Scores of one image's columns to q = exp(e - max), in place as the weights of the products when
 * `weights` is set. Returns the sum of q.
 */
export function weighImage(
  scores: usize, plane: usize, first: i32, count: i32, max: f32, weights: bool,
): f32 {
  const m = f32x4.splat(max);
  let total = f32x4.splat(0);
  let p = scores + (<usize>first << 5);
  const end = p + (<usize>count << 5);
  for (; p < end; p += 16) {
    const r = p + 4 * plane;
    const q0 = exp(f32x4.sub(v128.load(p), m)), q1 = exp(f32x4.sub(v128.load(p + plane), m));
    const u00 = f32x4.add(q0, q1), v00 = f32x4.sub(q0, q1);
    const q2 = exp(f32x4.sub(v128.load(p + 2 * plane), m));
    const q3 = exp(f32x4.sub(v128.load(p + 3 * plane), m));
    const u10 = f32x4.add(q2, q3), v10 = f32x4.sub(q2, q3);
    const q4 = exp(f32x4.sub(v128.load(r), m)), q5 = exp(f32x4.sub(v128.load(r + plane), m));
    const u01 = f32x4.add(q4, q5), v01 = f32x4.sub(q4, q5);
    const q6 = exp(f32x4.sub(v128.load(r + 2 * plane), m));
    const q7 = exp(f32x4.sub(v128.load(r + 3 * plane), m));
    const u11 = f32x4.add(q6, q7), v11 = f32x4.sub(q6, q7);
    const u0 = f32x4.add(u00, u01), u1 = f32x4.add(u10, u11), all = f32x4.add(u0, u1);
    total = f32x4.add(total, all);
    if (!weights) continue;
    const d0 = f32x4.sub(u00, u01), d1 = f32x4.sub(u10, u11);
    v128.store(p, all);
    v128.store(p + plane, f32x4.add(d0, d1));
    v128.store(p + 2 * plane, f32x4.sub(u0, u1));
    v128.store(p + 3 * plane, f32x4.sub(d0, d1));
    v128.store(r, f32x4.add(v00, v01));
    v128.store(r + plane, f32x4.sub(v00, v01));
    v128.store(r + 2 * plane, f32x4.neg(f32x4.add(v10, v11)));
    v128.store(r + 3 * plane, f32x4.sub(v10, v11));
  }
  return sum(total);
}

/** Position of the largest of one image's scores within (plane, column, lane), first of equals. */
export function findScore(scores: usize, plane: usize, first: i32, count: i32, value: f32): i32 {
  for (let t: usize = 0; t < 8; t++) {
    const at = scores + t * plane + (<usize>first << 5);
    for (let i: usize = 0; i < <usize>count << 3; i++) {
      if (load<f32>(at + (i << 2)) == value) return <i32>((t * <usize>count << 3) + i);
    }
  }
  return -1;
}

/**
 * Columns first..first+count-1 of the tiles [K][6], times a factor, as tiles of six rows [columns][6]
 * of the transpose; tile k begins at k * stride bytes.
 */
export function transposeColumns(
  tiles: usize, rows: i32, first: i32, count: i32, factor: f32, target: usize, stride: usize,
): void {
  for (let column = first; column < first + count; column++) {
    let from = tiles + <usize>(column / 6) * <usize>rows * 24 + (<usize>(column % 6) << 2);
    let to = target + <usize>column * 24;
    for (let r = 0; r < rows; r += 6, to += stride) {
      for (let i: usize = 0; i < 24; i += 4, from += 24) store<f32>(to + i, factor * load<f32>(from));
    }
  }
}

/** rows[count][8] += X^T q for the rows of one group, six at a time. */
// @ts-ignore: decorator
@inline
function accumulateGroup(
  rows: usize, weights: usize, x: usize, stride: usize, columns: i32, count: i32,
): void {
  for (let row = 0; row < count; row += 6, rows += 192, x += stride) {
    multiplyTile(weights, x, columns, rows, true);
  }
}

/** Adds the share of consecutive columns to a panel's gradient: rows[K][8] += X^T q, by group. */
export function accumulateImages(
  gradient: usize, scores: usize, plane: usize, transposed: usize, stride: usize,
  first: i32, count: i32, rowsA: i32, rowsB: i32, rowsC: i32, rowsD: i32, rowsE: i32,
): void {
  const weights = scores + (<usize>first << 5), x = transposed + <usize>first * 24;
  const b = <usize>rowsA, c = b + <usize>rowsB, d = c + <usize>rowsC, e = d + <usize>rowsD;
  const q = e + <usize>rowsE, tile = stride / 6;
  const gradientE = gradient + (e << 5), gradientQ = gradient + (q << 5);
  const xE = x + e * tile, xQ = x + q * tile;
  accumulateGroup(gradient, weights, x, stride, count, rowsA);
  accumulateGroup(gradient + (b << 5), weights + plane, x + b * tile, stride, count, rowsB);
  accumulateGroup(gradient + (c << 5), weights + 2 * plane, x + c * tile, stride, count, rowsC);
  accumulateGroup(gradient + (d << 5), weights + 3 * plane, x + d * tile, stride, count, rowsD);
  accumulateGroup(gradientE, weights + 4 * plane, xE, stride, count, rowsE);
  accumulateGroup(gradientQ, weights + 5 * plane, xQ, stride, count, rowsE);
  accumulateGroup(gradientE, weights + 6 * plane, xQ, stride, count, rowsE);
  accumulateGroup(gradientQ, weights + 7 * plane, xE, stride, count, rowsE);
}
