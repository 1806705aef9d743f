import type { Problem } from "../lib/backend.ts";
import { createKaiserBessel } from "../lib/kaiser_bessel.ts";
import type { LatticeSymmetry } from "../lib/lattice.ts";
import { bandShells } from "../lib/noise.ts";
import { type Comparable, type Sizes, TAPS } from "./sizes.ts";

const kernel = createKaiserBessel({ width: 2 * TAPS, oversampling: 2 });

/**
 * phi as a polynomial in y = 1 - (u/3)^2, in which it is a power series: interpolation at Chebyshev points
 * of [0, 1], written in powers of y. [12]
 */
export function windowPolynomial(): Float32Array {
  const m = 12, out = new Float64Array(m);
  const nodes = Array.from({ length: m }, (_, i) => Math.cos(Math.PI * (i + 0.5) / m));
  const values = nodes.map((x) => kernel.window(TAPS * Math.sqrt(1 - (x + 1) / 2)));
  // Chebyshev coefficients times T_d(2 y - 1) in powers of y: T_(d+1) = (4 y - 2) T_d - T_(d-1)
  let before = new Float64Array(m), now = new Float64Array(m);
  now[0] = 1;
  for (let d = 0; d < m; d++) {
    const c = nodes.reduce((s, _, i) => s + values[i] * Math.cos(Math.PI * d * (i + 0.5) / m), 0);
    for (let i = 0; i < m; i++) out[i] += (d === 0 ? 1 : 2) / m * c * now[i];
    const first = d === 0 ? 1 : 2, next = new Float64Array(m);
    for (let i = 0; i < m; i++) {
      next[i] = first * ((i > 0 ? 2 * now[i - 1] : 0) - now[i]) - (d === 0 ? 0 : before[i]);
    }
    before = now, now = next;
  }
  return Float32Array.from(out);
}

/** Matrices that take an axis of `box` voxels to the frequencies from..to of the twice finer grid, and back. */
export interface AxisTables {
  /** exp(-2 pi i g x / (2 box)) / phihat(x / (2 box)), [to - from + 1, box, 2]. */
  readonly forward: Float32Array;
  /** Its conjugate transpose, [box, to - from + 1, 2]. */
  readonly adjoint: Float32Array;
}

/** Tables of one axis, times `scale`. */
export function axisTables(
  { box, from, to, scale = 1 }: { box: number; from: number; to: number; scale?: number },
): AxisTables {
  const count = to - from + 1;
  const forward = new Float32Array(2 * count * box), adjoint = new Float32Array(2 * count * box);
  for (let x = 0; x < box; x++) {
    const correction = scale / kernel.transform((x - box / 2) / (2 * box));
    for (let i = 0; i < count; i++) {
      const angle = 2 * Math.PI * (from + i) * (x - box / 2) / (2 * box);
      const at = 2 * (i * box + x), back = 2 * (x * count + i);
      forward[at] = adjoint[back] = correction * Math.cos(angle);
      forward[at + 1] = -correction * Math.sin(angle);
      adjoint[back + 1] = correction * Math.sin(angle);
    }
  }
  return { forward, adjoint };
}

/** A table of sort.wgsl: four sources and four factors a row. */
export interface SortTable {
  /** [rows, 4] */
  readonly terms: Uint32Array;
  /** [rows, 4] */
  readonly factors: Float32Array;
}

function sortTable(rows: readonly (readonly (readonly [number, number])[])[]): SortTable {
  const terms = new Uint32Array(4 * rows.length), factors = new Float32Array(4 * rows.length);
  rows.forEach((row, r) =>
    row.forEach(([source, factor], i) => {
      terms[4 * r + i] = source;
      factors[4 * r + i] = factor;
    })
  );
  return { terms, factors };
}

/** From columns re, im, power of n coefficients to sorted rows. */
export function sortingTable({ parts }: LatticeSymmetry, n: number): SortTable {
  return sortTable(
    parts.map(([column, ...terms]) =>
      terms.map(([place, factor]) => [column * n + place, factor] as const)
    ),
  );
}

/** The adjoint: from sorted rows to columns. No coefficient is part of more than four rows. */
export function unsortingTable({ parts }: LatticeSymmetry, n: number): SortTable {
  const rows = Array.from({ length: 3 * n }, (): [number, number][] => []);
  parts.forEach(([column, ...terms], r) => {
    for (const [place, factor] of terms) rows[column * n + place].push([r, factor]);
  });
  return sortTable(rows);
}

/** Where sum.wgsl finds the one or two products of each row of the gradient, [rows, 2]. */
export function partialRows({ groups }: LatticeSymmetry, rowsOfProduct: number): Uint32Array {
  const found: number[] = [];
  groups.forEach((count, group) => {
    const second = group < 4 ? group : group + 2; // <E,E> and <E,Q> give E, <Q,Q> and <Q,E> give Q
    for (let r = 0; r < count; r++) {
      found.push(group * rowsOfProduct + r, second * rowsOfProduct + r);
    }
  });
  return Uint32Array.from(found);
}

/** Coefficient of each (kx, ky) of the disc: i + 1, or -(i + 1) for a Friedel mate, 0 outside. [2 R + 1]^2 */
export function latticeTable({ band }: Problem, { reach }: Sizes): Int32Array {
  const row = 2 * reach + 1, table = new Int32Array(row * row);
  for (let i = 0; i < band.count; i++) {
    const kx = band.k[2 * i], ky = band.k[2 * i + 1];
    table[(ky + reach) * row + kx + reach] = i + 1;
    table[(-ky + reach) * row - kx + reach] = -(i + 1);
  }
  return table;
}

/** Where the coefficients of each shell begin, [shells + 1], then the coefficients by shell, [n]. */
export function shellTable({ band }: Problem, { shells: count }: Sizes): Uint32Array {
  const shells = bandShells(band), order = [...shells.keys()].sort((a, b) => shells[a] - shells[b]);
  const starts = Array.from({ length: count + 1 }, (_, s) => {
    const first = order.findIndex((i) => shells[i] >= s);
    return first < 0 ? order.length : first;
  });
  return Uint32Array.from([...starts, ...order]);
}

/** cosine and sine of the first quarter turn's angles, then 2 pi t / N of the shifts, [I/4 + S, 2]. */
export function turnTable({ band, quadrature }: Comparable, { angles }: Sizes): Float32Array {
  const turns: number[] = [];
  for (let h = 0; h < angles; h++) {
    turns.push(Math.cos(quadrature.angles[h]), Math.sin(quadrature.angles[h]));
  }
  for (const t of quadrature.shifts.points) turns.push(2 * Math.PI * t / band.boxSize);
  return Float32Array.from(turns);
}

/** log w of the directions d, as of -d; lanes beyond the last weigh nothing. [lanes] */
export function planeLog({ quadrature }: Comparable, { planes, lanes }: Sizes): Float32Array {
  const { weights } = quadrature.directions;
  return Float32Array.from({ length: lanes }, (_, j) => j < planes ? Math.log(weights[j]) : -1e30);
}

/** log w of angle and shift, [columns]. */
export function columnLog({ quadrature }: Comparable, { columns, shifts }: Sizes): Float32Array {
  const { weights } = quadrature.shifts;
  return Float32Array.from(
    { length: columns },
    (_, c) => Math.log(weights[c % shifts] / quadrature.angles.length),
  );
}
