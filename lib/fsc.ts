import { transform3 } from "./fft.ts";
import type { Volume } from "./volume.ts";

/**
 * Fourier shell correlation of two maps on the same grid (Harauz & van Heel, Optik 73, 146, 1986):
 *
 *     FSC(s) = sum Re(A conj B) / sqrt(sum |A|^2 sum |B|^2),  over the shell round(|k|) = s
 *
 * FSC(0) is 1 by definition, the mean having no shape; a shell in which a map is empty has 0.
 *
 * @param mask weights that multiply both maps first, [N, N, N]
 * @returns FSC of the shells 0 .. N/2, [N/2 + 1]
 * @throws {RangeError} if the boxes, the pixel sizes (by more than 0.1 %) or the mask differ in size.
 */
export function fourierShellCorrelation(
  a: Volume,
  b: Volume,
  { mask }: { mask?: ArrayLike<number> } = {},
): Float64Array {
  const n = a.boxSize;
  if (b.boxSize !== n || Math.abs(b.pixelSize / a.pixelSize - 1) > 1e-3) {
    throw new RangeError(
      `Cannot correlate maps: box ${n} at ${a.pixelSize} A and box ${b.boxSize} at ` +
        `${b.pixelSize} A, wanted one grid`,
    );
  }
  if (mask && mask.length !== n ** 3) {
    throw new RangeError(
      `Cannot correlate maps: mask of ${mask.length} voxels, wanted ${n}^3 = ${n ** 3}`,
    );
  }
  // One transform each: packed as a + ib, rounding of the one would pass for signal in an empty shell
  // of the other.
  const [[ar, ai], [br, bi]] = [a, b].map(({ voxels }) => {
    const real = Float64Array.from(voxels), imaginary = new Float64Array(n ** 3);
    if (mask) { for (let i = 0; i < n ** 3; i++) real[i] *= mask[i]; }
    transform3(real, imaginary, n);
    return [real, imaginary];
  });
  const half = n / 2;
  const cross = new Float64Array(half + 1);
  const powerA = new Float64Array(half + 1), powerB = new Float64Array(half + 1);
  for (let z = 0, at = 0; z < n; z++) {
    const kz = z < half ? z : z - n;
    for (let y = 0; y < n; y++) {
      const ky = y < half ? y : y - n;
      for (let x = 0; x < n; x++, at++) {
        const kx = x < half ? x : x - n;
        const shell = Math.round(Math.sqrt(kx * kx + ky * ky + kz * kz));
        if (shell > half) continue;
        cross[shell] += ar[at] * br[at] + ai[at] * bi[at];
        powerA[shell] += ar[at] * ar[at] + ai[at] * ai[at];
        powerB[shell] += br[at] * br[at] + bi[at] * bi[at];
      }
    }
  }
  return cross.map((c, s) => {
    if (s === 0) return 1;
    return powerA[s] > 0 && powerB[s] > 0 ? c / Math.sqrt(powerA[s] * powerB[s]) : 0;
  });
}

/**
 * Resolution at which a curve first falls below a threshold, N pixelSize / s, s between shells by
 * linear interpolation.
 *
 * A curve that never falls gives 2 pixelSize: the grid ends before the agreement does, so read a result
 * at Nyquist as "at least".
 *
 * @param curve FSC of the shells 0, 1, ...
 * @param threshold 0.5 against a truth, 0.143 between independent halves
 * @returns A
 */
export function resolutionAt(
  curve: ArrayLike<number>,
  threshold: number,
  boxSize: number,
  pixelSize: number,
): number {
  for (let s = 1; s < curve.length; s++) {
    if (curve[s] >= threshold) continue;
    const fraction = (curve[s - 1] - threshold) / (curve[s - 1] - curve[s]);
    return boxSize * pixelSize / (s - 1 + fraction);
  }
  return 2 * pixelSize;
}
