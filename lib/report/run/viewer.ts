import { resample } from "../../resample.ts";
import type { Volume } from "../../volume.ts";
import { broadsideView, otsuLevel } from "../contour.ts";
import { drawIsosurface } from "../isosurface.ts";
import { type Markup, markup } from "../markup.ts";
import { deflate, pictureURL } from "../png.ts";

/** Voxels an edge that are embedded at least, where the map has them, and at most. */
const LEAST = 64, MOST = 96;
/** Px of the still picture. */
const STILL = 240;

/** The map on the fewest voxels that hold its band twice over, from 64 to 96 an edge. */
export function shownMap(map: Volume, radius: number | null): Volume {
  const wanted = 2 * Math.ceil(2 * (radius ?? map.boxSize / 2));
  const boxSize = Math.min(map.boxSize, MOST, Math.max(LEAST, wanted));
  return resample(map, boxSize);
}

/** A map as the page's script takes it: 0 to its highest density in 255 steps, zlib, base64. */
export async function embedVolume(map: Volume): Promise<Markup> {
  const top = map.voxels.reduce((a, b) => Math.max(a, b), 0) || 1, level = otsuLevel(map);
  const bytes = Uint8Array.from(map.voxels, (v) => Math.round(255 * Math.max(0, v) / top));
  const packed = (await deflate(bytes)).toBase64();
  const view = [...broadsideView(map, level)].map((v) => Number(v.toFixed(5))).join(" ");
  return markup`<script type="text/plain" id="volume" data-size="${map.boxSize}" data-voxel="${map.pixelSize}" data-top="${
    Number(top.toPrecision(6))
  }" data-level="${
    Math.round(1000 * Math.max(0, level) / top)
  }" data-view="${view}">${packed}</script>`;
}

/** A picture of the surface for paper and for browsers without WebGL2. */
export async function stillPicture(map: Volume): Promise<string> {
  const level = otsuLevel(map), view = broadsideView(map, level);
  return await pictureURL(drawIsosurface(map, { level, view, size: STILL }));
}

/** Where the surface is shown and turned. */
export function viewerFrame(still: string | null): Markup {
  return markup`
    <div class="viewer">
      <canvas tabindex="0" role="img" aria-label="Surface of the map. Arrow keys turn it, [ and ] roll it, + and - move its level, Page Up and Page Down zoom, Home goes back."></canvas>
      ${
    still !== null &&
    markup`
        <img class="print" src="${still}" width="240" height="240" alt="Surface of the map, seen broadside" />
      `
  }
      <p class="controls">
        <label>level <input type="range" min="0" max="1000" step="1" value="300" disabled="" /></label>
        <label><input type="checkbox" /> other hand</label>
        <button type="button">reset</button>
      </p>
      <p class="level"><output></output></p>
      <p class="help"><small>Drag to turn, with Shift to roll; wheel after a click, or pinch, to zoom. Keys: arrows,
      [ ], + −, Page Up and Down, Home.</small></p>
    </div>
  `;
}
