import { resample } from "../resample.ts";
import type { Rotation } from "../rotation.ts";
import { createSpectrum, readSpectrum, type Spectrum } from "../spectrum.ts";
import type { Volume } from "../volume.ts";
import { type BestShift, createCorrelator } from "./correlator.ts";

const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

/** A map's spectrum tabulated at steps of 1/FINE Fourier px, kx >= 0: what a search reads instead. */
interface Table {
  /** Last index on each axis; kz and ky run from -reach, kx from 0. */
  readonly reach: number;
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** Reading the nearest of the samples turns a voxel 0.35 box edges out by 0.3 rad at worst. */
const FINE = 4;

function tabulate(spectrum: Spectrum, shells: number): Table {
  const reach = FINE * (shells + 1), rows = 2 * reach + 1;
  const k = new Float64Array(3 * rows * rows * (reach + 1));
  for (let z = -reach, at = 0; z <= reach; z++) {
    for (let y = -reach; y <= reach; y++) {
      for (let x = 0; x <= reach; x++, at += 3) k[at] = x, k[at + 1] = y, k[at + 2] = z;
    }
  }
  const real = new Float64Array(k.length / 3), imaginary = new Float64Array(k.length / 3);
  readSpectrum(spectrum, k, IDENTITY.map((one) => one / FINE), real, imaginary);
  return { reach, real, imaginary };
}

/** readSpectrum(), by the nearest sample of a table. */
function readTable(
  { reach, real, imaginary }: Table,
  k: Float64Array,
  m: Float64Array,
  outReal: Float64Array,
  outImaginary: Float64Array,
): void {
  const row = reach + 1, rows = 2 * reach + 1;
  for (let i = 0; i < outReal.length; i++) {
    const kx = FINE * k[3 * i], ky = FINE * k[3 * i + 1], kz = FINE * k[3 * i + 2];
    let x = Math.round(m[0] * kx + m[1] * ky + m[2] * kz);
    let y = Math.round(m[3] * kx + m[4] * ky + m[5] * kz);
    let z = Math.round(m[6] * kx + m[7] * ky + m[8] * kz);
    const mate = x < 0;
    if (mate) x = -x, y = -y, z = -z;
    const at = ((z + reach) * rows + y + reach) * row + x;
    outReal[i] = real[at];
    outImaginary[i] = mate ? -imaginary[at] : imaginary[at];
  }
}

/** 1 / root mean square of the shells of a transform that is read on the integer grid, [shells + 1]. */
function whitening(
  spectrum: Spectrum,
  k: Float64Array,
  shell: Uint8Array,
  shells: number,
): Float64Array {
  const n = shell.length, re = new Float64Array(n), im = new Float64Array(n);
  readSpectrum(spectrum, k, IDENTITY, re, im);
  const power = new Float64Array(shells + 1), count = new Float64Array(shells + 1);
  for (let i = 0; i < n; i++) {
    power[shell[i]] += re[i] * re[i] + im[i] * im[i];
    count[shell[i]]++;
  }
  return power.map((p, s) => p > 0 ? Math.sqrt(count[s] / p) : 0);
}

/** w of a shell, see createScorer(). */
export function taper(shell: number, shells: number): number {
  return Math.exp(-((shell / shells) ** 2));
}

/** How like a reference a map is after a rotation and the best of all shifts. */
export interface Scorer {
  /**
   * The best shift of the map turned, and what it scores, -1 to 1; shift in px of the map's grid.
   *
   * @param matrix map frequencies of reference frequencies, R^T for a rotation R; see frequencyMatrix()
   */
  score(matrix: Rotation): BestShift;
}

/**
 * Prepares two maps to be compared at low frequency under any rotation and all shifts up to 3/16 of the
 * box per axis.
 *
 *     score = max over s of sum_k w(k) Re(A(k) exp(-2 pi i k.s / N) conj B(k)) / sum_k w(k)
 *
 * A and B having unit power in every shell; w = exp(-(|k| / shells)^2) gives less to what a grid of
 * rotations misses most.
 *
 * @param map the one that moves; on the same grid as the reference
 * @param shells last shell compared
 */
export function createScorer(map: Volume, reference: Volume, shells: number): Scorer {
  const boxSize = map.boxSize;
  const small = Math.min(boxSize, 2 * Math.ceil(1.25 * shells) + 4);
  const spectrum = createSpectrum(resample(map, small));
  const exact = createSpectrum(resample(reference, small));
  const table = tabulate(spectrum, shells);
  // The half ball kx >= 0 as rows of kx; the plane kx = 0 holds both of each pair, at half weight.
  const side = 2 * shells + 1, points: number[] = [], cells: number[] = [], shellOf: number[] = [];
  for (let z = -shells; z <= shells; z++) {
    for (let y = -shells; y <= shells; y++) {
      for (let x = 0; x <= shells; x++) {
        const s = Math.round(Math.hypot(x, y, z));
        if (s === 0 || s > shells) continue;
        points.push(x, y, z);
        cells.push(((z + shells) * side + y + shells) * (shells + 1) + x);
        shellOf.push(s);
      }
    }
  }
  const k = Float64Array.from(points), cell = Int32Array.from(cells);
  const shell = Uint8Array.from(shellOf), n = cell.length;
  const gainA = whitening(spectrum, k, shell, shells);
  const gainB = whitening(exact, k, shell, shells);
  const br = new Float64Array(n), bi = new Float64Array(n);
  readSpectrum(exact, k, IDENTITY, br, bi);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const s = shell[i], weight = taper(s, shells) * (k[3 * i] === 0 ? 0.5 : 1);
    total += weight;
    br[i] *= weight * gainA[s] * gainB[s], bi[i] *= weight * gainA[s] * gainB[s];
  }
  const correlate = createCorrelator(shells);
  const ar = new Float64Array(n), ai = new Float64Array(n);
  const crossReal = new Float64Array(side * side * (shells + 1));
  const crossImaginary = new Float64Array(crossReal.length);
  return {
    score(matrix) {
      readTable(table, k, matrix, ar, ai);
      for (let i = 0; i < n; i++) {
        crossReal[cell[i]] = ar[i] * br[i] + ai[i] * bi[i];
        crossImaginary[cell[i]] = ai[i] * br[i] - ar[i] * bi[i];
      }
      const { score, shift } = correlate(crossReal, crossImaginary);
      return { score: score / total, shift: shift.map((s) => s * boxSize) };
    },
  };
}
