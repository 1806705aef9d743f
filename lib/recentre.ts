import { transformed } from "./align.ts";
import type { Volume } from "./volume.ts";

/**
 * Moves a map so that the centre of mass of what is positive lies at the box's centre, voxel N/2 along
 * each axis. Where particles may be shifted, a map is free to drift away from there, and out of its mask.
 *
 * @returns the map, and how far it was moved, A
 */
export function recentred(map: Volume): { map: Volume; moved: number } {
  const { boxSize: n, pixelSize, voxels } = map, centre = [0, 0, 0];
  let mass = 0;
  for (let i = 0; i < voxels.length; i++) {
    const v = voxels[i];
    if (!(v > 0)) continue;
    mass += v;
    centre[0] += v * (i % n - n / 2);
    centre[1] += v * (Math.floor(i / n) % n - n / 2);
    centre[2] += v * (Math.floor(i / n / n) - n / 2);
  }
  if (mass === 0) return { map, moved: 0 };
  const [x, y, z] = centre.map((c) => -c / mass);
  const rotation = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  return {
    map: transformed(map, {
      boxSize: n,
      rotation,
      shift: Float64Array.of(x, y, z),
      mirrored: false,
    }),
    moved: pixelSize * Math.hypot(x, y, z),
  };
}
