import type { Volume } from "./volume.ts";

/**
 * The other hand of a density: z -> -z about the origin at voxel N/2, where voxel 0 has no partner and
 * stays. Images do not tell the two apart; the poses of one hand are not those of the other.
 */
export function mirror(volume: Volume): Volume {
  const { boxSize: n, voxels } = volume, layer = n * n;
  const mirrored = new Float32Array(voxels.length);
  for (let z = 0; z < n; z++) {
    const from = (n - z) % n * layer;
    mirrored.set(voxels.subarray(from, from + layer), z * layer);
  }
  return { ...volume, voxels: mirrored };
}
