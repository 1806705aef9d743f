import { symmetricEigen } from "../eigen.ts";
import type { Rotation } from "../rotation.ts";
import type { Volume } from "../volume.ts";

/** How many voxels have about which density. */
interface Histogram {
  readonly low: number;
  /** Width of a bin. */
  readonly width: number;
  readonly counts: Uint32Array;
}

/** Bins of a histogram: a level is found to 1/4096 of the range of densities. */
const BINS = 4096;

function histogramOf({ voxels }: Volume): Histogram {
  let low = Infinity, high = -Infinity;
  for (const v of voxels) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  const counts = new Uint32Array(BINS), width = (high - low) / BINS || 1;
  for (const v of voxels) counts[Math.min(BINS - 1, Math.floor((v - low) / width))]++;
  return { low, width, counts };
}

/**
 * The density that parts a map into molecule and surroundings: of all thresholds the one between whose two
 * classes the variance is largest (Otsu, IEEE Trans. SMC 9:62 (1979)), the middle one where several are
 * as good.
 */
export function otsuLevel(map: Volume): number {
  const { low, width, counts } = histogramOf(map);
  let all = 0;
  counts.forEach((count, bin) => all += count * bin);
  let below = 0, sum = 0, best = -1, first = 0, last = 0;
  for (let bin = 0; bin < BINS - 1; bin++) {
    below += counts[bin], sum += counts[bin] * bin;
    const above = map.voxels.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sum / below - (all - sum) / above) ** 2;
    if (between > best) best = between, first = bin;
    if (between === best) last = bin;
  }
  return low + ((first + last) / 2 + 1) * width;
}

/** The share of a box that is above a level. */
export function enclosedShare({ voxels }: Volume, level: number): number {
  let count = 0;
  for (const v of voxels) if (v > level) count++;
  return count / voxels.length;
}

/** The level that encloses such a share of the box: the contour of one map, at the volume of another. */
export function levelEnclosing(map: Volume, share: number): number {
  const { low, width, counts } = histogramOf(map);
  let wanted = share * map.voxels.length, bin = BINS;
  while (bin > 0 && wanted >= counts[bin - 1]) wanted -= counts[--bin];
  return low + width * (bin - (bin > 0 ? wanted / counts[bin - 1] : 0));
}

/**
 * Where to look from so that most is seen: rows are the picture's x, y and the direction towards the
 * eye, the principal axes of what a contour encloses, from the longest to the shortest. Signs are such
 * that the largest entry of x and y is positive, and that the map is not seen in a mirror: x and upwards,
 * which is against y, have the eye's direction as their product.
 */
export function broadsideView({ boxSize: n, voxels }: Volume, level: number): Rotation {
  const moments = new Float64Array(9), centre = new Float64Array(3);
  let count = 0;
  const each = (visit: (p: readonly number[]) => void) => {
    for (let z = 0, i = 0; z < n; z++) {
      for (let y = 0; y < n; y++) {
        for (let x = 0; x < n; x++, i++) if (voxels[i] > level) visit([x, y, z]);
      }
    }
  };
  each((p) => {
    count++;
    for (let a = 0; a < 3; a++) centre[a] += p[a];
  });
  if (count === 0) return Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  each((p) => {
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) {
        moments[3 * a + b] += (p[a] - centre[a] / count) * (p[b] - centre[b] / count);
      }
    }
  });
  const { vectors } = symmetricEigen(moments, 3);
  const [right, down] = [0, 3].map((at) => {
    const axis = vectors.subarray(at, at + 3);
    const largest = axis.reduce((a, b) => Math.abs(b) > Math.abs(a) ? b : a);
    return axis.map((v) => v * Math.sign(largest));
  });
  const [a, b, c] = right, [d, e, f] = down;
  return Float64Array.of(a, b, c, d, e, f, c * e - b * f, a * f - c * d, b * d - a * e);
}
