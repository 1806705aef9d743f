import type { Backend, Problem } from "./backend.ts";
import { loadImages } from "./image_source.ts";
import { likelihood } from "./likelihood.ts";
import type { ParticleStack } from "./particles.ts";
import { createQuadrature, shiftStepOf } from "./quadrature/quadrature.ts";
import { resample } from "./resample.ts";
import { subset } from "./subset.ts";
import type { Volume } from "./volume.ts";

/** How far off centre particles are, as far as a first map can tell. */
export interface OffCentre {
  /**
   * What the images gain when particles may lie anywhere within the disc, nats an image; to be anywhere in
   * it costs the log of its points where they are centred.
   */
  readonly gain: number;
  /** Standard deviation along x and along y, px. */
  readonly sigma: number;
  /** Whether they are to be summed over. */
  readonly shifted: boolean;
}

/** Radius of the disc that is looked into, box edges. */
const EXTENT = 0.15;
/** Spacing of its points in the spacing that the band needs: near enough to tell, and cheap. */
const COARSENESS = 2;
/** Nats an image that shifts must gain to be believed. */
const LEAST_GAIN = 0.5;

/**
 * Compares images with a map where they are and where they may have moved, at the resolution of a problem.
 *
 * @param which images to compare, few
 * @param map found without shifts; of off-centre particles it is blurred, but a blob
 */
export async function measureOffCentre(
  particles: ParticleStack,
  { backend, problem, map, noise, which }: {
    backend: Backend;
    problem: Problem;
    map: Volume;
    /** sigma^2 by shell. */
    noise: ArrayLike<number>;
    which: Uint32Array;
  },
): Promise<OffCentre> {
  const { band, workBox, pixelSize } = problem;
  const voxels = resample(map, workBox).voxels;
  const extent = EXTENT * band.boxSize, step = COARSENESS * shiftStepOf(band);
  const compare = async (extent: number) => {
    const quadrature = createQuadrature(band, { extent, step });
    const own: Problem = { band, pixelSize, workBox, quadrature };
    await using session = await backend.open(own);
    const source = await loadImages(subset(particles, which), session, {
      bytesPerImage: backend.bytesPerImage(own),
      budget: Infinity,
      largestSelection: which.length,
      power: false,
    });
    await session.setNoise(noise);
    const selected = await source.select(Uint32Array.from(which, (_, i) => i));
    const { negativeLogLikelihood, best } = await likelihood(
      session,
      selected.images,
      selected.which,
      voxels,
      { gradient: false, best: true },
    );
    const { points } = quadrature.shifts;
    return {
      negativeLogLikelihood,
      distances: best!.map(({ shift }) => Math.hypot(points[2 * shift], points[2 * shift + 1])),
    };
  };
  const centred = await compare(0), moved = await compare(extent);
  const gain = centred.negativeLogLikelihood
    .reduce((sum, l, i) => sum + l - moved.negativeLogLikelihood[i], 0) / which.length;
  // half of the distances of a normal in two dimensions are below sigma sqrt(2 ln 2)
  const median = moved.distances.sort((a, b) => a - b)[which.length >> 1];
  const sigma = Math.max(median, step / 2) / Math.sqrt(2 * Math.LN2);
  return { gain, sigma, shifted: gain > LEAST_GAIN };
}
