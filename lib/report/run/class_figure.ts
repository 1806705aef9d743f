import { greyPicture, rangeOf } from "../grey.ts";
import { type Markup, markup } from "../markup.ts";
import type { ClassAverage } from "./class_average.ts";

/** Px of a picture on the page. */
const SHOWN = 150;

/** Averages of images above projections of the map, from side to side. */
export async function classFigure(classes: readonly ClassAverage[]): Promise<Markup> {
  if (classes.length === 0) {
    return markup`<p class="gap">No side has two images seen from within 15° of it.</p>`;
  }
  const views = await Promise.all(classes.map(async (view) => {
    const { rot, tilt, used, near, average, projection, resolution } = view;
    const side = `rot ${rot.toFixed(0)}°, tilt ${tilt.toFixed(0)}°`;
    const range = rangeOf([average, projection]);
    return markup`
      <figure class="view">${await greyPicture(average, {
      range,
      shown: SHOWN,
      alt: `Average of ${used} images seen from ${side}`,
    })}${await greyPicture(projection, {
      range,
      shown: SHOWN,
      alt: `Projection of the map seen from ${side}`,
    })}<figcaption>${side}<br />${used < near ? `${used} of ${near}` : used} images<br />alike to ${
      resolution.toFixed(0)
    } Å</figcaption></figure>
    `;
  }));
  return markup`
    <div class="views"><p class="rows"><span>images, averaged</span><span>map, projected</span></p>${views}</div>
  `;
}

/** What the figure shows, in words. */
export const CLASS_CAPTION =
  "Above, images that the run saw from within 15° of a side, turned, moved, corrected for their CTF and " +
  "averaged, surest first; below, the map projected to that side with the same filter. Detail in the averages that " +
  "the map lacks is signal it has missed. They are alike as far as their Fourier ring correlation is above 0.5; but images were turned to fit the map, so noise agrees with it a little too.";
