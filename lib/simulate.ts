import { type CTF, ctfPhase, evaluateCTF } from "./ctf.ts";
import { transform2 } from "./fft.ts";
import type { Pose } from "./particles.ts";
import { createRandom, type Random } from "./random.ts";
import { createSlicer } from "./slicer.ts";
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
  readonly microscope?: Microscope;
  readonly seed?: number;
}

/** Some consecutive images. */
export interface SimulatedImages {
  /** Number of the first, from 0. */
  readonly first: number;
  /** Pixels, [c, N, N] as [image, y, x]. */
  readonly images: Float32Array;
  readonly ctfs: readonly CTF[];
  readonly poses: readonly Pose[];
}

/** A data set made on demand; image i depends on the map, the options and the seed, not on K. */
export interface Simulation {
  readonly count: number;
  /** The map on the scale on which the noise has standard deviation 1. */
  readonly truth: Volume;
  /** How image i is taken. */
  particle(i: number): { ctf: CTF; pose: Pose };
  /** Image i without noise, [N, N] as [y, x]. */
  clean(i: number): Float32Array;
  /** Image i. */
  image(i: number): Float32Array;
  /** All images in order, at most `size` at a time. */
  chunks(size?: number): Generator<SimulatedImages>;
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

/** k = 0 and one of each Friedel pair inside the Nyquist circle, |k| < N/2; [n, 2], k = 0 first. */
function frequenciesOf(n: number): Int32Array {
  const k = [0, 0];
  for (let y = -n / 2 + 1; y < n / 2; y++) {
    for (let x = 0; x < n / 2; x++) {
      if ((x > 0 || y > 0) && x * x + y * y < n * n / 4) k.push(x, y);
    }
  }
  return Int32Array.from(k);
}

/**
 * Simulates images of a density (Punjani & Brubaker, Eq. 1): d = S_t C P_R V + noise, with
 *
 *     D(k) = exp(-2 pi i k.t / N) CTF(k) P_R(k)    for |k| < N/2, 0 beyond,
 *
 * R uniform over the rotations, t normal, the noise white with standard deviation 1. The map is scaled
 * so that the mean variance of the first 128 images of the seed, without noise, is `snr`.
 *
 * @throws {RangeError} if the map is flat or not finite, or an option is out of range.
 */
export function simulate(
  { map, count, snr, shiftSigma = 0, microscope = {}, seed = 0 }: SimulateOptions,
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
  const { boxSize: n, pixelSize } = map;
  const slicer = createSlicer(map), k = frequenciesOf(n);
  const real = new Float64Array(n * n), imaginary = new Float64Array(n * n);

  const particle = (i: number): { ctf: CTF; pose: Pose } => {
    const offset = createRandom(seed, "simulate", "shift", i);
    return {
      ctf: drawCTF(createRandom(seed, "simulate", "ctf", i), microscope),
      pose: {
        rotation: createRandom(seed, "simulate", "rotation", i).rotation(),
        shift: [shiftSigma * offset.normal(), shiftSigma * offset.normal()],
        probability: 1,
      },
    };
  };

  /** D(k) of image i before the map is scaled. */
  const spectrum = (i: number): Float64Array => {
    const { ctf, pose: { rotation, shift: [tx, ty] } } = particle(i);
    const phase = ctfPhase(ctf), field = n * pixelSize;
    const d = slicer.slice(rotation, k);
    for (let j = 0; j < k.length; j += 2) {
      const transfer = evaluateCTF(phase, k[j] / field, k[j + 1] / field);
      const angle = -2 * Math.PI * (k[j] * tx + k[j + 1] * ty) / n;
      const c = transfer * Math.cos(angle), s = transfer * Math.sin(angle);
      const re = d[j], im = d[j + 1];
      d[j] = c * re - s * im;
      d[j + 1] = c * im + s * re;
    }
    return d;
  };

  // Parseval: the variance over an image's pixels is the power of D beside k = 0, over N^2.
  let power = 0;
  for (let i = 0; i < MEASURED; i++) {
    const d = spectrum(i);
    for (let j = 2; j < k.length; j++) power += 2 * d[j] ** 2;
  }
  const variance = power / (MEASURED * n * n), scale = Math.sqrt(snr / variance);
  if (!(variance > 0 && variance < Infinity && scale < Infinity)) {
    throw new RangeError(
      `Cannot simulate: images of variance ${variance}, wanted a map with contrast and finite voxels`,
    );
  }

  const clean = (i: number): Float32Array => {
    const d = spectrum(i);
    real.fill(0);
    imaginary.fill(0);
    for (let j = 0; j < k.length; j += 2) {
      const x = k[j], y = k[j + 1];
      // (-1)^(x+y) moves the origin from pixel 0 to pixel N/2.
      const sign = (x + y) % 2 === 0 ? scale / n : -scale / n;
      const here = ((y + n) % n) * n + x, mate = ((n - y) % n) * n + (n - x) % n;
      real[mate] = real[here] = sign * d[j];
      imaginary[mate] = -sign * d[j + 1];
      imaginary[here] = sign * d[j + 1];
    }
    transform2(real, imaginary, n, 1);
    return Float32Array.from(real);
  };

  const image = (i: number): Float32Array => {
    const pixels = clean(i), random = createRandom(seed, "simulate", "noise", i);
    for (let j = 0; j < pixels.length; j++) pixels[j] += random.normal();
    return pixels;
  };

  return {
    count,
    truth: createVolume({ boxSize: n, pixelSize, voxels: map.voxels.map((v) => scale * v) }),
    particle,
    clean,
    image,
    *chunks(size = 64) {
      for (let first = 0; first < count; first += size) {
        const c = Math.min(size, count - first);
        const particles = Array.from({ length: c }, (_, i) => particle(first + i));
        const images = new Float32Array(c * n * n);
        for (let i = 0; i < c; i++) images.set(image(first + i), i * n * n);
        yield {
          first,
          images,
          ctfs: particles.map(({ ctf }) => ctf),
          poses: particles.map(({ pose }) => pose),
        };
      }
    },
  };
}
