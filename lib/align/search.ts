import { resample } from "../resample.ts";
import { angleBetween, type Rotation, rotationFromQuaternion } from "../rotation.ts";
import { createSpectrum, readSpectrum, type Spectrum } from "../spectrum.ts";
import type { Volume } from "../volume.ts";
import { frequencyMatrix, type Motion } from "./refine.ts";

/** Shifts are tried in steps of 1/STEPS of the box, from -REACH to REACH steps on each axis. */
const STEPS = 16, REACH = 3;

const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

/**
 * Rotations that fill SO(3) evenly: a super-Fibonacci spiral of quaternions (Alexa, CVPR 2022), with
 * phi = sqrt 2 and psi the root of psi^4 = psi + 4.
 *
 * @param spacing mean distance of neighbours, rad; 8 pi^2 / spacing^3 rotations
 */
export function rotationGrid(spacing: number): Rotation[] {
  const count = Math.ceil(8 * Math.PI ** 2 / spacing ** 3), psi = 1.533751168755204288118041;
  return Array.from({ length: count }, (_, i) => {
    const s = i + 0.5, r = Math.sqrt(s / count), q = Math.sqrt(1 - s / count);
    const alpha = 2 * Math.PI * s / Math.SQRT2, beta = 2 * Math.PI * s / psi;
    return rotationFromQuaternion(
      q * Math.cos(beta),
      r * Math.sin(alpha),
      r * Math.cos(alpha),
      q * Math.sin(beta),
    );
  });
}

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

/**
 * The most promising motions of a map onto a reference, found by trying all rotations, both hands and
 * all shifts up to 3/16 of the box per axis at low frequency.
 *
 *     score = max over s of sum_k taper(k) Re(A(k) exp(-2 pi i k.s / N) conj B(k))
 *
 * A and B having unit power in every shell; taper = exp(-(|k| / shells)^2) gives less to what a grid of
 * this spacing misses most.
 *
 * @param map the one that moves; on the same grid as the reference
 * @param shells last shell compared
 * @param spacing of the rotations, rad
 * @param keep motions returned of each hand, no two closer than the spacing, best first; the map's own hand first
 */
export function search(
  map: Volume,
  reference: Volume,
  { shells, spacing, keep }: { shells: number; spacing: number; keep: number },
): Motion[] {
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
  for (let i = 0; i < n; i++) {
    const s = shell[i], taper = Math.exp(-((s / shells) ** 2)) * (k[3 * i] === 0 ? 0.5 : 1);
    br[i] *= taper * gainA[s] * gainB[s], bi[i] *= taper * gainA[s] * gainB[s];
  }

  const shifts = 2 * REACH + 1;
  const best = { score: 0, at: 0 };
  const correlate = createCorrelator(shells);
  const ar = new Float64Array(n), ai = new Float64Array(n);
  const crossReal = new Float64Array(side * side * (shells + 1));
  const crossImaginary = new Float64Array(crossReal.length);
  const rotations = rotationGrid(spacing);
  return [false, true].flatMap((mirrored) => {
    const scored = rotations.map((rotation) => {
      const still = { rotation, shift: new Float64Array(3), mirrored };
      readTable(table, k, frequencyMatrix(still), ar, ai);
      for (let i = 0; i < n; i++) {
        crossReal[cell[i]] = ar[i] * br[i] + ai[i] * bi[i];
        crossImaginary[cell[i]] = ai[i] * br[i] - ar[i] * bi[i];
      }
      correlate(crossReal, crossImaginary, best);
      const { at, score } = best;
      const steps = [at % shifts, Math.floor(at / shifts) % shifts, Math.floor(at / shifts ** 2)];
      const shift = Float64Array.from(steps, (step) => (step - REACH) * boxSize / STEPS);
      return { score, motion: { ...still, shift } };
    });
    scored.sort((a, b) => b.score - a.score);
    const kept: Motion[] = [];
    for (const { motion } of scored) {
      if (kept.length === keep) break;
      if (kept.some((other) => angleBetween(other.rotation, motion.rotation) < spacing)) continue;
      kept.push(motion);
    }
    return kept;
  });
}

/**
 * Makes the function that finds the best of all shifts for one cross spectrum Q,
 * max over s of Re sum_k Q(k) exp(-2 pi i k.s / N), one axis after the other.
 *
 * Along an axis a line q(k) gives the shifts +j and -j together: with C = sum q cos and S = sum q sin of
 * 2 pi k j / STEPS, they are C - iS and C + iS; and C needs only q(k) + q(-k), S only q(k) - q(-k).
 */
function createCorrelator(shells: number) {
  const side = 2 * shells + 1, row = shells + 1, shifts = 2 * REACH + 1;
  const cos = new Float64Array((REACH + 1) * row), sin = new Float64Array((REACH + 1) * row);
  for (let j = 0; j <= REACH; j++) {
    for (let k = 0; k <= shells; k++) {
      cos[j * row + k] = Math.cos(2 * Math.PI * k * j / STEPS);
      sin[j * row + k] = Math.sin(2 * Math.PI * k * j / STEPS);
    }
  }
  const evenReal = new Float64Array(row), evenImaginary = new Float64Array(row);
  const oddReal = new Float64Array(row), oddImaginary = new Float64Array(row);
  /** A line's sums and differences of q(k) and q(-k), q(0) in the middle, at `middle`. */
  const fold = (re: Float64Array, im: Float64Array, middle: number) => {
    evenReal[0] = re[middle], evenImaginary[0] = im[middle];
    oddReal[0] = oddImaginary[0] = 0;
    for (let k = 1; k <= shells; k++) {
      evenReal[k] = re[middle + k] + re[middle - k];
      evenImaginary[k] = im[middle + k] + im[middle - k];
      oddReal[k] = re[middle + k] - re[middle - k];
      oddImaginary[k] = im[middle + k] - im[middle - k];
    }
  };
  /** The folded line, 0 beyond `last`, at all shifts; shift j at `middle + j stride`. */
  const shift = (
    re: Float64Array,
    im: Float64Array,
    middle: number,
    stride: number,
    last: number,
  ) => {
    for (let j = 0; j <= REACH; j++) {
      let a = 0, b = 0, c = 0, d = 0;
      for (let k = 0, p = j * row; k <= last; k++, p++) {
        a += evenReal[k] * cos[p];
        b += evenImaginary[k] * cos[p];
        c += oddReal[k] * sin[p];
        d += oddImaginary[k] * sin[p];
      }
      re[middle + j * stride] = a + d, im[middle + j * stride] = b - c;
      re[middle - j * stride] = a - d, im[middle - j * stride] = b + c;
    }
  };
  // Last kx with round(|k|) <= shells, or -1, of each [kz, ky].
  const lastOf = Int32Array.from({ length: side * side }, (_, i) => {
    const square = (shells + 0.5) ** 2 - (i % side - shells) ** 2 -
      (Math.floor(i / side) - shells) ** 2;
    return square < 0 ? -1 : Math.floor(Math.sqrt(square));
  });
  // [kz, shift x, ky], then [shift y, shift x, kz], then [shift z].
  const ar = new Float64Array(side * shifts * side), ai = new Float64Array(ar.length);
  const br = new Float64Array(shifts * shifts * side), bi = new Float64Array(br.length);
  const cr = new Float64Array(shifts), ci = new Float64Array(shifts);
  return (qr: Float64Array, qi: Float64Array, best: { score: number; at: number }): void => {
    for (let z = 0; z < side; z++) {
      for (let y = 0; y < side; y++) {
        // The ball ends at the last kx of this row. Its mates q(-k) are not among the coefficients.
        const last = lastOf[z * side + y];
        for (let x = 0, from = (z * side + y) * row; x <= last; x++, from++) {
          evenReal[x] = oddReal[x] = qr[from], evenImaginary[x] = oddImaginary[x] = qi[from];
        }
        shift(ar, ai, (z * shifts + REACH) * side + y, side, last);
      }
      for (let j = 0; j < shifts; j++) {
        fold(ar, ai, (z * shifts + j) * side + shells);
        shift(br, bi, (REACH * shifts + j) * side + z, shifts * side, lastOf[z * side + shells]);
      }
    }
    best.score = -Infinity;
    for (let ij = 0; ij < shifts * shifts; ij++) {
      fold(br, bi, ij * side + shells);
      shift(cr, ci, REACH, 1, shells);
      for (let h = 0; h < shifts; h++) {
        if (cr[h] > best.score) best.score = cr[h], best.at = h * shifts * shifts + ij;
      }
    }
  };
}
