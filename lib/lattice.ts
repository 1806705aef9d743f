import type { Band } from "./band.ts";

/**
 * How the coefficients of a band fall apart under the symmetries of the square lattice they lie on.
 *
 * A quarter turn R and the mirror m of ky take the lattice to itself, so eight poses, the turns of an
 * image by psi + a pi/2 against the slices at d and -d (which is the slice at d with ky reversed), are
 * inner products of the same numbers: s(a, b) = <m^b P, R^a X>. Sorted by the irreducible
 * representations of this group D4 they need half the multiplications of psi and psi + pi alone.
 *
 * re, |P|^2 and c^2 are even in k. With alpha, beta = +-1 the signs that R and m give a part,
 *
 *     re(a, b) = sum alpha^a beta^b <P_(alpha beta), X_(alpha beta)>
 *
 * im is odd in k: its m-odd part is R Q with Q m-even, beside the m-even part E, and
 *
 *     im(0, b) = <E,E> +- <Q,Q>,  im(1, b) = -<E,Q> +- <Q,E>,  im(a + 2, b) = -im(a, b).
 */
export interface LatticeSymmetry {
  /** K, rows in all, each group padded to a multiple of what was asked for. */
  readonly rows: number;
  /** Rows of the groups (++), (+-), (-+), (--) with the signs (alpha beta), each re then power; E; Q. */
  readonly groups: readonly [number, number, number, number, number, number];
  /** The rows, [K]; padding has no terms. */
  readonly parts: readonly Part[];
  /**
   * [K, 8], four sources and four factors: part = sum factor c[source], c being [re, im, power] columns
   * of `stride` elements each. A weight that is the same all over each orbit may be applied on the way.
   *
   * @param weight of each coefficient, [n]; default 1
   */
  table(stride: number, weight?: ArrayLike<number>): ArrayBuffer;
}

/**
 * Quarter turns of the eight poses in the order that kernels give them: (a, b) = (0,0) (2,0) (1,0) (3,0), then
 * the same at -d.
 */
export const POSE_TURNS = [0, 2, 1, 3];

/** Columns of coefficients that parts are made of. */
const RE = 0, IM = 1, POWER = 2;

/** One part: its column, 0 re, 1 im, 2 power, and up to four (coefficient, factor). */
export type Part = readonly [column: number, ...terms: (readonly [number, number])[]];

/**
 * The symmetry of a band.
 *
 * @param multiple rows of each group are padded to a multiple of it
 */
export function createLatticeSymmetry({ count, k }: Band, multiple: number): LatticeSymmetry {
  const places = new Map<string, number>();
  for (let i = 0; i < count; i++) places.set(`${k[2 * i]},${k[2 * i + 1]}`, i);
  const at = (x: number, y: number) => places.get(`${x},${y}`)!;
  const h = Math.SQRT1_2;
  const even: Record<"++" | "+-" | "-+" | "--", Part[]> = {
    "++": [],
    "+-": [],
    "-+": [],
    "--": [],
  };
  const E: Part[] = [], Q: Part[] = [];

  for (const column of [RE, POWER]) {
    for (let i = 0; i < count; i++) {
      const x = k[2 * i], y = k[2 * i + 1];
      if (y === 0) {
        const j = at(0, x);
        even["++"].push([column, [i, h], [j, h]]);
        even["-+"].push([column, [i, h], [j, -h]]);
      } else if (x === y) {
        const j = at(x, -x);
        even["++"].push([column, [i, h], [j, h]]);
        even["--"].push([column, [i, h], [j, -h]]);
      } else if (x > y && y > 0) {
        // images of (x, y): R gives (-y, x), the mate of (y, -x); m gives (x, -y); R m gives (y, x)
        const turned = at(y, -x), mirrored = at(x, -y), both = at(y, x);
        for (
          const [name, a, b] of [["++", 1, 1], ["+-", 1, -1], ["-+", -1, 1], [
            "--",
            -1,
            -1,
          ]] as const
        ) {
          even[name].push([
            column,
            [i, 0.5],
            [turned, 0.5 * a],
            [mirrored, 0.5 * b],
            [both, 0.5 * a * b],
          ]);
        }
      }
    }
  }
  for (let i = 0; i < count; i++) {
    const x = k[2 * i], y = k[2 * i + 1];
    if (y === 0) {
      E.push([IM, [i, 1]]);
      Q.push([IM, [at(0, x), -1]]);
    } else if (x === y) {
      E.push([IM, [i, h], [at(x, -x), h]]);
      Q.push([IM, [i, -h], [at(x, -x), h]]);
    } else if (x > y && y > 0) {
      E.push([IM, [i, h], [at(x, -y), h]], [IM, [at(y, x), h], [at(y, -x), h]]);
      Q.push([IM, [at(y, x), -h], [at(y, -x), h]], [IM, [i, -h], [at(x, -y), h]]);
    }
  }

  const groups = [even["++"], even["+-"], even["-+"], even["--"], E, Q].map((group) => {
    while (group.length % multiple !== 0) group.push([RE]);
    return group;
  });
  const rows = groups.flat();
  return {
    rows: rows.length,
    groups: groups.map((group) => group.length) as unknown as LatticeSymmetry["groups"],
    parts: rows,
    table(stride, weight) {
      const buffer = new ArrayBuffer(32 * rows.length);
      const sources = new Int32Array(buffer), factors = new Float32Array(buffer);
      rows.forEach(([column, ...terms], r) =>
        terms.forEach(([place, factor], i) => {
          sources[8 * r + i] = column * stride + place;
          factors[8 * r + 4 + i] = factor * (weight ? weight[place] : 1);
        })
      );
      return buffer;
    },
  };
}
