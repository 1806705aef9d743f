import type { Band } from "./band.ts";
import { type CTFPhase, evaluateCTF } from "./ctf.ts";

/**
 * Turns a band: the frequencies Rz(psi) k of an image at which it is compared with an unturned slice.
 *
 * @returns [n, 2] as (x, y), Fourier pixels
 */
export function turnBand(band: Band, psi: number): Float64Array {
  const c = Math.cos(psi), s = Math.sin(psi);
  const turned = new Float64Array(2 * band.count);
  for (let i = 0; i < band.count; i++) {
    const kx = band.k[2 * i], ky = band.k[2 * i + 1];
    turned[2 * i] = c * kx - s * ky;
    turned[2 * i + 1] = s * kx + c * ky;
  }
  return turned;
}

/**
 * An image's unitary transform at any frequencies, the particle brought back by a shift:
 *
 *     D(k) = (1/N) exp(2 pi i k.t / N) sum_x d(x) exp(-2 pi i k.x / N)
 *
 * @param pixels [N, N] as [y, x], zero outside the inscribed circle
 * @param at frequencies, [n, 2], Fourier pixels
 * @param shift t, px
 * @returns D, [n, 2] real and imaginary
 */
export function transformImage(
  pixels: ArrayLike<number>,
  boxSize: number,
  at: Float64Array,
  shift: readonly [number, number] = [0, 0],
): Float64Array {
  const n = boxSize, out = new Float64Array(at.length);
  const xr = new Float64Array(n), xi = new Float64Array(n);
  for (let i = 0; i < at.length; i += 2) {
    for (let x = 0; x < n; x++) {
      const angle = -2 * Math.PI * at[i] * (x - n / 2 - shift[0]) / n;
      xr[x] = Math.cos(angle), xi[x] = Math.sin(angle);
    }
    let real = 0, imaginary = 0;
    for (let y = 0; y < n; y++) {
      let rowReal = 0, rowImaginary = 0;
      for (let x = 0; x < n; x++) {
        rowReal += pixels[y * n + x] * xr[x];
        rowImaginary += pixels[y * n + x] * xi[x];
      }
      const angle = -2 * Math.PI * at[i + 1] * (y - n / 2 - shift[1]) / n;
      const c = Math.cos(angle), s = Math.sin(angle);
      real += rowReal * c - rowImaginary * s;
      imaginary += rowReal * s + rowImaginary * c;
    }
    out[i] = real / n;
    out[i + 1] = imaginary / n;
  }
  return out;
}

/**
 * The CTF at frequencies given in Fourier pixels.
 *
 * @param at [n, 2]
 * @returns [n]
 */
export function transferAt(
  phase: CTFPhase,
  boxSize: number,
  pixelSize: number,
  at: Float64Array,
): Float64Array {
  const perPixel = 1 / (boxSize * pixelSize);
  return Float64Array.from(
    { length: at.length / 2 },
    (_, i) => evaluateCTF(phase, at[2 * i] * perPixel, at[2 * i + 1] * perPixel),
  );
}
