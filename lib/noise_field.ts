import { transform2 } from "./fft.ts";
import type { Random } from "./random.ts";

/**
 * Gaussian noise of pixel variance 1 whose power falls exponentially with the frequency,
 *
 *     sigma^2(k) = a decay^(-|k| / (N/2)),   mean over all frequencies 1.
 *
 * Made on a box twice as wide and cut out, as particles are cut out of a micrograph: opposite edges
 * have nothing in common.
 */
export interface NoiseField {
  /** sigma^2 at |k| Fourier pixels. */
  variance(k: number): number;
  /** A field, [N, N] as [y, x]. */
  draw(random: Random): Float64Array;
}

/**
 * A field of a box.
 *
 * @param decay power at k = 0 over that at Nyquist; 1 is white
 */
export function createNoiseField(boxSize: number, decay: number): NoiseField {
  const n = boxSize, wide = 2 * n;
  const unscaled = (k: number) => decay ** (-k / (n / 2));
  const power = Float64Array.from({ length: wide * wide }, (_, i) => {
    const [x, y] = [i % wide, Math.floor(i / wide)].map((k) => k <= n ? k : k - wide);
    return unscaled(Math.hypot(x, y) / 2);
  });
  const mean = power.reduce((a, b) => a + b, 0) / power.length;
  const gains = power.map((p) => Math.sqrt(p / mean) / power.length);
  const real = new Float64Array(power.length), imaginary = new Float64Array(power.length);
  return {
    variance: (k) => unscaled(k) / mean,
    draw(random) {
      if (decay === 1) return Float64Array.from({ length: n * n }, () => random.normal());
      for (let i = 0; i < real.length; i++) real[i] = random.normal(), imaginary[i] = 0;
      transform2(real, imaginary, wide);
      for (let i = 0; i < real.length; i++) real[i] *= gains[i], imaginary[i] *= gains[i];
      transform2(real, imaginary, wide, 1);
      return Float64Array.from(
        { length: n * n },
        (_, i) => real[Math.floor(i / n) * wide + i % n],
      );
    },
  };
}
