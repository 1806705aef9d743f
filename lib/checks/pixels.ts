import type { Check } from "./check.ts";
import { ok } from "./check.ts";

/** Whether every image can be used at all: constant ones and pixels that are no numbers are errors. */
export const pixels: Check = ({ survey: { which, unusable }, particles: { count } }) => {
  if (unusable.length > 0) {
    const [{ message }] = unusable;
    const more = unusable.length > 1 ? `; and ${unusable.length - 1} more like it` : "";
    return { level: "error", words: `${message}${more}` };
  }
  const looked = which.length === count
    ? `${count} images`
    : `${which.length} of ${count} images, evenly spread`;
  return ok(`${looked}: all are finite, none is constant`);
};
