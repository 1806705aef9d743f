import type { Session } from "./backend.ts";
import type { ImageSource, LoadProgress } from "./image_source.ts";
import type { NoiseModel } from "./noise_model.ts";
import type { Pose } from "./particles.ts";
import { rotationOf } from "./quadrature/quadrature.ts";

/**
 * The best pose of every image at a density, as the quadrature has it, with its share of the posterior, and
 * the image's responsibility where outliers are allowed for.
 *
 * @param voxels V on the work grid, [M, M, M]
 * @param count K, images of the source
 * @param step images compared at a time, no more than the source gives
 */
export async function bestPoses(
  session: Session,
  source: ImageSource,
  { model, voxels, count, step, progress }: {
    model: NoiseModel;
    voxels: Float32Array;
    count: number;
    step: number;
    progress?: LoadProgress;
  },
): Promise<Pose[]> {
  const poses: Pose[] = [], { quadrature } = session.problem, { shifts } = quadrature;
  const slices = await session.project(voxels);
  for (let from = 0; from < count; from += step) {
    const length = Math.min(step, count - from);
    const { images, which } = await source.select(Uint32Array.from({ length }, (_, i) => from + i));
    const { best, responsibility } = await session.marginalize(slices, images, which, {
      gradient: false,
      best: true,
      outlier: await model.outliers(images, which),
    });
    best!.forEach(({ direction, angle, shift, probability }, i) =>
      poses.push({
        rotation: rotationOf(quadrature, direction, angle),
        shift: [shifts.points[2 * shift], shifts.points[2 * shift + 1]],
        probability,
        ...responsibility && { responsibility: responsibility[i] },
      })
    );
    progress?.(from + length, count);
  }
  return poses;
}
