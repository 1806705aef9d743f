import { maskRadiusOf, measuredMaskRadius } from "../particle_size.ts";
import { type Check, ok, warning } from "./check.ts";

/** Relative difference of what is known and what the images say that is no error of measurement. */
const DIFFERENT = 0.3;

/** How large the particle is, and the mask that goes with it. */
export const diameter: Check = ({ particles, size, diameter: known }) => {
  const { boxSize, pixelSize } = particles, field = boxSize * pixelSize;
  const mask = (radius: number) => `a mask of ${(radius * field).toFixed(0)} A radius`;
  const seen = size.diameter;
  if (known !== undefined) {
    const words = `${known} A as given: ${mask(maskRadiusOf(known, particles))}`;
    if (seen === undefined || Math.abs(seen / known - 1) < DIFFERENT) return ok(words);
    return warning(`${words}; but the images look like ${seen.toFixed(0)} A`);
  }
  if (seen === undefined) {
    return warning(
      `the mean of ${size.images} images does not say: few of them, no signal, or far off centre; ` +
        mask(measuredMaskRadius(size, particles)),
    );
  }
  return ok(
    `about ${seen.toFixed(0)} A, from the mean of ${size.images} images: ` +
      mask(measuredMaskRadius(size, particles)),
  );
};
