import { evaluate } from "../evaluate.ts";
import { transform3 } from "../fft.ts";
import { resample } from "../resample.ts";
import type { Volume } from "../volume.ts";

/** How a map compares with the truth. */
export interface Judgement {
  /** FSC 0.5, A. */
  readonly resolution: number;
  /** Of the voxels of both within the band, -1 to 1. */
  readonly correlation: number;
  /** The map turned, shifted and if need be mirrored onto the truth, in its own box. */
  readonly aligned: Volume;
}

/**
 * Lays a map on the truth and compares them, on a grid that holds twice the band: a map found within the
 * band has nothing beyond, and at N = 128 the whole box takes 2.5 times as long.
 *
 * @param radius r of the band, Fourier pixels
 */
export function judge(map: Volume, truth: Volume, { radius }: { radius: number }): Judgement {
  const grid = Math.min(map.boxSize, truth.boxSize, 2 * Math.ceil(2 * radius) + 2);
  const goal = resample(truth, grid);
  const { aligned, resolutionHalf } = evaluate(resample(map, grid), goal);
  return {
    resolution: resolutionHalf,
    correlation: bandCorrelation(aligned, goal, radius),
    aligned: resample(aligned, map.boxSize),
  };
}

/**
 * Pearson's r of the voxels of two maps when only 0 < |k| < r is left of them, in Fourier space by Parseval:
 * sum Re(A conj B) / sqrt(sum |A|^2 sum |B|^2); 0 if one has nothing there.
 *
 * @param radius r, Fourier pixels
 */
export function bandCorrelation(a: Volume, b: Volume, radius: number): number {
  const n = a.boxSize;
  const [[ar, ai], [br, bi]] = [a, b].map(({ voxels }) => {
    const real = Float64Array.from(voxels), imaginary = new Float64Array(real.length);
    transform3(real, imaginary, n);
    return [real, imaginary];
  });
  let cross = 0, powerA = 0, powerB = 0;
  for (let i = 1; i < ar.length; i++) {
    const [x, y, z] = [i % n, Math.floor(i / n) % n, Math.floor(i / n / n)]
      .map((k) => k < n / 2 ? k : k - n);
    if (x * x + y * y + z * z >= radius * radius) continue;
    cross += ar[i] * br[i] + ai[i] * bi[i];
    powerA += ar[i] ** 2 + ai[i] ** 2;
    powerB += br[i] ** 2 + bi[i] ** 2;
  }
  return powerA > 0 && powerB > 0 ? cross / Math.sqrt(powerA * powerB) : 0;
}
