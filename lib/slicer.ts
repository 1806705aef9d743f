import { createSpectrum, readSpectrum } from "./spectrum.ts";
import type { Volume } from "./volume.ts";

/** Central slices of a density at any rotation. */
export interface Slicer {
  /** N, voxels per edge of the density. */
  readonly boxSize: number;
  /** Bytes held. */
  readonly bytes: number;
  /**
   * The slice of a rotation R, the unitary 2D transform of the projection seen under it:
   *
   *     D(k) = (1/N) sum_x V(x) exp(-2 pi i (kx a + ky b) . x / N)
   *
   * a, b being the first two columns of R and x counted from the origin voxel: project() for all that
   * |k| <= N/2 holds.
   *
   * @param rotation R, image to map, [9]
   * @param frequencies k = (kx, ky) in Fourier pixels, not only whole ones, |k| <= N/2; [n, 2]
   * @returns D, [n, 2] real and imaginary
   * @throws {RangeError} if a frequency is beyond Nyquist.
   */
  slice(rotation: ArrayLike<number>, frequencies: ArrayLike<number>): Float64Array;
}

/**
 * Prepares a density for slicing. Holds 16 (2N)^2 (N + W + 1) bytes: 142 MB for N = 128.
 *
 * @param width W of the interpolation window, even: 6 errs by 1e-5 of the largest coefficient, 8 by 2e-7
 */
export function createSlicer(volume: Volume, { width = 6 }: { width?: number } = {}): Slicer {
  const n = volume.boxSize, spectrum = createSpectrum(volume, { width });
  return {
    boxSize: n,
    bytes: spectrum.real.byteLength + spectrum.imaginary.byteLength,
    slice(rotation, frequencies) {
      const count = frequencies.length / 2;
      // R (kx, ky, 0) = kx a + ky b.
      const k = new Float64Array(3 * count);
      const real = new Float64Array(count), imaginary = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        const kx = frequencies[2 * i], ky = frequencies[2 * i + 1];
        if (!(kx * kx + ky * ky <= n * n / 4)) {
          throw new RangeError(`Cannot slice at (${kx}, ${ky}): wanted |k| <= ${n / 2} (Nyquist)`);
        }
        k[3 * i] = kx;
        k[3 * i + 1] = ky;
      }
      readSpectrum(spectrum, k, rotation, real, imaginary);
      const out = new Float64Array(2 * count);
      for (let i = 0; i < count; i++) {
        out[2 * i] = real[i] / n;
        out[2 * i + 1] = imaginary[i] / n;
      }
      return out;
    },
  };
}
