import { transform3 } from "../fft.ts";
import type { Volume } from "../volume.ts";

/** Parameters of a rigid motion: rotation vector (rad), then shift (px), each (x, y, z). */
export const PARAMETERS = 6;

/** The coefficients of a map that others are moved onto, and how they change when it moves itself. */
export interface Target {
  /** N, voxels per edge. */
  readonly boxSize: number;
  /** k, Fourier px, [n, 3]: one of each Friedel pair, 0 < |k| < shells + 1/2, by rising |k|. */
  readonly k: Float64Array;
  /** First coefficient of each shell round(|k|) = s, and n at the end, [shells + 2]. */
  readonly starts: Int32Array;
  /** S, the last shell. */
  readonly shells: number;
  /** Re B, [n]. */
  readonly real: Float64Array;
  /** Im B, [n]. */
  readonly imaginary: Float64Array;
  /** Re dB/dtheta for each parameter, [PARAMETERS, n]. */
  readonly slopeReal: Float64Array;
  /** Im dB/dtheta, [PARAMETERS, n]. */
  readonly slopeImaginary: Float64Array;
  /** sum |B|^2 of each shell, [shells + 1]. */
  readonly power: Float64Array;
  /** sum Re(conj B dB/dtheta) of each shell, half the slope of its power, [shells + 1, PARAMETERS]. */
  readonly drift: Float64Array;
  /** sum Re(conj dB/dtheta_i dB/dtheta_j) of each shell, [shells + 1, PARAMETERS, PARAMETERS]. */
  readonly curvature: Float64Array;
}

/** One of each Friedel pair in the shells 1 to S, sorted by |k|, [n, 3]. */
function halfBall(shells: number): Float64Array {
  const points: number[][] = [];
  for (let z = 0; z <= shells; z++) {
    for (let y = z > 0 ? -shells : 0; y <= shells; y++) {
      for (let x = z > 0 || y > 0 ? -shells : 1; x <= shells; x++) {
        if (x * x + y * y + z * z < (shells + 0.5) ** 2) points.push([x, y, z]);
      }
    }
  }
  points.sort((a, b) => a[0] ** 2 + a[1] ** 2 + a[2] ** 2 - b[0] ** 2 - b[1] ** 2 - b[2] ** 2);
  return Float64Array.from(points.flat());
}

/**
 * Makes a target of a map.
 *
 * Moved by a rotation E (vector w) and a shift d, its transform becomes exp(-2 pi i k.d / N) B(E^T k):
 *
 *     dB/dw = (grad B) x k,      (dB/dw)_x = kz B_y - ky B_z
 *     dB/dd = -(2 pi i / N) k B, B_y = dB/dky = -(2 pi i / N) sum_x y V(x) exp(-2 pi i k.x / N)
 *
 * @param shells S, at most N/2 - 1
 */
export function createTarget({ boxSize: n, voxels }: Volume, shells: number): Target {
  const k = halfBall(shells), count = k.length / 3;
  const half = n / 2;
  // Two transforms of two real fields each: V + i X and Y + i Z, with X = 2 pi x V / N and so on.
  const a = new Float64Array(n ** 3), b = new Float64Array(n ** 3);
  const c = new Float64Array(n ** 3), d = new Float64Array(n ** 3);
  const unit = 2 * Math.PI / n;
  for (let z = 0, at = 0; z < n; z++) {
    for (let y = 0; y < n; y++) {
      for (let x = 0; x < n; x++, at++) {
        const v = voxels[at];
        a[at] = v;
        b[at] = unit * (x - half) * v;
        c[at] = unit * (y - half) * v;
        d[at] = unit * (z - half) * v;
      }
    }
  }
  transform3(a, b, n);
  transform3(c, d, n);
  const real = new Float64Array(count), imaginary = new Float64Array(count);
  const slopeReal = new Float64Array(PARAMETERS * count);
  const slopeImaginary = new Float64Array(PARAMETERS * count);
  const power = new Float64Array(shells + 1);
  const drift = new Float64Array((shells + 1) * PARAMETERS);
  const curvature = new Float64Array((shells + 1) * PARAMETERS ** 2);
  const starts = new Int32Array(shells + 2);
  // The transforms of V, X, Y, Z at one k, then grad B = -i times the last three.
  const field = new Float64Array(8);
  for (let i = 0; i < count; i++) {
    const kx = k[3 * i], ky = k[3 * i + 1], kz = k[3 * i + 2];
    const shell = Math.round(Math.sqrt(kx * kx + ky * ky + kz * kz));
    starts[shell + 1] = i + 1;
    const at = (((kz + n) % n) * n + (ky + n) % n) * n + (kx + n) % n;
    const mate = (((n - kz) % n) * n + (n - ky) % n) * n + (n - kx) % n;
    // An origin at voxel N/2 is the phase (-1)^(kx + ky + kz); 1/2 belongs to the separation.
    const sign = (kx + ky + kz) % 2 === 0 ? 0.5 : -0.5;
    for (let pair = 0; pair < 2; pair++) {
      const re = pair ? c : a, im = pair ? d : b;
      field[4 * pair] = sign * (re[at] + re[mate]);
      field[4 * pair + 1] = sign * (im[at] - im[mate]);
      field[4 * pair + 2] = sign * (im[at] + im[mate]);
      field[4 * pair + 3] = sign * (re[mate] - re[at]);
    }
    const br = field[0], bi = field[1], xr = field[2], xi = field[3];
    const yr = field[4], yi = field[5], zr = field[6], zi = field[7];
    real[i] = br, imaginary[i] = bi;
    power[shell] += br * br + bi * bi;
    // -i (u + iv) = v - iu.
    slopeReal[i] = kz * yi - ky * zi;
    slopeImaginary[i] = -(kz * yr - ky * zr);
    slopeReal[count + i] = kx * zi - kz * xi;
    slopeImaginary[count + i] = -(kx * zr - kz * xr);
    slopeReal[2 * count + i] = ky * xi - kx * yi;
    slopeImaginary[2 * count + i] = -(ky * xr - kx * yr);
    for (let axis = 0; axis < 3; axis++) {
      slopeReal[(3 + axis) * count + i] = unit * k[3 * i + axis] * bi;
      slopeImaginary[(3 + axis) * count + i] = -unit * k[3 * i + axis] * br;
    }
    for (let p = 0; p < PARAMETERS; p++) {
      drift[shell * PARAMETERS + p] += br * slopeReal[p * count + i] +
        bi * slopeImaginary[p * count + i];
      for (let q = 0; q < PARAMETERS; q++) {
        curvature[(shell * PARAMETERS + p) * PARAMETERS + q] +=
          slopeReal[p * count + i] * slopeReal[q * count + i] +
          slopeImaginary[p * count + i] * slopeImaginary[q * count + i];
      }
    }
  }
  return {
    boxSize: n,
    k,
    starts,
    shells,
    real,
    imaginary,
    slopeReal,
    slopeImaginary,
    power,
    drift,
    curvature,
  };
}
