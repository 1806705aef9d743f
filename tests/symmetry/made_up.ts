import { transformed } from "../../lib/align.ts";
import { createRandom } from "../../lib/random.ts";
import type { Rotation } from "../../lib/rotation.ts";
import { pointGroup } from "../../lib/symmetry/groups.ts";
import { symmetrize } from "../../lib/symmetry/symmetrize.ts";
import { createVolume, type Volume } from "../../lib/volume.ts";

export const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

/**
 * Eight Gaussian blobs of deviation 1.5 to 1.8 voxels within 0.2 box edges of the origin: in a box of 32
 * they are 4e-6 at its faces, and their transforms 1.5e-5 at Nyquist.
 */
export function blobs(n: number, seed: number): Volume {
  const random = createRandom(seed, "blobs"), voxels = new Float32Array(n ** 3);
  for (let b = 0; b < 8; b++) {
    const radius = 0.2 * n * Math.cbrt(random.uniform()), r = random.rotation();
    const [x, y, z] = [0, 3, 6].map((i) => n / 2 + radius * r[i]);
    const deviation = 1.5 + 0.3 * random.uniform();
    voxels.forEach((_, i) => {
      const square = (i % n - x) ** 2 + (Math.floor(i / n) % n - y) ** 2 +
        (Math.floor(i / n ** 2) - z) ** 2;
      voxels[i] += Math.exp(-square / (2 * deviation ** 2));
    });
  }
  return createVolume({ boxSize: n, pixelSize: 5, voxels });
}

/** Blobs of a group's symmetry, in its standard orientation. */
export function symmetric(name: string, n: number, seed: number): Volume {
  const frame = { rotation: IDENTITY, centre: new Float64Array(3) };
  return symmetrize(blobs(n, seed), pointGroup(name), frame);
}

/** A map after p -> R p + shift. */
export function moved(map: Volume, rotation: Rotation, shift: Float64Array): Volume {
  const none = { mirrored: false, radius: 0, score: 0, handEvidence: 0 };
  return transformed(map, { ...none, boxSize: map.boxSize, rotation, shift });
}

/** A map with white noise of a deviation. */
export function noisy(map: Volume, deviation: number, seed: number): Volume {
  const random = createRandom(seed, "noise");
  return { ...map, voxels: map.voxels.map((v) => v + deviation * random.normal()) };
}

/** Root mean square of a map's voxels. */
export function rms({ voxels }: Volume): number {
  return Math.sqrt(voxels.reduce((sum, v) => sum + v * v, 0) / voxels.length);
}
