import { transform3 } from "./fft.ts";
import type { Random } from "./random.ts";
import { shellsOf } from "./shells.ts";
import { createVolume, type Volume } from "./volume.ts";

/**
 * A map with random phases from a shell on, its amplitudes kept: F'(k) = |F(k)| W(k) / |W(k)|, W being
 * the transform of white noise, which has the symmetry of a real map's.
 * What two such maps have in common beyond the shell is due to a mask alone (Chen et al.,
 * Ultramicroscopy 135, 24, 2013).
 *
 * @param from first shell round(|k|) whose phases are random
 */
export function randomizePhases(volume: Volume, from: number, random: Random): Volume {
  const { boxSize: n, pixelSize, voxels } = volume;
  const real = Float64Array.from(voxels), imaginary = new Float64Array(n ** 3);
  const noise = Float64Array.from(voxels, () => random.normal()), noiseI = new Float64Array(n ** 3);
  transform3(real, imaginary, n);
  transform3(noise, noiseI, n);
  const shells = shellsOf(n);
  for (let i = 0; i < n ** 3; i++) {
    if (shells[i] >= from) {
      const scale = Math.hypot(real[i], imaginary[i]) / Math.hypot(noise[i], noiseI[i]);
      real[i] = scale * noise[i], imaginary[i] = scale * noiseI[i];
    }
    real[i] /= n ** 3, imaginary[i] /= n ** 3;
  }
  transform3(real, imaginary, n, 1);
  return createVolume({ boxSize: n, pixelSize, voxels: Float32Array.from(real) });
}
