import { compare, type Comparison, frequencyMatrix, type Motion, refine } from "./align/refine.ts";
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
  /**
   * Log-likelihood ratio of this alignment over the best one of the other hand, nats, at the last radius
   * at which the other was still a rival; below about 10 the hand is open.
   */
  readonly handEvidence: number;
}

/** Choices in an alignment. */
export interface AlignOptions {
  /** Last shell used, Fourier px; by default as far as the maps agree, 63 at most. */
  radius?: number;
  /** Last shell of the exhaustive search, Fourier px. */
  searchRadius?: number;
  /** Spacing of the rotations searched, degrees. */
  spacing?: number;
}

/** Motions of each hand that the search hands on, and how many of them march beyond its radius. */
const KEPT_PER_HAND = 24, FINALISTS_PER_HAND = 3;

/** Marching goes on while the mean FSC of the shells it has just added is above this. */
const AGREEMENT = 0.1;

/** A motion falls out with less than half of the best one's evidence, if it trails by this many nats. */
const MARGIN = 50;

/** Motions of one hand nearer than this, rad, are one. */
const SAME = 0.02;

/** Shells that fix a motion to 0.001 degrees in a clean map: no more are used unless asked for. */
const ENOUGH = 63;

/** Each radius of a march over the one before. */
const GROWTH = 1.4;

/**
 * Finds the rotation, shift and hand that lay a map on a reference.
 *
 * All rotations on a grid, both hands and a lattice of shifts are tried at low frequency. The best are
 * refined by Gauss-Newton steps on the evidence (lib/align/refine.ts), then marched to higher
 * frequency, each shell counting by its own FSC. Deterministic.
 *
 * @throws {RangeError} if the fields of view differ by more than 0.1 %, a radius or the spacing is out of
 * range, a box has fewer than 8 voxels, or a map is constant or not finite.
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
  if (last < 3) {
    throw new RangeError(`Cannot align the map: a box of ${2 * last + 2} voxels, wanted 8 or more`);
  }
  if (radius !== undefined && !(radius >= 2 && radius <= last)) {
    throw new RangeError(`Cannot align the map: radius ${radius} Fourier px, wanted 2 to ${last}`);
  }
  if (!(searchRadius >= 2) || !(spacing >= 3 && spacing <= 90)) {
    throw new RangeError(
      `Cannot align the map: search to ${searchRadius} Fourier px every ${spacing} degrees, ` +
        `wanted 2 or more, and 3 to 90`,
    );
  }
  for (const [name, volume] of [["map", map], ["reference", reference]] as const) {
    if (varies(volume)) continue;
    throw new RangeError(
      `Cannot align the map: the ${name} is constant or not finite, wanted a density`,
    );
  }
  const limit = radius === undefined ? Math.min(last, ENOUGH) : Math.floor(radius);
  const shells = Math.min(limit, Math.floor(searchRadius));
  // A grid that holds the shells needed, of an even number of voxels.
  const grid = Math.min(boxSize, 2 * Math.max(limit, ENOUGH) + 2);
  const [a, b] = [resample(map, grid), resample(reference, grid)];
  const found = search(a, b, { shells, spacing: spacing * Math.PI / 180, keep: KEPT_PER_HAND });
  const spectrum = createSpectrum(a), target = createTarget(b, limit);
  const end = march(spectrum, target, found, { shells, limit, fixed: radius !== undefined });
  const { motion, curve } = end.best;
  const count = target.starts[curve.length];
  const moved = { real: new Float64Array(count), imaginary: new Float64Array(count) };
  compare(spectrum, target, motion, curve.length - 1, moved);
  return {
    boxSize,
    mirrored: motion.mirrored,
    rotation: motion.rotation,
    shift: motion.shift.map((s) => s * boxSize / grid),
    radius: curve.length - 1,
    score: correlation(target, moved.real, moved.imaginary),
    handEvidence: end.handEvidence,
  };
}

/** Whether a map is finite and more than a constant. */
function varies({ voxels }: Volume): boolean {
  return voxels.every(Number.isFinite) && voxels.some((v) => v !== voxels[0]);
}

/** Refines motions with growing radius, dropping those that fall behind. */
function march(
  spectrum: Spectrum,
  target: Target,
  motions: readonly Motion[],
  { shells, limit, fixed }: { shells: number; limit: number; fixed: boolean },
): { best: Comparison; handEvidence: number } {
  let room = FINALISTS_PER_HAND, handEvidence = Infinity;
  for (;;) {
    const all = motions.map((motion) => refine(spectrum, target, motion, shells));
    all.sort((a, b) => b.evidence - a.evidence);
    const [best] = all;
    const other = all.find(({ motion }) => motion.mirrored !== best.motion.mirrored);
    if (other) handEvidence = best.evidence - other.evidence;
    // Shells beyond those of the step before; all of the upper ones in the first.
    const fresh = best.curve.subarray(Math.floor(shells / GROWTH) + 1);
    const agreement = fresh.reduce((sum, c) => sum + c, 0) / fresh.length;
    if (shells === limit || (!fixed && agreement < AGREEMENT)) return { best, handEvidence };
    motions = leaders(all, room);
    room = Math.max(1, room - 1);
    shells = Math.min(limit, Math.ceil(shells * GROWTH));
  }
}

/** The motions worth going on with, at most `room` of each hand, from a list sorted by evidence. */
function leaders(all: readonly Comparison[], room: number): Motion[] {
  const kept: Motion[] = [];
  for (const { motion, evidence } of all) {
    if (evidence < Math.min(all[0].evidence / 2, all[0].evidence - MARGIN)) continue;
    const hand = kept.filter((other) => other.mirrored === motion.mirrored);
    const known = hand.some((other) => angleBetween(other.rotation, motion.rotation) < SAME);
    if (!known && hand.length < room) kept.push(motion);
  }
  return kept;
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
export function transformed(
  map: Volume,
  alignment: Pick<Alignment, "boxSize" | "mirrored" | "rotation" | "shift">,
): Volume {
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
