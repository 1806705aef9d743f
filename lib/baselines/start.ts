import type { Backend } from "../backend.ts";
import { loadImages } from "../image_source.ts";
import { firstDensity } from "../initial.ts";
import type { ParticleStack } from "../particles.ts";
import type { Plan } from "../plan.ts";
import { resample } from "../resample.ts";
import { createVolume, type Volume } from "../volume.ts";

/**
 * The map that a run of this plan starts from, in the images' box: random spheres on the scale of the
 * images, the same bits as the map() of reconstruct() before its first iteration.
 */
export async function startMap(
  particles: ParticleStack,
  backend: Backend,
  { problem, seed }: Pick<Plan, "problem" | "seed">,
  signal?: AbortSignal,
): Promise<Volume> {
  await using session = await backend.open(problem);
  // nothing kept: only the sample that power is measured on is read
  const { power } = await loadImages(particles, session, {
    bytesPerImage: backend.bytesPerImage(problem),
    budget: 0,
    largestSelection: 1,
    signal,
  });
  const voxels = await firstDensity("spheres", session, { power, seed });
  const { workBox, band, pixelSize } = problem;
  const coarse = createVolume({
    boxSize: workBox,
    pixelSize: pixelSize * band.boxSize / workBox,
    voxels,
  });
  return resample(coarse, band.boxSize);
}
