import { cropImages } from "../crop_images.ts";
import { downsampleImages } from "../downsample_images.ts";
import type { ParticleStack, Pose } from "../particles.ts";

/** How a command makes images smaller: cropped first, then in fewer pixels. */
export interface Resizing {
  /** The images cropped. */
  readonly cropped: ParticleStack;
  /** Such images in fewer pixels. */
  resized(images: ParticleStack): ParticleStack;
  /** A, of a pixel in the end. */
  readonly pixelSize: number;
  /** Pixels in the end for one of the file. */
  readonly perPixel: number;
}

/**
 * Works out what --crop and --downsample ask for.
 *
 * @throws {RangeError} if a box does not fit.
 */
export function resizing(
  file: ParticleStack,
  { crop, downsample }: { crop?: number; downsample?: number },
): Resizing {
  const cropped = crop === undefined ? file : cropImages(file, crop);
  const resized = (images: ParticleStack) =>
    downsample === undefined ? images : downsampleImages(images, downsample);
  const { pixelSize } = resized(cropped);
  return { cropped, resized, pixelSize, perPixel: file.pixelSize / pixelSize };
}

/** Poses with their shifts in the file's pixels. */
export function shiftsOver(poses: readonly Pose[], perPixel: number): readonly Pose[] {
  if (perPixel === 1) return poses;
  return poses.map((pose) => ({
    ...pose,
    shift: [pose.shift[0] / perPixel, pose.shift[1] / perPixel] as const,
  }));
}
