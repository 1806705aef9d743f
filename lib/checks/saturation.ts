import { type Check, nameImages, ok, warning } from "./check.ts";

/** Share of an image's pixels that may have one extreme value: noise has one pixel, coarse integers some. */
const MOST = 0.01;

/** Whether pixels were cut off at a largest or least value. */
export const saturation: Check = ({ survey: { which, extreme } }) => {
  const images = [...which].filter((_, j) => extreme[j] > MOST);
  const worst = extreme.reduce((a, b) => b > a ? b : a, 0);
  const share = `${(100 * worst).toPrecision(2)} %`;
  if (images.length === 0) return ok(`at most ${share} of an image at its extreme value`);
  return warning(
    `${nameImages(images)}: up to ${share} of the pixels at one extreme value, wanted at most ` +
      `${100 * MOST} %: were they clipped, masked or padded?`,
  );
};
