import type { Pose } from "../particles.ts";
import type { Plan } from "../plan.ts";
import type { Scales } from "../scales.ts";

/** What a run found out about the noise, for run.json. */
export interface NoiseRecord {
  /** Shells of |k|, Fourier pixels. */
  readonly radius: readonly number[];
  /** sigma^2 in each, 1 being the variance of the images' corners. */
  readonly variance: readonly number[];
  /**
   * Mean and standard deviation of a, log-normal with a mean log of 0, as the set is estimated to have; only
   * where images have scales of their own.
   */
  readonly scale?: { readonly mean: number; readonly deviation: number };
  /** pi, and the images that are more likely outliers than not; null until poses are assigned. */
  readonly outliers?: { readonly share: number; readonly images: number | null };
}

/** Moments of a number whose log is normal with mean 0. */
function logNormal(spread: number): { mean: number; deviation: number } {
  const mean = Math.exp(spread ** 2 / 2);
  return { mean, deviation: mean * Math.sqrt(Math.expm1(spread ** 2)) };
}

/** The noise in the band of a plan, and what images have of their own. */
export function recordNoise(
  variance: Float64Array,
  { problem: { band }, outlierShare }: Plan,
  { poses, scales }: { poses?: readonly Pose[]; scales?: Scales } = {},
): NoiseRecord {
  const radius = Array.from({ length: Math.round(band.radius) }, (_, i) => i + 1)
    .filter((s) => s < variance.length);
  const images = poses?.filter(({ responsibility = 1 }) => responsibility < 0.5).length ?? null;
  return {
    radius,
    variance: radius.map((s) => variance[s]),
    ...scales && { scale: logNormal(scales.spread) },
    ...outlierShare > 0 && { outliers: { share: outlierShare, images } },
  };
}

/** The same in words, a line for each thing. */
export function describeNoise(
  { radius, variance, scale, outliers }: NoiseRecord,
  { problem: { band, pixelSize }, noise }: Plan,
  count: number,
): string[] {
  const field = band.boxSize * pixelSize, last = radius.length - 1;
  const at = (i: number) => `${variance[i].toFixed(2)} at ${(field / radius[i]).toPrecision(3)} A`;
  return [
    ...noise === "white" || last < 1 ? [] : [
      `noise ${at(0)}, ${at(last >> 1)}, ${at(last)}; 1 is the variance of the images' corners`,
    ],
    ...!scale ? [] : [
      `images differ in scale: ${scale.mean.toFixed(2)} on average, standard deviation ` +
      scale.deviation.toFixed(2),
    ],
    ...!outliers || outliers.images === null ? [] : [
      `${outliers.images} of ${count} images (${
        (100 * outliers.images / count).toFixed(1)
      } %) are more likely something else than the particle`,
    ],
  ];
}
