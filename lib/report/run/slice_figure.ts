import type { Volume } from "../../volume.ts";
import { type GreyImage, greyPicture, rangeOf } from "../grey.ts";
import { type Markup, markup } from "../markup.ts";

/** Px of a picture on the page. */
const SHOWN = 220;

/** The three planes through the middle of a map: [y, x], [z, x], [z, y]. */
export function centralSlices(
  { boxSize: n, voxels }: Volume,
): { name: string; image: GreyImage }[] {
  const half = n / 2;
  const plane = (name: string, at: (u: number, v: number) => number) => ({
    name,
    image: {
      size: n,
      pixels: Float32Array.from({ length: n * n }, (_, i) => voxels[at(i % n, Math.floor(i / n))]),
    },
  });
  return [
    plane("z = 0: x to the right, y down", (x, y) => (half * n + y) * n + x),
    plane("y = 0: x to the right, z down", (x, z) => (z * n + half) * n + x),
    plane("x = 0: y to the right, z down", (y, z) => (z * n + y) * n + half),
  ];
}

/** Central slices in the same greys. */
export async function sliceFigure(map: Volume): Promise<Markup> {
  const slices = centralSlices(map), range = rangeOf(slices.map(({ image }) => image));
  const drawn = await Promise.all(slices.map(async ({ name, image }) =>
    markup`
      <figure class="slice">${await greyPicture(image, {
      range,
      shown: SHOWN,
      alt: `Central slice of the map, ${name}`,
    })}<figcaption>${name}</figcaption></figure>
    `
  ));
  return markup`<div class="views">${drawn}</div>`;
}
