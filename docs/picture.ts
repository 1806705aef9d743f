/**
 * Draws docs/demo.png from what `deno task demo` left in out/demo. Rows: particle images; projections of
 * the density found from them; the same projections of the true density, as far as the band goes.
 *
 *     deno run --allow-read --allow-write=docs docs/picture.ts
 *
 * @module
 */
import { openMRC, readVolume } from "../lib/formats/mrc.ts";
import { createRandom } from "../lib/random.ts";
import { createRenderer } from "../lib/render.ts";
import { encodePNG, type Picture } from "../lib/report/png.ts";
import { lowPass } from "../lib/resample.ts";
import type { Volume } from "../lib/volume.ts";

const COLUMNS = 6, ZOOM = 2, GAP = 2;
/** Fourier pixels: 25 A, the demo's resolution. */
const RADIUS = 12.8;

/** A microscope that shows the projection itself. */
const PERFECT = {
  defocusU: 0,
  defocusV: 0,
  defocusAngle: 0,
  voltage: 300,
  sphericalAberration: 0,
  amplitudeContrast: 1,
  phaseShift: 0,
  bFactor: 0,
  scale: 1,
};

/** Projections of a density in the picture's directions. */
function projections(volume: Volume): Float32Array[] {
  const renderer = createRenderer(volume), random = createRandom(4, "picture");
  return Array.from(
    { length: COLUMNS },
    () => renderer.image({ ctf: PERFECT, pose: { rotation: random.rotation(), shift: [0, 0] } }),
  );
}

/** Pixels to greys: the lowest 0.2 % are black, the highest white. */
function greys(pixels: Float32Array): Uint8Array {
  const sorted = pixels.toSorted();
  const low = sorted[Math.floor(0.002 * sorted.length)];
  const high = sorted[Math.floor(0.998 * sorted.length)];
  return Uint8Array.from(
    pixels,
    (v) => Math.round(255 * Math.min(1, Math.max(0, (v - low) / (high - low)))),
  );
}

/** Rows of equal square images as one picture. */
function montage(rows: readonly (readonly Float32Array[])[]): Picture {
  const size = Math.sqrt(rows[0][0].length), cell = size * ZOOM + GAP;
  const width = COLUMNS * cell - GAP, height = rows.length * cell - GAP;
  const grey = new Uint8Array(width * height).fill(255);
  rows.forEach((row, r) =>
    row.forEach((pixels, c) => {
      const values = greys(pixels);
      for (let y = 0; y < size * ZOOM; y++) {
        for (let x = 0; x < size * ZOOM; x++) {
          const from = Math.floor(y / ZOOM) * size + Math.floor(x / ZOOM);
          grey[(r * cell + y) * width + c * cell + x] = values[from];
        }
      }
    })
  );
  return { width, height, channels: 1, pixels: grey };
}

const folder = new URL("../out/demo/", import.meta.url).pathname;
using stack = await openMRC(`${folder}particles.mrcs`);
const images = await stack.readSections(Uint32Array.from({ length: COLUMNS }, (_, i) => i));
const size = images.length / COLUMNS;
const picture = montage([
  Array.from({ length: COLUMNS }, (_, i) => images.slice(i * size, (i + 1) * size)),
  projections(await readVolume(`${folder}aligned.mrc`)),
  projections(lowPass(await readVolume(`${folder}truth.mrc`), RADIUS)),
]);
await Deno.writeFile(new URL("./demo.png", import.meta.url), await encodePNG(picture));
