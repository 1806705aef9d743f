import { type Band, mirrorOf } from "../band.ts";

/**
 * How the coefficients of a band fall into parts that a mirror in ky keeps or reverses.
 *
 * With P_(-d)(kx, ky) = P_d(kx, -ky), and with the half turn that conjugates, four poses share their
 * products: for a pair (kx, ky), (kx, -ky) the even part is (f + f')/sqrt(2), the odd one
 * (f - f')/sqrt(2). On kx = 0 the mate is the Friedel mate: re is even, im odd. On ky = 0 all is even.
 * |P|^2 and c^2 sort like re.
 */
export interface Parity {
  /** K, rows in all, each group padded to a multiple of six. */
  readonly rows: number;
  /** Rows of [re even, power even], [re odd, power odd], [im even], [im odd]. */
  readonly groups: readonly [number, number, number, number];
  /**
   * [K, 4] as (source 1, source 2, factor 1, factor 2): part = factor 1 c[source 1] + factor 2
   * c[source 2], c being [re, im, power] columns of `stride` elements each.
   */
  table(stride: number): ArrayBuffer;
}

/** Column of coefficients a row is taken from. */
const RE = 0, IM = 1, POWER = 2;

type Row = readonly [column: number, first: number, second: number, f1: number, f2: number];

/** The parity sorting of a band. */
export function createParity(band: Band): Parity {
  const { count, k } = band, mirror = mirrorOf(band);
  const even: Row[] = [], odd: Row[] = [], imEven: Row[] = [], imOdd: Row[] = [];
  const powerEven: Row[] = [], powerOdd: Row[] = [];
  for (let i = 0; i < count; i++) {
    const kx = k[2 * i], ky = k[2 * i + 1];
    if (kx === 0 || ky === 0) {
      even.push([RE, i, i, 1, 0]);
      powerEven.push([POWER, i, i, 1, 0]);
      (kx === 0 ? imOdd : imEven).push([IM, i, i, 1, 0]);
    } else if (ky > 0) {
      const mate = mirror[i], h = Math.SQRT1_2;
      even.push([RE, i, mate, h, h]);
      odd.push([RE, i, mate, h, -h]);
      imEven.push([IM, i, mate, h, h]);
      imOdd.push([IM, i, mate, h, -h]);
      powerEven.push([POWER, i, mate, h, h]);
      powerOdd.push([POWER, i, mate, h, -h]);
    }
  }
  const padded = [[...even, ...powerEven], [...odd, ...powerOdd], imEven, imOdd].map((group) => {
    while (group.length % 6 !== 0) group.push([RE, 0, 0, 0, 0]);
    return group;
  });
  const rows = padded.flat();
  return {
    rows: rows.length,
    groups: padded.map((group) => group.length) as [number, number, number, number],
    table(stride) {
      const buffer = new ArrayBuffer(16 * rows.length);
      const places = new Int32Array(buffer), factors = new Float32Array(buffer);
      rows.forEach(([column, first, second, f1, f2], r) => {
        places[4 * r] = column * stride + first;
        places[4 * r + 1] = column * stride + second;
        factors[4 * r + 2] = f1;
        factors[4 * r + 3] = f2;
      });
      return buffer;
    },
  };
}
