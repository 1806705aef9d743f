import { type Check, nameImages, ok, warning } from "./check.ts";

/** Median absolute deviations, as Gaussian ones, beyond which an image is unlike the rest. */
const FAR = 8;
/** And at least this part of the median deviation: below it nothing is at stake. */
const LEAST = 0.25;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

/**
 * Whether the corners of all images hold the same noise: each image is divided by the deviation of its own,
 * so a masked one cannot be used, and one of another brightness is likely to be something else.
 */
export const background: Check = ({ survey: { which, mean, deviation } }) => {
  const places = Array.from(which.keys()).filter((j) => !Number.isNaN(deviation[j]));
  const flat = places.filter((j) => !(deviation[j] > 1e-6 * Math.abs(mean[j])));
  if (flat.length > 0) {
    return {
      level: "error",
      words: `Cannot use ${nameImages(flat.map((j) => which[j]))}: its corners are constant ` +
        `(${mean[flat[0]]}), wanted background noise there; images must not be masked`,
    };
  }
  const noise = median(places.map((j) => deviation[j]));
  const centre = median(places.map((j) => mean[j]));
  const unlike = (values: Float64Array, middle: number) => {
    const spread = 1.4826 * median(places.map((j) => Math.abs(values[j] - middle)));
    const limit = Math.max(FAR * spread, LEAST * noise);
    return places.filter((j) => Math.abs(values[j] - middle) > limit);
  };
  const outliers = [...new Set([...unlike(deviation, noise), ...unlike(mean, centre)])]
    .sort((a, b) => a - b);
  const words = `corners ${centre.toPrecision(3)} ± ${noise.toPrecision(3)}`;
  if (outliers.length === 0) return ok(`${words} in all images`);
  const [j] = outliers;
  return warning(
    `${words}, but ${
      nameImages(outliers.map((j) => which[j]))
    } of ${places.length} unlike the rest ` +
      `(${mean[j].toPrecision(3)} ± ${
        deviation[j].toPrecision(3)
      }): ice, carbon, a micrograph's edge?`,
  );
};
