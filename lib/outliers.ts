import type { Band } from "./band.ts";
import { bandShells, type Noise } from "./noise.ts";
import { windowPower } from "./prepare.ts";

/**
 * What an image without the particle may look like: a stationary Gaussian field, its power
 *
 *     v(k) = sigma^2(k) + tau S(k)
 *
 * with S what images have beside the noise. Three cases of equal probability: tau = 0, nothing; tau = 1,
 * something of the same power as the particle, but not the particle; and any tau from 0 to 1024 in
 * every octave of |k|, ice and carbon. On the scale of the log-likelihoods,
 *
 *     log p(d) = -sum_k ( |D(k)|^2 / v(k) + a log v(k) ),   k in the half disc, a = windowPower(N)
 */
export interface OutlierModel {
  /** log p of an image of so much power by shell, nats. */
  logProbability(power: ArrayLike<number>): number;
  /**
   * log of how much likelier an image's power is if every octave may have any tau than if it has that of
   * an ordinary image, 1/4 to 2: no map has to be known.
   */
  logOddity(power: ArrayLike<number>): number;
}

/** Values of tau, each as probable as the others. */
const TAUS = [0, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
/** Those of ordinary images: CTFs differ, and amplitudes. */
const ORDINARY = [0.25, 0.5, 1, 2];
/** S is taken to be at least this share of sigma^2, so that something large fits whatever the particle is. */
const LEAST = 0.02;

/** log of the mean of exp(values). */
function logMean(values: readonly number[]): number {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, v) => sum + Math.exp(v - top), 0) / values.length);
}

/** Coefficients of the half disc in each shell, [shells]. */
export function shellSizes(band: Band): Float64Array {
  const sizes: number[] = [];
  for (const s of bandShells(band)) sizes[s] = (sizes[s] ?? 0) + 1;
  return Float64Array.from(sizes, (size) => size ?? 0);
}

/**
 * The power of an ordinary image by shell: the median over images, a few of which may be junk, brought to
 * the mean by what the median of a Gamma(k) distribution falls short of it, 1/3.
 *
 * @param powers as ImageStore.power() has them, [images, shells]
 */
export function typicalPower(powers: ArrayLike<number>, band: Band): Float64Array {
  const sizes = shellSizes(band), shells = sizes.length, images = powers.length / shells;
  const a = windowPower(band.boxSize);
  return sizes.map((size, s) => {
    if (size === 0) return 0;
    const sorted = Float64Array.from({ length: images }, (_, i) => powers[i * shells + s]).sort();
    return sorted[images >> 1] * a * size / Math.max(a * size / 2, a * size - 1 / 3);
  });
}

/**
 * The outliers of a set.
 *
 * @param typical typicalPower() of its images
 */
export function createOutlierModel(
  band: Band,
  { variance }: Pick<Noise, "variance">,
  typical: ArrayLike<number>,
): OutlierModel {
  const sizes = shellSizes(band), a = windowPower(band.boxSize), shells = sizes.length;
  const signal = sizes.map((size, s) =>
    size === 0 ? 0 : Math.max(LEAST * variance[s], typical[s] / (a * size) - variance[s])
  );
  const shellLog = (power: ArrayLike<number>, s: number, tau: number) => {
    const v = variance[s] + tau * signal[s];
    return -power[s] / v - a * sizes[s] * Math.log(v);
  };
  const logOf = (power: ArrayLike<number>, from: number, to: number, tau: number) => {
    let sum = 0;
    for (let s = from; s < to; s++) sum += shellLog(power, s, tau);
    return sum;
  };
  const byOctave = (power: ArrayLike<number>, taus: readonly number[]) => {
    let sum = 0;
    for (let from = 1; from < shells; from *= 2) {
      const to = Math.min(shells, 2 * from);
      sum += logMean(taus.map((tau) => logOf(power, from, to, tau)));
    }
    return sum;
  };
  return {
    logProbability: (power) =>
      logMean([
        logOf(power, 1, shells, 0),
        logOf(power, 1, shells, 1),
        byOctave(power, TAUS),
      ]),
    logOddity: (power) => byOctave(power, TAUS) - byOctave(power, ORDINARY),
  };
}
