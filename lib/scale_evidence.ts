import type { Backend, Problem } from "./backend.ts";
import { loadImages, type LoadProgress } from "./image_source.ts";
import { createNoiseModel, type OutlierScope } from "./noise_model.ts";
import type { ParticleStack } from "./particles.ts";
import { resample } from "./resample.ts";
import { subset } from "./subset.ts";
import type { Volume } from "./volume.ts";

/** What images say of their scale, on the scale of the log-likelihoods. */
export interface ScaleEvidence {
  /** log p(d_i | m V) at each multiple m of the present scale, nats, [multiples][images]. */
  readonly logLikelihood: readonly Float64Array[];
  /** log p(d_i | 0): nothing but noise, [images]. */
  readonly nothing: Float64Array;
  /** log of pi p_junk(d_i) / (1 - pi), [images]; -Infinity where no outliers are allowed for. */
  readonly outlier: Float64Array;
  /** pi there. */
  readonly outlierShare: number;
}

/** Images compared at a time. */
const CHUNK = 100;

/**
 * Compares images with multiples of a map, which is the same as with multiples of their scale.
 *
 * @param problem resolution, poses
 * @param multiples m, of the scale that the images' CTFs have
 * @param which images to compare
 */
export async function compareScales(
  particles: ParticleStack,
  { backend, problem, map, noise, outlierShare, outlierScope, which, multiples, progress, signal }:
    {
      backend: Backend;
      problem: Problem;
      map: Volume;
      /** sigma^2 by shell. */
      noise: ArrayLike<number>;
      /** pi */
      outlierShare: number;
      outlierScope: OutlierScope;
      which: Uint32Array;
      multiples: readonly number[];
      progress?: LoadProgress;
      signal?: AbortSignal;
    },
): Promise<ScaleEvidence> {
  progress?.(0, which.length);
  const images = which.length, largestSelection = Math.min(CHUNK, images);
  const voxels = resample(map, problem.workBox).voxels;
  await using session = await backend.open(problem);
  const source = await loadImages(subset(particles, which), session, {
    bytesPerImage: backend.bytesPerImage(problem),
    budget: images > CHUNK ? 0 : Infinity, // many are needed but once, and read for that
    largestSelection,
    power: false,
    signal,
  });
  const model = await createNoiseModel(session, source, {
    ...{ variance: noise, outlierShare, outlierScope, count: images, largestSelection },
  });
  const logLikelihood = multiples.map(() => new Float64Array(images));
  const nothing = new Float64Array(images);
  const outlier = new Float64Array(images).fill(-Infinity);
  for (let from = 0; from < images; from += CHUNK) {
    signal?.throwIfAborted();
    const length = Math.min(CHUNK, images - from);
    const selected = await source.select(Uint32Array.from({ length }, (_, i) => from + i));
    nothing.set(await model.nothing(selected.images, selected.which), from);
    const other = await model.outliers(selected.images, selected.which);
    if (other) outlier.set(other, from);
    for (const [m, multiple] of multiples.entries()) {
      const slices = await session.project(voxels.map((v) => multiple * v));
      const marginal = await session.marginalize(slices, selected.images, selected.which, {
        gradient: false,
      });
      logLikelihood[m].set(marginal.logLikelihood, from);
    }
    progress?.(from + length, images);
  }
  return { logLikelihood, nothing, outlier, outlierShare };
}
