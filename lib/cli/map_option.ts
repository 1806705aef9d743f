import { readVolume } from "../formats/mrc.ts";
import { softSphere } from "../mask.ts";
import { resample } from "../resample.ts";
import type { Volume } from "../volume.ts";
import { requireRead } from "./permission.ts";

/** Reads a map that a command line names. */
export async function readMap(path: string): Promise<Volume> {
  await requireRead(path);
  return await readVolume(path);
}

/**
 * A mask on the grid of a comparison: a sphere of so many A, or what a file holds.
 *
 * @returns weights, [N, N, N]
 * @throws {RangeError} if it is of another field of view, or empty.
 */
export async function readMask(
  mask: string,
  { boxSize, pixelSize }: { boxSize: number; pixelSize: number },
): Promise<Float32Array> {
  const field = boxSize * pixelSize, radius = Number(mask);
  if (!Number.isNaN(radius)) {
    if (radius > 0 && radius <= field / 2) return softSphere(boxSize, { radius: radius / field });
    throw new RangeError(
      `Cannot use --mask ${mask}: wanted a file, or a radius above 0, at most ${field / 2} A`,
    );
  }
  const volume = await readMap(mask);
  if (Math.abs(volume.boxSize * volume.pixelSize / field - 1) > 1e-3) {
    throw new RangeError(
      `Cannot use --mask ${mask}: its box is ${volume.boxSize * volume.pixelSize} A wide, ` +
        `wanted ${field} A like the maps`,
    );
  }
  const { voxels } = resample(volume, boxSize);
  if (voxels.some((weight) => weight !== 0)) return voxels;
  throw new RangeError(`Cannot use --mask ${mask}: it is 0 everywhere, wanted weights up to 1`);
}
