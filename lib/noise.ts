import type { Band } from "./band.ts";
import { windowPower } from "./prepare.ts";

/**
 * What images are compared with the model by: Gaussian noise, stationary, its variance sigma^2 a
 * function of |k| alone. White noise of the images' own sigma is 1 everywhere.
 */
export interface Noise {
  /** sigma^2 by shell round(|k|), [shells]. */
  readonly variance: Float64Array;
  /** 1 / sigma^2 of each coefficient, [n]. */
  readonly inverse: Float64Array;
  /**
   * (1/2) sum of log sigma^2 over the real numbers that an image consists of, nats: what -log p has
   * beside the squares. An image faded out by circularWindow() holds as many as the window's power.
   */
  readonly logDeterminant: number;
}

/** Least variance that an estimate gives, whether the noise is so small or the images too few to tell. */
export const LEAST_VARIANCE = 0.02;

/** round(|k|) of each coefficient of a band, [n]. */
export function bandShells({ count, k }: Band): Uint16Array {
  return Uint16Array.from(
    { length: count },
    (_, i) => Math.round(Math.hypot(k[2 * i], k[2 * i + 1])),
  );
}

/** Shells of a band, one more than the largest round(|k|); none of its coefficients is in shell 0. */
export function shellCount(band: Band): number {
  return bandShells(band).reduce((most, s) => Math.max(most, s), 0) + 1;
}

/** Values that coefficients of a band have, added up by shell, [shells]. */
export function sumShells(values: ArrayLike<number>, band: Band): Float64Array {
  const sums = new Float64Array(shellCount(band));
  bandShells(band).forEach((s, i) => sums[s] += values[i]);
  return sums;
}

/**
 * A noise model in a band.
 *
 * @param variance sigma^2 by shell, [shells or more]; the first, which has no coefficient, is not used;
 * white unless given
 * @throws {RangeError} if a shell of the band has no variance above 0.
 */
export function createNoise(band: Band, variance?: ArrayLike<number>): Noise {
  const shells = bandShells(band), count = shellCount(band);
  for (let s = 1; variance && s < count; s++) {
    if (!(variance[s] > 0 && variance[s] < Infinity)) {
      throw new RangeError(
        `Cannot use the noise: variance ${variance[s]} in shell ${s}, ` +
          `wanted a number above 0 in shells 1 to ${count - 1}`,
      );
    }
  }
  const own = Float64Array.from({ length: count }, (_, s) => s > 0 && variance ? variance[s] : 1);
  const sumOfLogs = shells.reduce((sum, s) => sum + Math.log(own[s]), 0);
  return {
    variance: own,
    inverse: Float64Array.from(shells, (s) => 1 / own[s]),
    logDeterminant: windowPower(band.boxSize) * sumOfLogs,
  };
}
