import { type Markup, markup } from "./markup.ts";
import { pictureURL } from "./png.ts";

/** Pixels of a picture before they are greys, [height, width]. */
export interface GreyImage {
  readonly size: number;
  readonly pixels: ArrayLike<number>;
}

/** The least and the most of several pictures, so that they can be shown alike. */
export function rangeOf(images: readonly GreyImage[]): [number, number] {
  let low = Infinity, high = -Infinity;
  for (const { pixels } of images) {
    for (let i = 0; i < pixels.length; i++) {
      if (pixels[i] < low) low = pixels[i];
      if (pixels[i] > high) high = pixels[i];
    }
  }
  return [low, high > low ? high : low + 1];
}

/**
 * A square picture, its least black and its most white.
 *
 * @param shown px an edge on the page
 */
export async function greyPicture(
  { size, pixels }: GreyImage,
  { range: [low, high], alt, shown }: {
    range: readonly [number, number];
    alt: string;
    shown: number;
  },
): Promise<Markup> {
  const url = await pictureURL({
    width: size,
    height: size,
    channels: 1,
    pixels: Uint8Array.from(
      pixels,
      (v) => Math.min(255, Math.max(0, 255 * (v - low) / (high - low))),
    ),
  });
  return markup`<img class="grey" src="${url}" width="${shown}" height="${shown}" alt="${alt}" />`;
}
