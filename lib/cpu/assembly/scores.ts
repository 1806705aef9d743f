// Scores of eight planes against the columns of a chunk of images, and what becomes of them.
//
// A panel's scores are four planes [4][columns][8 lanes]. First they hold the products A, B, C, D of
// the parity groups; then the scores of the four poses that share them,
//     (d, psi) A+B+C+D   (d, psi+pi) A+B-C-D   (-d, psi) A-B+C-D   (-d, psi+pi) A-B-C+D;
// then, posterior weights q in hand, the same four sums of q: the weights of A, B, C, D.
import { exp, largest, sum } from "./simd";
import { multiplyTile } from "./product";

/** The products of a panel's rows with every tile; group g has rows[g] rows. */
export function multiplyPanel(
  panel: usize, tiles: usize, tileCount: i32, rows: i32,
  rowsA: i32, rowsB: i32, rowsC: i32, rowsD: i32, scores: usize,
): void {
  const plane = <usize>tileCount * 192;
  const b = <usize>rowsA, c = b + <usize>rowsB, d = c + <usize>rowsC;
  for (let t = 0; t < tileCount; t++) {
    multiplyTile(panel, tiles, rowsA, scores, false);
    multiplyTile(panel + (b << 5), tiles + b * 24, rowsB, scores + plane, false);
    multiplyTile(panel + (c << 5), tiles + c * 24, rowsC, scores + 2 * plane, false);
    multiplyTile(panel + (d << 5), tiles + d * 24, rowsD, scores + 3 * plane, false);
    tiles += <usize>rows * 24;
    scores += 192;
  }
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
  for (let c: usize = 0; c < <usize>count; c++, at += 32) {
    const w = v128.load32_splat(columnLog + (c << 2));
    for (let lane: usize = 0; lane < 32; lane += 16) {
      const p = at + lane;
      const A = v128.load(p), B = v128.load(p + plane);
      const C = v128.load(p + 2 * plane), D = v128.load(p + 3 * plane);
      const ab = f32x4.add(A, B), cd = f32x4.add(C, D);
      const ba = f32x4.sub(A, B), dc = f32x4.sub(C, D);
      const log = f32x4.add(lane ? wb : wa, w);
      const e1 = f32x4.add(f32x4.mul(beta, f32x4.add(ab, cd)), log);
      const e2 = f32x4.add(f32x4.mul(beta, f32x4.sub(ab, cd)), log);
      const e3 = f32x4.add(f32x4.mul(beta, f32x4.add(ba, dc)), log);
      const e4 = f32x4.add(f32x4.mul(beta, f32x4.sub(ba, dc)), log);
      v128.store(p, e1), v128.store(p + plane, e2);
      v128.store(p + 2 * plane, e3), v128.store(p + 3 * plane, e4);
      top = f32x4.max(top, f32x4.max(f32x4.max(e1, e2), f32x4.max(e3, e4)));
    }
  }
  return largest(top);
}

/**
 * Scores of one image's columns to q = exp(e - max), in place as the weights of A, B, C, D when
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
    const q1 = exp(f32x4.sub(v128.load(p), m));
    const q2 = exp(f32x4.sub(v128.load(p + plane), m));
    const q3 = exp(f32x4.sub(v128.load(p + 2 * plane), m));
    const q4 = exp(f32x4.sub(v128.load(p + 3 * plane), m));
    const s12 = f32x4.add(q1, q2), s34 = f32x4.add(q3, q4), all = f32x4.add(s12, s34);
    total = f32x4.add(total, all);
    if (!weights) continue;
    const d12 = f32x4.sub(q1, q2), d34 = f32x4.sub(q3, q4);
    v128.store(p, all);
    v128.store(p + plane, f32x4.sub(s12, s34));
    v128.store(p + 2 * plane, f32x4.add(d12, d34));
    v128.store(p + 3 * plane, f32x4.sub(d12, d34));
  }
  return sum(total);
}

/** Position of the largest of one image's scores within (plane, column, lane), first of equals. */
export function findScore(scores: usize, plane: usize, first: i32, count: i32, value: f32): i32 {
  for (let t: usize = 0; t < 4; t++) {
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

/** rows[count][8] += X^T q for the rows of one parity group, six at a time. */
// @ts-ignore: decorator
@inline
function accumulateGroup(
  rows: usize, weights: usize, x: usize, stride: usize, columns: i32, count: i32,
): void {
  for (let row = 0; row < count; row += 6, rows += 192, x += stride) {
    multiplyTile(weights, x, columns, rows, true);
  }
}

/** Adds one image's share to a panel's gradient: rows[K][8] += X^T q, by parity group. */
export function accumulateImage(
  gradient: usize, scores: usize, plane: usize, transposed: usize, stride: usize,
  first: i32, count: i32, rowsA: i32, rowsB: i32, rowsC: i32, rowsD: i32,
): void {
  const weights = scores + (<usize>first << 5), x = transposed + <usize>first * 24;
  const b = <usize>rowsA, c = b + <usize>rowsB, d = c + <usize>rowsC;
  const tile = stride / 6;
  accumulateGroup(gradient, weights, x, stride, count, rowsA);
  accumulateGroup(gradient + (b << 5), weights + plane, x + b * tile, stride, count, rowsB);
  accumulateGroup(gradient + (c << 5), weights + 2 * plane, x + c * tile, stride, count, rowsC);
  accumulateGroup(gradient + (d << 5), weights + 3 * plane, x + d * tile, stride, count, rowsD);
}
