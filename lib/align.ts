import { compare, frequencyMatrix, type Motion, refine } from "./align/refine.ts";
import { search } from "./align/search.ts";
import { createTarget, type Target } from "./align/target.ts";
import { transform3 } from "./fft.ts";
import { resample } from "./resample.ts";
import { angleBetween, type Rotation } from "./rotation.ts";
import { createSpectrum, readSpectrum, type Spectrum } from "./spectrum.ts";
import { createVolume, type Volume } from "./volume.ts";

/** The motion that lays a map on a reference. */
export interface Alignment {
  /** N, voxels per edge of the grid the shift counts on: the finer of the two. */
  readonly boxSize: number;
  /** True if the map is reflected, z -> -z about the origin, before it is moved. */
  readonly mirrored: boolean;
  /** R: a point p of the (reflected) map, from the origin, goes to R p + shift. */
  readonly rotation: Rotation;
  /** (x, y, z), px of the grid. */
  readonly shift: Float64Array;
  /** Last shell compared, Fourier px. */
  readonly radius: number;
  /** Correlation of the aligned map with the reference over 0 < |k| <= radius, -1 to 1. */
  readonly score: number;
  /** Log-likelihood ratio of this alignment over the best one of the other hand, nats. */
  readonly handEvidence: number;
}

/** Choices in an alignment. */
export interface AlignOptions {
  /** Last shell used, Fourier px; by default as far as the maps agree. */
  radius?: number;
  /** Last shell of the exhaustive search, Fourier px. */
  searchRadius?: number;
  /** Spacing of the rotations searched, degrees. */
  spacing?: number;
}

/** Where an exhaustive search has no more to say and marching goes on from its best motions. */
const KEPT_PER_HAND = 24, FINALISTS_PER_HAND = 3;

/** Marching goes on while the mean FSC of the shells it has just added is above this. */
const AGREEMENT = 0.1;

/**
 * Finds the rotation, shift and hand that lay a map on a reference.
 *
 * All rotations on a grid, both hands and a lattice of shifts are tried at low frequency. The best are
 * refined by Gauss-Newton steps on the evidence (lib/align/refine.ts), then marched to higher
 * frequency, each shell counting by its own FSC. Deterministic.
 *
 * @throws {RangeError} if the fields of view differ by more than 0.1 %, or a radius is out of range.
 */
export function align(
  map: Volume,
  reference: Volume,
  { radius, searchRadius = 8, spacing = 11 }: AlignOptions = {},
): Alignment {
  const field = map.boxSize * map.pixelSize, wanted = reference.boxSize * reference.pixelSize;
  if (Math.abs(field / wanted - 1) > 1e-3) {
    throw new RangeError(
      `Cannot align the map: its box is ${field} A wide, wanted the reference's ${wanted} A`,
    );
  }
  const boxSize = Math.max(map.boxSize, reference.boxSize);
  const last = Math.min(map.boxSize, reference.boxSize) / 2 - 1;
  const limit = radius === undefined ? last : Math.floor(radius);
  if (!(limit >= 2 && limit <= last)) {
    throw new RangeError(
      `Cannot align the map: radius ${radius} Fourier px, wanted 2 to ${last}`,
    );
  }
  const shells = Math.min(limit, Math.floor(searchRadius));
  const [a, b] = [resample(map, boxSize), resample(reference, boxSize)];
  const found = search(a, b, { shells, spacing: spacing * Math.PI / 180, keep: KEPT_PER_HAND });
  const spectrum = createSpectrum(a), target = createTarget(b, limit);
  const ends = [found.plain, found.mirrored].map((motions) =>
    march(spectrum, target, motions, { shells, limit, fixed: radius !== undefined })
  );
  // Compared over the same shells: those of the hand that got further.
  const final = Math.max(...ends.map((end) => end.shells));
  const count = target.starts[final + 1];
  const moved = { real: new Float64Array(count), imaginary: new Float64Array(count) };
  const [plain, mirrored] = ends.map(({ motion }) =>
    compare(spectrum, target, motion, final, moved)
  );
  const handEvidence = Math.abs(plain.evidence - mirrored.evidence);
  const { motion } = plain.evidence >= mirrored.evidence ? plain : mirrored;
  compare(spectrum, target, motion, final, moved);
  return {
    boxSize,
    ...motion,
    radius: final,
    score: correlation(target, moved.real, moved.imaginary),
    handEvidence,
  };
}

/** Refines candidates of one hand with growing radius, dropping all but the best on the way. */
function march(
  spectrum: Spectrum,
  target: Target,
  motions: readonly Motion[],
  { shells, limit, fixed }: { shells: number; limit: number; fixed: boolean },
): { motion: Motion; shells: number } {
  const refined = motions.map((motion) => refine(spectrum, target, motion, shells));
  refined.sort((a, b) => b.evidence - a.evidence);
  let leaders: typeof refined = [];
  for (const one of refined) {
    const known = leaders.some((other) =>
      angleBetween(other.motion.rotation, one.motion.rotation) < 0.02
    );
    if (!known && leaders.length < FINALISTS_PER_HAND) leaders.push(one);
  }
  while (shells < limit) {
    const [{ curve }] = leaders;
    const fresh = curve.subarray(Math.floor(shells / 1.4) + 1);
    if (!fixed && fresh.reduce((sum, c) => sum + c, 0) / fresh.length < AGREEMENT) break;
    shells = Math.min(limit, Math.ceil(shells * 1.4));
    leaders = leaders.map(({ motion }) => refine(spectrum, target, motion, shells));
    leaders.sort((a, b) => b.evidence - a.evidence);
    leaders = leaders.slice(0, 1 + Math.floor(leaders.length / 2));
  }
  return { motion: leaders[0].motion, shells };
}

/** sum Re(A conj B) / sqrt(sum |A|^2 sum |B|^2) over the coefficients given. */
function correlation({ real, imaginary }: Target, re: Float64Array, im: Float64Array): number {
  let cross = 0, powerA = 0, powerB = 0;
  for (let i = 0; i < re.length; i++) {
    cross += re[i] * real[i] + im[i] * imaginary[i];
    powerA += re[i] * re[i] + im[i] * im[i];
    powerB += real[i] * real[i] + imaginary[i] * imaginary[i];
  }
  return powerA > 0 && powerB > 0 ? cross / Math.sqrt(powerA * powerB) : 0;
}

/**
 * A map moved by an alignment, on the alignment's grid: F'(k) = exp(-2 pi i k.shift / N) F(M^T k), with
 * M = R or R diag(1, 1, -1).
 *
 * Interpolated in Fourier space to about 1e-5 of the density. Frequencies that come from outside the
 * box's own are 0, and what leaves the box on one side enters on the other.
 */
export function transformed(map: Volume, alignment: Alignment): Volume {
  const { boxSize: n, shift } = alignment;
  const source = resample(map, n), half = n / 2;
  const spectrum = createSpectrum(source), matrix = frequencyMatrix(alignment);
  const real = new Float64Array(n ** 3), imaginary = new Float64Array(n ** 3);
  const k = new Float64Array(3 * n * (half + 1));
  const re = new Float64Array(n * (half + 1)), im = new Float64Array(n * (half + 1));
  for (let kz = -half; kz < half; kz++) {
    for (let ky = -half, at = 0; ky < half; ky++) {
      for (let kx = 0; kx <= half; kx++) k[at++] = kx, k[at++] = ky, k[at++] = kz;
    }
    readSpectrum(spectrum, k, matrix, re, im);
    for (let i = 0; i < re.length; i++) {
      const kx = k[3 * i], ky = k[3 * i + 1];
      // The shift, and the origin back from 0 to N/2 on every axis.
      const [x, y, z] = shift;
      const phase = -2 * Math.PI *
        ((kx * x + ky * y + kz * z) / n + (kx + ky + kz) % 2 / 2);
      const c = Math.cos(phase) / n ** 3, s = Math.sin(phase) / n ** 3;
      const a = re[i] * c - im[i] * s, b = re[i] * s + im[i] * c;
      const at = ((kz + n) % n * n + (ky + n) % n) * n + kx;
      real[at] = a, imaginary[at] = b;
      if (kx === 0 || kx === half) continue;
      const mate = ((n - kz) % n * n + (n - ky) % n) * n + n - kx;
      real[mate] = a, imaginary[mate] = -b;
    }
  }
  // On the planes kx = 0 and N/2 the real part takes the mean of each pair.
  transform3(real, imaginary, n, 1);
  return createVolume({
    boxSize: n,
    pixelSize: source.pixelSize,
    voxels: Float32Array.from(real),
  });
}
