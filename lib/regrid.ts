import { createVolume, type Volume } from "./volume.ts";

/**
 * Weights that carry one axis over, [M, N]: trigonometric interpolation at x' p'/p, x' and x counted
 * from the origin, of the frequencies that both grids hold,
 *
 *     D(x', x) = (1/N) sum_k cos(2 pi k (x' p'/p - x) / N),   |k| <= N/2 and |k| < (N/2) p/p',
 *
 * the two ends of |k| = N/2 counting half; 0 for x' outside the old box, -N/2 to N/2.
 */
function weightsOf(n: number, m: number, ratio: number): Float64Array {
  const weights = new Float64Array(m * n);
  const reach = ratio > 1 ? Math.ceil(n / 2 / ratio) - 1 : n / 2;
  for (let i = 0; i < m; i++) {
    const at = (i - m / 2) * ratio;
    if (at < -n / 2 || at >= n / 2) continue;
    for (let x = 0; x < n; x++) {
      const angle = 2 * Math.PI * (at - (x - n / 2)) / n;
      let sum = 1;
      for (let k = 1; k <= reach; k++) sum += (k === n / 2 ? 1 : 2) * Math.cos(k * angle);
      weights[i * n + x] = sum / n;
    }
  }
  return weights;
}

/** Carries the slowest axis of [N, rest] over and makes it the fastest: [rest, M]. */
function carry(data: Float32Array, weights: Float64Array, n: number): Float32Array {
  const m = weights.length / n, rest = data.length / n;
  const out = new Float32Array(rest * m), line = new Float64Array(n);
  for (let r = 0; r < rest; r++) {
    for (let x = 0; x < n; x++) line[x] = data[x * rest + r];
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let x = 0, w = i * n; x < n; x++, w++) sum += weights[w] * line[x];
      out[r * m + i] = sum;
    }
  }
  return out;
}

/**
 * A volume on any other grid about the same origin: resampled to a pixel size, then cropped or padded
 * with zeros to a box. Density values are kept; frequencies beyond the new Nyquist are dropped.
 *
 * @param boxSize M, even
 * @param pixelSize p', A
 * @throws {RangeError} if the box is odd or the pixel size is not above 0.
 */
export function regrid(
  { boxSize: n, pixelSize: old, voxels }: Volume,
  { boxSize, pixelSize }: { boxSize: number; pixelSize: number },
): Volume {
  const out = createVolume({ boxSize, pixelSize });
  const weights = weightsOf(n, boxSize, pixelSize / old);
  let data = voxels;
  for (let axis = 0; axis < 3; axis++) data = carry(data, weights, n);
  out.voxels.set(data);
  return out;
}
