/**
 * How far float32 results with an interpolated spectrum may lie from the definition.
 *
 * Two sources: the interpolation window (Kaiser-Bessel, six taps, twofold oversampling: any backend that
 * interpolates must be at least as good), whose error grows towards the edge of the box, and roundings
 * of 2^-24, which add up like random numbers.
 *
 * @module
 */
import type { Problem } from "../../lib/backend.ts";
import { FRIEDEL } from "../../lib/band.ts";
import { type CTF, ctfPhase } from "../../lib/ctf.ts";
import { createKaiserBessel } from "../../lib/kaiser_bessel.ts";
import { transferAt, transformImage, turnBand } from "../../lib/turn.ts";

const kernel = createKaiserBessel({ width: 6, oversampling: 2 });
export const ROUNDING = 2 ** -24;

/**
 * E(f), the root mean square error of exp(2 pi i g f), |f| <= 1/4, interpolated from whole g: of a voxel at
 * offset x of a box of M, f = x / 2M. Up to 3e-6 in the inner half of the box, 1e-5 at its edge.
 */
function interpolationError(f: number): number {
  let squares = 0;
  for (let g = 0; g < 1; g += 1 / 32) {
    let re = -Math.cos(2 * Math.PI * g * f), im = -Math.sin(2 * Math.PI * g * f);
    for (let j = -3; j <= 4; j++) {
      const w = kernel.window(g - j) / kernel.transform(f);
      re += w * Math.cos(2 * Math.PI * j * f);
      im += w * Math.sin(2 * Math.PI * j * f);
    }
    squares += (re * re + im * im) / 32;
  }
  return Math.sqrt(squares);
}

/** E of the voxels along an axis, [M]. */
export function axisErrors(box: number): Float64Array {
  return Float64Array.from(
    { length: box },
    (_, x) => interpolationError((x - box / 2) / (2 * box)),
  );
}

/** Sum of squares of voxels or pixels, and of the same times the error of their place. */
function power(values: ArrayLike<number>, box: number, dimensions: 2 | 3) {
  const e = axisErrors(box);
  let all = 0, lost = 0;
  for (let i = 0; i < values.length; i++) {
    const x = i % box, y = Math.floor(i / box) % box, z = Math.floor(i / box / box);
    const squares = e[x] ** 2 + e[y] ** 2 + (dimensions === 3 ? e[z] ** 2 : 0);
    all += values[i] ** 2, lost += values[i] ** 2 * squares;
  }
  return { all, lost };
}

/** Random-walk rounding of sums of `terms` terms, relative to the root of their squares. */
const walk = (terms: number) => ROUNDING * Math.sqrt(terms);

/** Deviation of a coefficient of project() of random voxels; errors are normal. */
export function sliceDeviation({ band, workBox: m }: Problem, voxels: ArrayLike<number>): number {
  const { all, lost } = power(voxels, m, 3), scale = (band.boxSize / m) ** 3 / band.boxSize;
  // lines of M, 2M and 2M terms, 6^3 taps; corrections 1/phihat up to 2.15 an axis
  return scale * (Math.sqrt(lost) + 2 * walk(5 * m + 216) * Math.sqrt(all));
}

/** Deviation of a voxel at each place of backproject() of random slices, [M, M, M]. */
export function voxelDeviation({ band, workBox: m }: Problem, slices: ArrayLike<number>) {
  const e = axisErrors(m), scale = (band.boxSize / m) ** 3 / band.boxSize;
  const size = scale * Math.sqrt(power(slices, m, 3).all);
  return Float64Array.from({ length: m ** 3 }, (_, i) => {
    const error = Math.hypot(e[i % m], e[Math.floor(i / m) % m], e[Math.floor(i / m / m)]);
    return size * (error + 2 * walk(5 * m + 216));
  });
}

/**
 * How far scores, and with them log p, may lie off, nats. With eps_d and eps_P the relative errors of an
 * image's and a density's transform, r = D - cP the residual and norms over the band's both halves:
 *
 *     de = <r, c dP - dD>  + rounding of <D, cP> and |cP|^2,
 *
 * and |D|^2 / 2 is off by eps_d |D|^2; where the model explains the image, so is <D, cP>. Where the posterior is, r is noise of deviation 1 in every
 * direction, also in that of the errors: <r, c dP> is eps_P |cP| at one deviation.
 */
export function scoreErrors(
  { band, pixelSize, workBox }: Problem,
  { voxels, slices, pixels, ctfs }: {
    voxels: ArrayLike<number>;
    /** [planes, n, 2], by the definition. */
    slices: Float64Array;
    /** [ctfs.length, N, N]. */
    pixels: Float32Array;
    ctfs: readonly CTF[];
  },
): number[] {
  const { boxSize, count: n } = band, at = turnBand(band, 0);
  const density = power(voxels, workBox, 3);
  const epsP = Math.sqrt(density.lost / density.all) + 2 * walk(5 * workBox + 216);
  return ctfs.map((ctf, b) => {
    const image = pixels.subarray(b * boxSize ** 2, (b + 1) * boxSize ** 2);
    const c = transferAt(ctfPhase(ctf), boxSize, pixelSize, at);
    const D = Math.sqrt(
      FRIEDEL * transformImage(image, boxSize, at).reduce((s, v) => s + v * v, 0),
    );
    let P = 0;
    for (let j = 0; j < slices.length / (2 * n); j++) {
      let squares = 0;
      for (let i = 0; i < 2 * n; i++) squares += (c[i >> 1] * slices[2 * n * j + i]) ** 2;
      P = Math.max(P, Math.sqrt(FRIEDEL * squares));
    }
    const { all, lost } = power(image, boxSize, 2);
    const epsD = Math.sqrt(lost / all) + 2 * walk(3 * boxSize + 36);
    // sine and exponential of the CTF are good to 3e-7, its phase of 10 rad to 10 roundings
    const epsC = 3e-7 + 10 * ROUNDING;
    const meets = 6 * (epsP + epsD + epsC) * P;
    return meets + 2 * epsD * D * D + walk(3 * n) * P * (D + P) + 1e-6;
  });
}
