import { createFFT } from "./fft.ts";
import { createKaiserBessel, type KaiserBessel } from "./kaiser_bessel.ts";
import type { Volume } from "./volume.ts";

/** Steps of the window's table per sample; linear interpolation in it is good to 1e-7. */
const STEPS = 1024;

/**
 * A map's continuous Fourier transform, F(k) = sum_x V(x) exp(-2 pi i k.x / N), x from the origin at
 * N/2, held on a grid twice as fine as the box's own and read through a Kaiser-Bessel window.
 */
export interface Spectrum {
  /** N, voxels per edge of the map. */
  readonly boxSize: number;
  /** The window it is read through. */
  readonly kernel: KaiserBessel;
  /** phi at 0, 1/STEPS, ... W/2 and one step beyond. */
  readonly window: Float64Array;
  /** Number of kx kept, those from -W/2 to N + W/2 of the fine grid; F(-k) = conj F(k) has the rest. */
  readonly columns: number;
  /** Re of the samples at half-integer k, [2N, 2N, columns] as [kz, ky, kx], made from V / phihat. */
  readonly real: Float64Array;
  /** Im of the same. */
  readonly imaginary: Float64Array;
}

/**
 * Prepares a map's transform to be read anywhere.
 *
 * @param width W of the window, even: 6 errs by 1e-5 of the map, 4 by 1e-3, 2 by 1e-1 at the box's edge
 */
export function createSpectrum(
  { boxSize: n, voxels }: Volume,
  { width = 6 }: { width?: number } = {},
): Spectrum {
  const kernel = createKaiserBessel({ width });
  const fine = 2 * n, half = n / 2, guard = width / 2, columns = n + 2 * guard + 1;
  const weight = Float64Array.from(
    { length: n },
    (_, i) => 1 / kernel.transform((i - half) / fine),
  );
  const real = new Float64Array(fine * fine * columns), imaginary = new Float64Array(real.length);
  const fft = createFFT(fine);
  const re = new Float64Array(fine), im = new Float64Array(fine);
  // The origin goes to index 0 of the fine grid. Lines and planes that are all padding are skipped.
  for (let z = 0; z < n; z++) {
    const plane = (z + fine - half) % fine * fine * columns;
    for (let y = 0; y < n; y++) {
      re.fill(0), im.fill(0);
      const w = weight[z] * weight[y];
      for (let x = 0; x < n; x++) {
        re[(x + fine - half) % fine] = w * weight[x] * voxels[(z * n + y) * n + x];
      }
      fft.transform(re, im);
      const row = plane + (y + fine - half) % fine * columns;
      for (let c = 0; c < columns; c++) {
        real[row + c] = re[(c + fine - guard) % fine];
        imaginary[row + c] = im[(c + fine - guard) % fine];
      }
    }
    fft.transform(
      real.subarray(plane, plane + fine * columns),
      imaginary.subarray(plane, plane + fine * columns),
      { stride: columns, count: columns, lineStride: 1 },
    );
  }
  const stride = fine * columns;
  fft.transform(real, imaginary, { stride, count: stride, lineStride: 1 });
  const window = Float64Array.from(
    { length: guard * STEPS + 2 },
    (_, i) => kernel.window(i / STEPS),
  );
  return { boxSize: n, kernel, window, columns, real, imaginary };
}

/**
 * Reads F(m k) for a list of frequencies; 0 where m k is outside the box's own cube, |k| <= N/2.
 *
 * @param k Fourier px, [count, 3] as (x, y, z)
 * @param m row-major 3x3 matrix
 * @param outReal Re F, [count]
 * @param outImaginary Im F, [count]
 */
export function readSpectrum(
  { boxSize, kernel, window, columns, real, imaginary }: Spectrum,
  k: ArrayLike<number>,
  m: ArrayLike<number>,
  outReal: Float64Array,
  outImaginary: Float64Array,
): void {
  const width = kernel.width, guard = width / 2, fine = 2 * boxSize;
  const weights = new Float64Array(3 * width);
  const at = new Int32Array(3);
  const u = new Float64Array(3);
  for (let i = 0; i < outReal.length; i++) {
    const x = k[3 * i], y = k[3 * i + 1], z = k[3 * i + 2];
    u[0] = 2 * (m[0] * x + m[1] * y + m[2] * z);
    u[1] = 2 * (m[3] * x + m[4] * y + m[5] * z);
    u[2] = 2 * (m[6] * x + m[7] * y + m[8] * z);
    const mate = u[0] < 0;
    if (mate) u[0] = -u[0], u[1] = -u[1], u[2] = -u[2];
    // Room for rounding, so that an unrotated Nyquist plane counts as inside.
    const edge = boxSize + 1e-9;
    if (u[0] > edge || Math.abs(u[1]) > edge || Math.abs(u[2]) > edge) {
      outReal[i] = outImaginary[i] = 0;
      continue;
    }
    for (let axis = 0; axis < 3; axis++) {
      const first = Math.floor(u[axis]) - guard + 1;
      at[axis] = first;
      for (let j = 0; j < width; j++) {
        const s = Math.abs(u[axis] - first - j) * STEPS, step = Math.floor(s);
        weights[axis * width + j] = window[step] + (s - step) * (window[step + 1] - window[step]);
      }
    }
    let sumReal = 0, sumImaginary = 0;
    for (let c = 0; c < width; c++) {
      const plane = (at[2] + c + fine) % fine * fine;
      for (let b = 0; b < width; b++) {
        const row = (plane + (at[1] + b + fine) % fine) * columns + at[0] + guard;
        let rowReal = 0, rowImaginary = 0;
        for (let a = 0; a < width; a++) {
          rowReal += weights[a] * real[row + a];
          rowImaginary += weights[a] * imaginary[row + a];
        }
        const w = weights[width + b] * weights[2 * width + c];
        sumReal += w * rowReal;
        sumImaginary += w * rowImaginary;
      }
    }
    outReal[i] = sumReal;
    outImaginary[i] = mate ? -sumImaginary : sumImaginary;
  }
}
