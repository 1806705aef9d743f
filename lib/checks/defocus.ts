import { type Check, ok, warning } from "./check.ts";

/** A; defocus is usually 0.5 to 3.5 um. */
const USUAL = [2000, 50000];
/** A; below this it was written in um. */
const MICROMETRES = 100;

/** Whether defocus is positive, in A, and of the usual size. */
export const defocus: Check = ({ particles }) => {
  const { count } = particles;
  let low = Infinity, high = -Infinity, negative = 0, small = 0, unusual = 0;
  for (let i = 0; i < count; i++) {
    const { defocusU, defocusV, phaseShift } = particles.ctf(i);
    const mean = (defocusU + defocusV) / 2, size = Math.abs(mean);
    low = Math.min(low, mean), high = Math.max(high, mean);
    if (mean < 0) negative++;
    if (size < MICROMETRES && phaseShift === 0) small++;
    if ((size < USUAL[0] && phaseShift === 0) || size > USUAL[1]) unusual++;
  }
  const range = `${(low / 1e4).toPrecision(3)} to ${(high / 1e4).toPrecision(3)} um`;
  const of = (some: number) => some === count ? "all images" : `${some} of ${count} images`;
  if (small > 0) {
    const mixed = small < count ? "; the others are not: units are mixed" : "";
    return warning(
      `${of(small)} below ${MICROMETRES} A (${range}), wanted A: is it in um?${mixed}`,
    );
  }
  if (negative > 0) {
    return warning(`${of(negative)} negative (${range}): positive is underfocus; check the sign`);
  }
  if (unusual > 0) {
    return warning(
      `${of(unusual)} outside ${USUAL[0] / 1e4} to ${
        USUAL[1] / 1e4
      } um (${range}): check the units`,
    );
  }
  return ok(`${range} underfocus`);
};
