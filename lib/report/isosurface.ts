import type { Rotation } from "../rotation.ts";
import type { Volume } from "../volume.ts";
import type { Picture } from "./png.ts";

/** Steps of a ray over an edge of the box. */
const STEPS = 64;
/** Greys of the surface: neither the white of paper nor the black of a screen, so that it stands on both. */
const DARKEST = 30, BRIGHTEST = 245;
/** Direction of the light, unit, in the picture's axes: from the upper left, before the map. */
const LIGHT = [-0.41, -0.53, 0.742];
/** Share of light from everywhere, from the lamp, and its mirror image. */
const AMBIENT = 0.3, DIFFUSE = 0.72, GLOSS = 0.15, GLOSS_POWER = 24;
/** Share of its light that the far end of the map loses. */
const FOG = 0.4;

/**
 * The surface where a map has a level, seen in parallel projection and lit (Levoy, IEEE CG&A 8(3):29
 * (1988), with the first crossing for opacity): each ray goes through the map in steps of 1/64 of
 * its box, the
 * crossing is put by linear interpolation between the two steps about it, and the normal there is
 * -grad V / |grad V|. The map is interpolated trilinearly and is 0 beyond its box.
 *
 * @example
 * ```ts
 * import { createPhantom, drawIsosurface, encodePNG, otsuLevel } from "@vitreous/vitreous";
 *
 * const map = createPhantom("enzyme", { boxSize: 16, pixelSize: 10 });
 * const view = Float64Array.of(1, 0, 0, 0, 0, -1, 0, -1, 0); // from -y, z up
 * const png = await encodePNG(drawIsosurface(map, { level: otsuLevel(map), view, size: 32 }));
 * console.log(png.length);
 * ```
 *
 * @param view rows are the picture's x (right), y (down) and the direction towards the eye, in the map's
 * x, y, z
 * @param size px an edge; the box just fits, wherever it is seen from, except its corners
 * @param rays a px and direction; 2 give smooth edges, 1 takes a quarter of the time
 * @returns grey and opacity
 */
export function drawIsosurface(
  { boxSize: n, voxels }: Volume,
  { level, view, size, rays = 2 }: { level: number; view: Rotation; size: number; rays?: number },
): Picture {
  const [rx, ry, rz, dx, dy, dz, ex, ey, ez] = view, half = n / 2;
  const sample = (x: number, y: number, z: number): number => {
    const i = Math.floor(x), j = Math.floor(y), k = Math.floor(z);
    if (i < 0 || j < 0 || k < 0 || i >= n - 1 || j >= n - 1 || k >= n - 1) return 0;
    const u = x - i, v = y - j, w = z - k, at = (k * n + j) * n + i, above = at + n * n;
    const near = (1 - v) * (voxels[at] + u * (voxels[at + 1] - voxels[at])) +
      v * (voxels[at + n] + u * (voxels[at + n + 1] - voxels[at + n]));
    const far = (1 - v) * (voxels[above] + u * (voxels[above + 1] - voxels[above])) +
      v * (voxels[above + n] + u * (voxels[above + n + 1] - voxels[above + n]));
    return near + w * (far - near);
  };

  /** Brightness, 0 to 1, of the surface at a point of it, `depth` towards the eye from the middle. */
  const shade = (x: number, y: number, z: number, depth: number): number => {
    const gx = sample(x + 1, y, z) - sample(x - 1, y, z);
    const gy = sample(x, y + 1, z) - sample(x, y - 1, z);
    const gz = sample(x, y, z + 1) - sample(x, y, z - 1);
    const length = -Math.hypot(gx, gy, gz) || -1;
    const a = (rx * gx + ry * gy + rz * gz) / length, b = (dx * gx + dy * gy + dz * gz) / length;
    const c = (ex * gx + ey * gy + ez * gz) / length;
    const lamp = Math.max(0, a * LIGHT[0] + b * LIGHT[1] + c * LIGHT[2]);
    const mirrored = Math.max(0, 2 * lamp * c - LIGHT[2]);
    const light = AMBIENT * (0.6 + 0.4 * c) + DIFFUSE * lamp + GLOSS * mirrored ** GLOSS_POWER;
    return Math.min(1, light) * (1 - FOG * (0.5 - depth / n));
  };

  /** Brightness of what a ray hits, at (right, down) from the middle; null if nothing. */
  const cast = (right: number, down: number): number | null => {
    const reach = Math.sqrt(Math.max(0, half * half * 1.5 - right * right - down * down));
    const x0 = half + right * rx + down * dx, y0 = half + right * ry + down * dy;
    const z0 = half + right * rz + down * dz;
    const step = n / STEPS;
    let before = 0;
    for (let depth = reach; depth >= -reach; depth -= step) {
      const here = sample(x0 + depth * ex, y0 + depth * ey, z0 + depth * ez);
      if (here > level) {
        const at = depth + step * (here - level) / (here - Math.min(before, level));
        return shade(x0 + at * ex, y0 + at * ey, z0 + at * ez, at);
      }
      before = here;
    }
    return null;
  };

  const pixels = new Uint8Array(size * size * 2), spacing = n / (size * rays);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let hits = 0, light = 0;
      for (let sub = 0; sub < rays * rays; sub++) {
        const right = (x * rays + sub % rays + 0.5) * spacing - half;
        const down = (y * rays + Math.floor(sub / rays) + 0.5) * spacing - half;
        const value = cast(right, down);
        if (value !== null) hits++, light += value;
      }
      if (hits === 0) continue;
      const at = 2 * (y * size + x);
      pixels[at] = Math.round(DARKEST + (BRIGHTEST - DARKEST) * light / hits);
      pixels[at + 1] = Math.round(255 * hits / (rays * rays));
    }
  }
  return { width: size, height: size, channels: 2, pixels };
}
