import type { CTF } from "./ctf.ts";
import { drawIce, drawKind, type ImageKind } from "./junk.ts";
import { createNoiseField } from "./noise_field.ts";
import { createParticleStack, type ParticleStack, type Pose } from "./particles.ts";
import { createRandom, type Random } from "./random.ts";
import { createRenderer, type Renderer } from "./render.ts";
import { createVolume, type Volume } from "./volume.ts";

/** The microscope, and how it is focused from image to image. */
export interface Microscope {
  /** kV */
  voltage?: number;
  /** Cs, mm. */
  sphericalAberration?: number;
  /** Q0, fraction. */
  amplitudeContrast?: number;
  /** Least mean defocus (U + V) / 2, A, positive underfocus. */
  defocusMin?: number;
  /** Largest mean defocus, A. */
  defocusMax?: number;
  /** Largest difference of the two defoci U - V, A. */
  astigmatism?: number;
}

/** What is to be made. */
export interface SimulateOptions {
  /** The density; its box and pixel size are those of the images, its scale does not matter. */
  readonly map: Volume;
  /** K, number of images. */
  readonly count: number;
  /** Mean variance of the images without noise, CTF applied, over the variance of the noise. */
  readonly snr: number;
  /** Standard deviation of the particles' displacement along x and along y, px. */
  readonly shiftSigma?: number;
  /** Power of the noise at low frequencies over that at Nyquist, see createNoiseField(); default 1, white. */
  readonly noiseDecay?: number;
  /** Share of the images that show something else; default 0. */
  readonly junk?: { readonly share: number; readonly other: Volume };
  /** Standard deviation of the log of the images' amplitudes, which are 1 in the mean; default 0. */
  readonly amplitudeSpread?: number;
  /** Default: 300 kV, Cs 2.7 mm, Q0 0.1, defocus 12,000 to 35,000 A. */
  readonly microscope?: Microscope;
  /** Of everything random. */
  readonly seed?: number;
}

/** Some consecutive images. */
export interface SimulatedImages {
  /** Number of the first, from 0. */
  readonly first: number;
  /** Pixels, [c, N, N] as [image, y, x]. */
  readonly images: Float32Array;
  /** How each was taken, amplitudes left out. */
  readonly ctfs: readonly CTF[];
  /** Where each was seen from. */
  readonly poses: readonly Pose[];
}

/** A data set made on demand; image i depends on the map, the options and the seed, not on K. */
export interface Simulation {
  /** K, number of images. */
  readonly count: number;
  /** The map on the scale on which the noise has standard deviation 1. */
  readonly truth: Volume;
  /** How image i is taken, its amplitude as the CTF's scale, and what it shows. */
  particle(i: number): { ctf: CTF; pose: Pose; kind: ImageKind };
  /** sigma^2 of the noise at |k| Fourier pixels. */
  noiseVariance(k: number): number;
  /** Image i without noise, [N, N] as [y, x]. */
  clean(i: number): Float32Array;
  /** Image i. */
  image(i: number): Float32Array;
  /** All images in order, at most so many at a time. */
  chunks(most?: number): Generator<SimulatedImages>;
}

/** Images whose power sets the scale of the map. */
const MEASURED = 128;

/**
 * Draws a CTF: mean defocus uniform in [defocusMin, defocusMax], U - V uniform in [0, astigmatism],
 * its axis uniform in [0, 180) degrees.
 *
 * @throws {RangeError} if the defoci are out of order.
 */
export function drawCTF(
  random: Random,
  {
    voltage = 300,
    sphericalAberration = 2.7,
    amplitudeContrast = 0.1,
    defocusMin = 12000,
    defocusMax = 35000,
    astigmatism = 400,
  }: Microscope = {},
): CTF {
  if (!(defocusMax >= defocusMin)) {
    throw new RangeError(
      `Cannot draw a CTF: defocus from ${defocusMin} to ${defocusMax} A, wanted min <= max`,
    );
  }
  const mean = defocusMin + (defocusMax - defocusMin) * random.uniform();
  const half = astigmatism * random.uniform() / 2;
  return {
    defocusU: mean + half,
    defocusV: mean - half,
    defocusAngle: 180 * random.uniform(),
    voltage,
    sphericalAberration,
    amplitudeContrast,
    phaseShift: 0,
    bFactor: 0,
    scale: 1,
  };
}

/**
 * Simulates images of a density, d = S_t C P_R V + noise (Punjani & Brubaker, Eq. 1; Renderer has the
 * first part): R uniform over the rotations, t normal, the noise Gaussian with standard deviation 1,
 * white unless it is to be coloured. Some images may show junk instead, see junk.ts. The map is scaled so that the mean variance of the first 128 images of the seed, without noise, is `snr`.
 *
 * @throws {RangeError} if the map is flat or not finite, or an option is out of range.
 */
export function simulate(
  {
    map,
    count,
    snr,
    shiftSigma = 0,
    noiseDecay = 1,
    junk,
    amplitudeSpread = 0,
    microscope = {},
    seed = 0,
  }: SimulateOptions,
): Simulation {
  if (!(snr > 0 && snr < Infinity)) {
    throw new RangeError(`Cannot simulate: SNR ${snr}, wanted a finite number above 0`);
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot simulate: ${count} images, wanted a whole number above 0`);
  }
  if (!(shiftSigma >= 0 && shiftSigma < Infinity)) {
    throw new RangeError(`Cannot simulate: shifts of ${shiftSigma} px, wanted 0 or more`);
  }
  if (!(noiseDecay >= 1 && noiseDecay < Infinity)) {
    throw new RangeError(`Cannot simulate: a noise decay of ${noiseDecay}, wanted 1 or more`);
  }
  if (!(amplitudeSpread >= 0 && amplitudeSpread < Infinity)) {
    throw new RangeError(
      `Cannot simulate: an amplitude spread of ${amplitudeSpread}, wanted 0 or more`,
    );
  }
  const { boxSize, pixelSize } = map, renderer = createRenderer(map);
  const field = createNoiseField(boxSize, noiseDecay);

  const particle = (i: number): { ctf: CTF; pose: Pose; kind: ImageKind } => {
    const offset = createRandom(seed, "simulate", "shift", i);
    const amplitude = createRandom(seed, "simulate", "amplitude", i).normal();
    return {
      kind: junk ? drawKind(createRandom(seed, "simulate", "kind", i), junk.share) : "particle",
      ctf: {
        ...drawCTF(createRandom(seed, "simulate", "ctf", i), microscope),
        // a log-normal number of mean 1
        scale: Math.exp(amplitudeSpread * amplitude - amplitudeSpread ** 2 / 2),
      },
      pose: {
        rotation: createRandom(seed, "simulate", "rotation", i).rotation(),
        shift: [shiftSigma * offset.normal(), shiftSigma * offset.normal()],
        probability: 1,
      },
    };
  };

  const varianceOf = (renderer: Renderer) => {
    let variance = 0;
    for (let i = 0; i < MEASURED; i++) {
      const { ctf, pose } = particle(i);
      variance += renderer.variance({ ctf: { ...ctf, scale: 1 }, pose }) / MEASURED;
    }
    return variance;
  };
  const variance = varianceOf(renderer), scale = Math.sqrt(snr / variance);
  if (!(variance > 0 && variance < Infinity && scale < Infinity)) {
    throw new RangeError(
      `Cannot simulate: images of variance ${variance}, wanted a map with contrast and finite voxels`,
    );
  }

  const others = junk && createRenderer(junk.other);
  const otherScale = others && Math.sqrt(snr / varianceOf(others));

  const clean = (i: number): Float32Array => {
    const view = particle(i);
    switch (view.kind) {
      case "particle":
        return renderer.image(view, scale);
      case "other":
        return others!.image(view, otherScale);
      case "ice":
        return drawIce(createRandom(seed, "simulate", "ice", i), boxSize, snr);
      case "noise":
        return new Float32Array(boxSize * boxSize);
    }
  };

  const image = (i: number): Float32Array => {
    const noise = field.draw(createRandom(seed, "simulate", "noise", i));
    return clean(i).map((v, j) => v + noise[j]);
  };

  return {
    count,
    truth: createVolume({ boxSize, pixelSize, voxels: map.voxels.map((v) => scale * v) }),
    particle,
    noiseVariance: field.variance,
    clean,
    image,
    *chunks(most = 64) {
      for (let first = 0; first < count; first += most) {
        const c = Math.min(most, count - first);
        const particles = Array.from({ length: c }, (_, i) => particle(first + i));
        const size = boxSize * boxSize, images = new Float32Array(c * size);
        for (let i = 0; i < c; i++) images.set(image(first + i), i * size);
        yield {
          first,
          images,
          ctfs: particles.map(({ ctf }) => ({ ...ctf, scale: 1 })),
          poses: particles.map(({ pose }) => pose),
        };
      }
    },
  };
}

/** A simulated data set held in memory, with what it was made of. */
export interface SimulatedParticles {
  /** The images. */
  readonly particles: ParticleStack;
  /** The map on the scale on which the noise has standard deviation 1. */
  readonly truth: Volume;
  /** Where each was seen from. */
  readonly poses: readonly Pose[];
}

/** simulate() all at once, as a stack that can be reconstructed. */
export function simulateParticles(options: SimulateOptions): SimulatedParticles {
  const { truth, particle, image } = simulate(options);
  const { boxSize, pixelSize } = truth, size = boxSize * boxSize;
  const images = new Float32Array(options.count * size);
  for (let i = 0; i < options.count; i++) images.set(image(i), i * size);
  const views = Array.from({ length: options.count }, (_, i) => particle(i));
  return {
    particles: createParticleStack({
      boxSize,
      pixelSize,
      images,
      ctfs: views.map(({ ctf }) => ({ ...ctf, scale: 1 })),
    }),
    truth,
    poses: views.map(({ pose }) => pose),
  };
}
