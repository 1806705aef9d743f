import { align, type Alignment, type AlignOptions, transformed } from "./align.ts";
import { fourierShellCorrelation, resolutionAt } from "./fsc.ts";
import { resample } from "./resample.ts";
import type { Volume } from "./volume.ts";

/** How well a map agrees with the truth. */
export interface Evaluation {
  /** How the map was laid on the truth. */
  readonly alignment: Alignment;
  /** The map laid on the truth, on the finer of the two grids. */
  readonly aligned: Volume;
  /** FSC of the shells 0 .. N/2 of that grid, [N/2 + 1]. */
  readonly curve: Float64Array;
  /** Where the FSC falls below 0.5, A; 2 pixels if it never does. */
  readonly resolutionHalf: number;
  /** Where the FSC falls below 0.143, A. */
  readonly resolution0143: number;
  /** Correlation coefficient of the voxels, weighted by the mask. */
  readonly correlation: number;
}

/**
 * Lays a map on the truth, either hand, and compares them.
 *
 * @param mask multiplies both maps before the FSC, and weighs the voxels of the correlation; on the finer
 * of the two grids, [N, N, N]. Without one every voxel counts.
 * @param options those of the alignment
 * @throws {RangeError} as align() does, or if the mask is of another grid.
 */
export function evaluate(
  map: Volume,
  truth: Volume,
  { mask, ...options }: AlignOptions & { mask?: ArrayLike<number> } = {},
): Evaluation {
  const alignment = align(map, truth, options);
  const aligned = transformed(map, alignment), goal = resample(truth, alignment.boxSize);
  const curve = fourierShellCorrelation(aligned, goal, { mask });
  const { boxSize, pixelSize } = goal;
  return {
    alignment,
    aligned,
    curve,
    resolutionHalf: resolutionAt(curve, 0.5, boxSize, pixelSize),
    resolution0143: resolutionAt(curve, 0.143, boxSize, pixelSize),
    correlation: correlationCoefficient(aligned.voxels, goal.voxels, mask),
  };
}

/** Pearson's r of two lists, each pair weighted; 0 if one of them is constant. */
export function correlationCoefficient(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  weight?: ArrayLike<number>,
): number {
  let total = 0, meanA = 0, meanB = 0;
  for (let i = 0; i < a.length; i++) {
    const w = weight ? weight[i] : 1;
    total += w, meanA += w * a[i], meanB += w * b[i];
  }
  meanA /= total, meanB /= total;
  let ab = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.length; i++) {
    const w = weight ? weight[i] : 1, x = a[i] - meanA, y = b[i] - meanB;
    ab += w * x * y, aa += w * x * x, bb += w * y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
