import type { Diagonal, Problem } from "./backend.ts";
import { FRIEDEL } from "./band.ts";
import { multiply, type Rotation } from "./rotation.ts";

/**
 * A diagonal of what coefficients have been seen.
 *
 * @param seen sum of W over slices, spread trilinearly to both Friedel halves, [M, M, M]
 * @param imageCount B
 */
export function diagonalOf(
  seen: ArrayLike<number>,
  { band, workBox: m }: Problem,
  imageCount: number,
): Diagonal {
  const s = (band.boxSize / m) ** 3 / band.boxSize;
  const scale = m ** 3 * s * s / (imageCount * FRIEDEL);
  const values = new Float32Array(seen.length);
  for (let i = 0; i < values.length; i++) values[i] = scale * seen[i];
  return { values, radius: band.radius };
}

/** values(k) + values(-k), [M, M, M] as [kz, ky, kx] in the order of a transform. */
export function withMates(values: Float32Array, m: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let z = 0, at = 0; z < m; z++) {
    const mateZ = z ? m - z : 0;
    for (let y = 0; y < m; y++) {
      const row = (mateZ * m + (y ? m - y : 0)) * m;
      out[at] = values[at] + values[row];
      at++;
      for (let x = 1; x < m; x++, at++) out[at] = values[at] + values[row + m - x];
    }
  }
  return out;
}

/**
 * Back-projects the weights of slices: sum over the images of sum q c^2 of every coefficient, deposited
 * trilinearly at its frequency and at its mate's, times M^3 s^2 / B with s = (1/N) (N/M)^3.
 *
 * @param weight W = sum q Omega c^2 of a marginal, [J/2, n, 2] as downloaded
 * @param imageCount B
 */
export function backprojectWeight(
  weight: ArrayLike<number>,
  problem: Problem,
  { grid, imageCount }: { grid?: Rotation; imageCount: number },
): Diagonal {
  const { band, workBox: m, quadrature } = problem;
  const { frames, count } = quadrature.directions, n = band.count;
  const values = new Float32Array(m ** 3);
  const wrap = (k: number) => k < 0 ? k + m : k;
  const deposit = (x: number, y: number, z: number, w: number) => {
    const fx = Math.floor(x), fy = Math.floor(y), fz = Math.floor(z);
    const ux = x - fx, uy = y - fy, uz = z - fz;
    const x0 = wrap(fx), x1 = wrap(fx + 1);
    for (let c = 0; c < 4; c++) {
      const iy = wrap(fy + (c & 1)), iz = wrap(fz + (c >> 1));
      const part = w * (c & 1 ? uy : 1 - uy) * (c >> 1 ? uz : 1 - uz);
      const row = (iz * m + iy) * m;
      values[row + x0] += part * (1 - ux);
      values[row + x1] += part * ux;
    }
  };
  for (let j = 0; j < count / 2; j++) {
    const frame = frames.subarray(9 * j, 9 * j + 9);
    const r = grid ? multiply(grid, frame) : frame;
    for (let i = 0; i < n; i++) {
      const w = weight[2 * (j * n + i)];
      if (w === 0) continue;
      const kx = band.k[2 * i], ky = band.k[2 * i + 1];
      deposit(kx * r[0] + ky * r[1], kx * r[3] + ky * r[4], kx * r[6] + ky * r[7], w);
    }
  }
  return diagonalOf(withMates(values, m), problem, imageCount);
}
