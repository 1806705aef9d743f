/**
 * A small particle set whose every image is known in closed form: some Gaussian blobs, seen from
 * random sides through random CTFs. Lengths are in box edges, so that any grid can hold it.
 *
 * @module
 */
import { type CTF, ctfPhase, evaluateCTF } from "../lib/ctf.ts";
import { transform2 } from "../lib/fft.ts";
import { createParticleStack, type ParticleStack } from "../lib/particles.ts";
import { createRandom, type Random } from "../lib/random.ts";
import type { Rotation } from "../lib/rotation.ts";

/** Centre (x, y, z) and standard deviation in box edges, height in units of density. */
interface Blob {
  readonly at: readonly [number, number, number];
  readonly sigma: number;
  readonly height: number;
}

/** No symmetry, no mirror; beyond the box's edge and beyond k = 8 there are 3e-4 of it left. */
const BLOBS: readonly Blob[] = [
  { at: [0.12, 0.02, -0.03], sigma: 0.08, height: 1 },
  { at: [-0.1, 0.08, 0.05], sigma: 0.085, height: 0.8 },
  { at: [0.01, -0.13, 0.02], sigma: 0.08, height: 0.7 },
  { at: [-0.03, 0.03, -0.13], sigma: 0.08, height: 1.1 },
  { at: [0.06, 0.05, 0.11], sigma: 0.09, height: 0.5 },
];

/** The blobs' density on M^3 voxels, [M, M, M] as [z, y, x]. */
export function blobDensity(box: number, height = 1): Float32Array {
  return Float32Array.from({ length: box ** 3 }, (_, i) => {
    const x = i % box / box - 0.5, y = Math.floor(i / box) % box / box - 0.5;
    const z = Math.floor(i / box / box) / box - 0.5;
    return height * BLOBS.reduce((sum, { at, sigma, height }) => {
      const d2 = (x - at[0]) ** 2 + (y - at[1]) ** 2 + (z - at[2]) ** 2;
      return sum + height * Math.exp(-d2 / (2 * sigma * sigma));
    }, 0);
  });
}

/**
 * The blobs' projection seen under R, in closed form: a point p of the map falls on (a.p, b.p), a and b
 * being the first two columns of R; along the line of sight a Gaussian sums up to sigma sqrt(2 pi) N.
 *
 * @returns [N, N] as [y, x]
 */
export function blobProjection(box: number, r: Rotation, height = 1): Float64Array {
  const seen = BLOBS.map(({ at, sigma, height }) => ({
    u: at[0] * r[0] + at[1] * r[3] + at[2] * r[6],
    v: at[0] * r[1] + at[1] * r[4] + at[2] * r[7],
    over: 1 / (2 * sigma * sigma),
    sum: height * sigma * Math.sqrt(2 * Math.PI) * box,
  }));
  return Float64Array.from({ length: box * box }, (_, i) => {
    const x = i % box / box - 0.5, y = Math.floor(i / box) / box - 0.5;
    return height * seen.reduce(
      (total, { u, v, over, sum }) => total + sum * Math.exp(-((x - u) ** 2 + (y - v) ** 2) * over),
      0,
    );
  });
}

/**
 * What the microscope makes of a projection, by a plain FFT: filtered by the CTF up to a radius, moved
 * by t px, its mean removed.
 *
 * @param image [N, N]; replaced
 */
export function throughMicroscope(
  image: Float64Array,
  { box, pixelSize, ctf, shift: [tx, ty] = [0, 0], radius = box / 2 }: {
    box: number;
    pixelSize: number;
    ctf: CTF;
    shift?: readonly [number, number];
    radius?: number;
  },
): Float64Array {
  const imaginary = new Float64Array(box * box), phase = ctfPhase(ctf);
  transform2(image, imaginary, box);
  for (let i = 0; i < box * box; i++) {
    const kx = (i % box + box / 2) % box - box / 2;
    const ky = (Math.floor(i / box) + box / 2) % box - box / 2;
    const inside = (kx || ky) && kx * kx + ky * ky < radius * radius;
    const gain = inside
      ? evaluateCTF(phase, kx / (box * pixelSize), ky / (box * pixelSize)) / (box * box)
      : 0;
    const angle = -2 * Math.PI * (kx * tx + ky * ty) / box;
    const c = gain * Math.cos(angle), s = gain * Math.sin(angle), re = image[i];
    image[i] = re * c - imaginary[i] * s;
    imaginary[i] = re * s + imaginary[i] * c;
  }
  transform2(image, imaginary, box, 1);
  return image;
}

/** A CTF as a 300 kV microscope gives it, astigmatic. */
export function randomCTF(random: Random): CTF {
  const defocus = 8000 + 16000 * random.uniform();
  return {
    defocusU: defocus + 800,
    defocusV: defocus - 800,
    defocusAngle: 180 * random.uniform(),
    voltage: 300,
    sphericalAberration: 2.7,
    amplitudeContrast: 0.1,
    phaseShift: 20 * random.uniform(),
    bFactor: 40,
    scale: 0.9 + 0.2 * random.uniform(),
  };
}

/** A small set and what is true of it. */
export interface SmallSet {
  readonly particles: ParticleStack;
  /** [count, N, N]. */
  readonly images: Float32Array;
  readonly ctfs: readonly CTF[];
  readonly rotations: readonly Rotation[];
  /** px. */
  readonly shifts: readonly (readonly [number, number])[];
}

/** Images of the blobs in white noise of deviation 1. */
export function createSmallSet(
  { count, box = 16, pixelSize = 4, height = 1, extent = 0, noise = 1, seed = 1, poseOf }: {
    count: number;
    box?: number;
    pixelSize?: number;
    height?: number;
    /** Particles lie off centre by up to this in x and y, px. */
    extent?: number;
    noise?: number;
    seed?: number;
    /** Where particles are seen from; by default from anywhere. */
    poseOf?: (random: Random) => { rotation: Rotation; shift: [number, number] };
  },
): SmallSet {
  const random = createRandom(seed, "small set");
  const anyPose = (random: Random): { rotation: Rotation; shift: [number, number] } => ({
    rotation: random.rotation(),
    shift: [extent * (2 * random.uniform() - 1), extent * (2 * random.uniform() - 1)],
  });
  const images = new Float32Array(count * box * box);
  const ctfs: CTF[] = [], rotations: Rotation[] = [], shifts: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const ctf = randomCTF(random), { rotation, shift } = (poseOf ?? anyPose)(random);
    const clean = blobProjection(box, rotation, height);
    throughMicroscope(clean, { box, pixelSize, ctf, shift });
    images.set(clean.map((v) => v + noise * random.normal()), i * box * box);
    ctfs.push(ctf), rotations.push(rotation), shifts.push(shift);
  }
  const particles = createParticleStack({ boxSize: box, pixelSize, images, ctfs });
  return { particles, images, ctfs, rotations, shifts };
}
