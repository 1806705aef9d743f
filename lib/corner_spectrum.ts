import { transform2 } from "./fft.ts";
import { LEAST_VARIANCE } from "./noise.ts";
import type { Background } from "./prepare.ts";

/**
 * Power of the noise, from the corners of images outside the inscribed circle, where there is no
 * particle: the autocorrelation of the corner pixels,
 *
 *     C(t) = sum_x m(x) m(x+t) d(x) d(x+t) / sum_x m(x) m(x+t),   m = 1 in the corners, 0 elsewhere,
 *
 * averaged over images and over all t of one length (the spectrum theorem of Wiener and Khinchin), less
 * what it is at long distances, by which removing the corners' mean has lowered it, faded out by a Hann
 * window of radius 0.2 N, and transformed. Blurred over some 4 Fourier pixels: enough for noise whose power
 * changes smoothly.
 */
export interface CornerSpectrum {
  /** Adds images as they were before normalize(), [backgrounds.length, N, N], and what it found. */
  add(images: ArrayLike<number>, backgrounds: readonly Background[]): void;
  /** sigma^2 by shell round(|k|), [N/2 + 1], in units of the corners' variance. */
  variance(): Float64Array;
}

/** Radius of the window over C, box edges; C is taken to be over beyond it, to 0.5. */
const REACH = 0.2, END = 0.5;

/** Starts a sum over images. */
export function createCornerSpectrum(boxSize: number): CornerSpectrum {
  const n = boxSize, wide = 2 * n;
  const isCorner = Uint8Array.from({ length: n * n }, (_, i) => {
    const x = i % n - n / 2, y = Math.floor(i / n) - n / 2;
    return x * x + y * y > n * n / 4 ? 1 : 0;
  });
  const real = new Float64Array(wide * wide), imaginary = new Float64Array(wide * wide);
  /** |F|^2 of an image between zeros, added to a sum. */
  const addPower = (sum: Float64Array, pixel: (i: number) => number) => {
    real.fill(0), imaginary.fill(0);
    for (let i = 0; i < n * n; i++) {
      if (isCorner[i]) real[Math.floor(i / n) * wide + i % n] = pixel(i);
    }
    transform2(real, imaginary, wide);
    for (let i = 0; i < sum.length; i++) sum[i] += real[i] ** 2 + imaginary[i] ** 2;
  };
  /** Autocorrelation, by length squared of t. */
  const byLength = (power: Float64Array): Map<number, number> => {
    real.set(power), imaginary.fill(0);
    transform2(real, imaginary, wide, 1);
    const sums = new Map<number, number>();
    for (let i = 0; i < real.length; i++) {
      const [x, y] = [i % wide, Math.floor(i / wide)].map((t) => t < n ? t : t - wide);
      sums.set(x * x + y * y, (sums.get(x * x + y * y) ?? 0) + real[i] / real.length);
    }
    return sums;
  };
  const mask = new Float64Array(wide * wide), total = new Float64Array(wide * wide);
  addPower(mask, () => 1);
  const pairs = byLength(mask);
  let count = 0;

  return {
    add(images, backgrounds) {
      backgrounds.forEach(({ mean, deviation }, b) =>
        addPower(total, (i) => (images[b * n * n + i] - mean) / deviation)
      );
      count += backgrounds.length;
    },
    variance() {
      const products = byLength(total);
      let far = 0, farPairs = 0;
      for (const [square, sum] of products) {
        const length = Math.sqrt(square);
        if (length < REACH * n || length > END * n) continue;
        far += sum, farPairs += count * pairs.get(square)!;
      }
      const shells = Array.from({ length: n / 2 + 1 }, (_, s) => s);
      const variance = new Float64Array(shells.length);
      const reach = Math.floor(REACH * n);
      for (let y = -reach; y <= reach; y++) {
        for (let x = -reach; x <= reach; x++) {
          const square = x * x + y * y, length = Math.sqrt(square);
          if (length >= REACH * n) continue;
          const c = products.get(square)! / (count * pairs.get(square)!) - far / farPairs;
          const window = Math.cos(Math.PI * length / (2 * REACH * n)) ** 2;
          // all directions of t alike: one direction of k will do
          for (const s of shells) variance[s] += c * window * Math.cos(2 * Math.PI * s * x / n);
        }
      }
      return variance.map((v) => Math.max(LEAST_VARIANCE, v));
    },
  };
}
