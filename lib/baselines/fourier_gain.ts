import { transform3 } from "../fft.ts";

/** |k| of each coefficient of a transform of M^3 voxels, Fourier px, [M, M, M] as [kz, ky, kx]. */
export function frequencies(m: number): Float64Array {
  const axis = Float64Array.from({ length: m }, (_, i) => i <= m / 2 ? i : i - m);
  const k = new Float64Array(m ** 3);
  for (let z = 0, i = 0; z < m; z++) {
    for (let y = 0; y < m; y++) {
      for (let x = 0; x < m; x++, i++) k[i] = Math.hypot(axis[x], axis[y], axis[z]);
    }
  }
  return k;
}

/**
 * Multiplies a density by an even real function in Fourier space: F^-1 (gain F(V)), a symmetric map.
 *
 * @param voxels V, [M, M, M]
 * @param gain [M, M, M] as [kz, ky, kx], frequencies 0 .. M/2, -M/2 + 1 .. -1 along each axis
 */
export function applyGain(voxels: ArrayLike<number>, gain: Float64Array): Float64Array {
  const real = Float64Array.from(voxels), imaginary = new Float64Array(real.length);
  const m = Math.round(Math.cbrt(real.length));
  transform3(real, imaginary, m);
  for (let i = 0; i < real.length; i++) {
    const factor = gain[i] / real.length;
    real[i] *= factor;
    imaginary[i] *= factor;
  }
  transform3(real, imaginary, m, 1);
  return real;
}
