import { type Check, ok, warning } from "./check.ts";

/** A; what microscopes give, binned or not. */
const USUAL = [0.3, 20];
/** Of the box, that the particle should fill. */
const FULL = 0.9, EMPTY = 0.35;
/** Of a cropped box: room for what the CTF spreads. */
const ROOMY = 0.5;

/** Whether the box is of a size that goes with the particle, and the pixel one that exists. */
export const pixelSize: Check = ({ particles, size, diameter: known }) => {
  const { boxSize, pixelSize } = particles, field = boxSize * pixelSize;
  const words = `${Number(pixelSize.toPrecision(5))} A, a box of ${boxSize} px = ${
    field.toFixed(0)
  } A`;
  if (!(pixelSize >= USUAL[0] && pixelSize <= USUAL[1])) {
    return warning(`${words}, wanted ${USUAL[0]} to ${USUAL[1]} A: check the unit`);
  }
  const diameter = known ?? size.diameter;
  if (diameter === undefined) return ok(words);
  const fill = diameter / field, percent = `the particle fills ${(100 * fill).toFixed(0)} %`;
  if (fill > FULL) {
    return warning(
      `${words}; ${percent} of it, wanted at most ${100 * FULL} %: extract with a larger box`,
    );
  }
  if (fill < EMPTY) {
    const crop = 2 * Math.ceil(diameter / ROOMY / pixelSize / 2);
    return warning(
      `${words}; ${percent} of it, wanted ${100 * EMPTY} % or more: --crop ${crop} is faster`,
    );
  }
  return ok(`${words}; ${percent} of it`);
};
