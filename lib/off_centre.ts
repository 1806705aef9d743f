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
  /** What the images gain when particles may lie off centre by `sigma`, nats an image. */
  readonly gain: number;
  /** Standard deviation along x and along y, px, the likeliest of those that were tried. */
  readonly sigma: number;
  /** Whether they are to be summed over. */
  readonly shifted: boolean;
}

/**
 * Standard deviations that are tried, in the spacing of shifts that the band needs: the first tells alone
 * that particles are centred; then larger ones, as long as they are likelier, or else a smaller one.
 */
const FIRST = 1.5, LARGER = [2, 3, 4, 6], SMALLER = 1;
/** Radius of the disc that is looked into, in standard deviations, and box edges at most. */
const REACH = 3, EXTENT = 0.25;
/** Spacing of its points in the spacing that the band needs: near enough to tell, and cheap. */
const COARSENESS = 2;
/** Nats an image that one loses which is taken for centred without more ado. */
const CLEAR_LOSS = 0.5;

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
  const { band, workBox, pixelSize } = problem, spacing = shiftStepOf(band);
  const voxels = resample(map, workBox).voxels;
  /** Mean -log p where shifts have a deviation. */
  const compare = async (sigma: number) => {
    const extent = Math.min(REACH * sigma, EXTENT * band.boxSize);
    const quadrature = createQuadrature(
      band,
      sigma > 0 ? { extent, sigma, step: Math.min(extent, COARSENESS * spacing) } : {},
    );
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
    const { negativeLogLikelihood } = await likelihood(
      session,
      selected.images,
      selected.which,
      voxels,
      { gradient: false },
    );
    return negativeLogLikelihood.reduce((a, b) => a + b, 0) / which.length;
  };
  const centred = await compare(0);
  let sigma = FIRST * spacing, gain = centred - await compare(sigma);
  /** Whether another deviation is likelier than the best so far; then it is the best. */
  const better = async (other: number) => {
    const own = centred - await compare(other * spacing);
    if (own <= gain) return false;
    gain = own, sigma = other * spacing;
    return true;
  };
  if (gain > -CLEAR_LOSS) {
    for (const larger of LARGER) if (!await better(larger)) break;
    if (sigma === FIRST * spacing) await better(SMALLER);
  }
  // to sum over shifts that are none takes time, to leave out those that are the map: no margin is wanted
  return { gain, sigma, shifted: gain > 0 };
}
