import type { Backend, ImageStore, Session } from "../lib/backend.ts";
import { createBand, workBoxOf } from "../lib/band.ts";
import { randomSpheres, scaleToPower } from "../lib/initial.ts";
import { createPhantom } from "../lib/phantom.ts";
import { createPowerSum } from "../lib/power.ts";
import { normalize } from "../lib/prepare.ts";
import { createCascade } from "../lib/quadrature/cascade.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";
import { resample } from "../lib/resample.ts";
import { simulateParticles } from "../lib/simulate.ts";

/** A minibatch ready to be marginalized, at two densities. */
export interface CoreProblem {
  readonly session: Session;
  readonly images: ImageStore;
  readonly which: Uint32Array;
  /** Random spheres of the right power: broad posteriors, as at the start of a run. */
  readonly start: Float32Array;
  /** The truth: sharp posteriors, as at its end. */
  readonly end: Float32Array;
  /** Multiply-adds x 2 that one forward pass does: n J I / 2, see bench/NOTES.md. */
  readonly flop: number;
}

/**
 * 100 images of the enzyme phantom, N = 128, 2.8 A/px, SNR 0.05, seed 0, band radius r; with `cascade` only
 * points that coarser levels find are summed.
 */
export async function coreProblem(
  backend: Backend,
  radius: number,
  { count = 100, boxSize = 128, cascade = false } = {},
): Promise<CoreProblem> {
  const pixelSize = 2.8;
  const map = createPhantom("enzyme", { boxSize, pixelSize });
  const { particles, truth } = simulateParticles({ map, count, snr: 0.05 });
  const band = createBand(boxSize, radius), quadrature = createQuadrature(band);
  const coarse = cascade ? createCascade(band) : [], workBox = workBoxOf(band);
  const session = await backend.open({ band, pixelSize, workBox, quadrature, coarse });
  const which = Uint32Array.from({ length: count }, (_, i) => i);
  const pixels = await particles.read(which), ctfs = Array.from(which, particles.ctf);
  normalize(pixels, boxSize);
  const images = session.createImages(count), power = createPowerSum(band, pixelSize);
  await images.set(0, pixels, ctfs);
  power.add(pixels, ctfs);
  const spheres = randomSpheres(workBox, createRandom(0, "spheres"));
  const scale = await scaleToPower(spheres, session, power);
  const { directions, angles } = quadrature;
  return {
    session,
    images,
    which,
    start: spheres.map((v) => v * scale),
    end: resample(truth, workBox).voxels,
    flop: count * band.count * directions.count * angles.length,
  };
}
