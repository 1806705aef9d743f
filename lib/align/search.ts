import { resample } from "../resample.ts";
import { angleBetween, type Rotation, rotationFromQuaternion } from "../rotation.ts";
import { createSpectrum, readSpectrum } from "../spectrum.ts";
import type { Volume } from "../volume.ts";
import { frequencyMatrix, type Motion } from "./refine.ts";

/** Shifts are tried in steps of 1/STEPS of the box, from -REACH to REACH steps on each axis. */
const STEPS = 16, REACH = 3;

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

/** Divides a transform by the root mean square of its shells, weighting it by a taper. */
function whiten(re: Float64Array, im: Float64Array, shell: Uint8Array, taper: Float64Array): void {
  const power = new Float64Array(taper.length), count = new Float64Array(taper.length);
  for (let i = 0; i < re.length; i++) {
    power[shell[i]] += re[i] * re[i] + im[i] * im[i];
    count[shell[i]]++;
  }
  for (let i = 0; i < re.length; i++) {
    const s = shell[i], gain = power[s] > 0 ? taper[s] * Math.sqrt(count[s] / power[s]) : 0;
    re[i] *= gain, im[i] *= gain;
  }
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
 * @param keep motions returned of each hand, no two closer than the spacing, best first
 */
export function search(
  map: Volume,
  reference: Volume,
  { shells, spacing, keep }: { shells: number; spacing: number; keep: number },
): { readonly plain: Motion[]; readonly mirrored: Motion[] } {
  const boxSize = map.boxSize;
  const small = Math.min(boxSize, 2 * Math.ceil(1.25 * shells) + 4);
  const spectrum = createSpectrum(resample(map, small), { width: 2 });
  const exact = createSpectrum(resample(reference, small), { width: 6 });
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
  const taper = Float64Array.from({ length: shells + 1 }, (_, s) => Math.exp(-((s / shells) ** 2)));
  const flat = new Float64Array(shells + 1).fill(1);
  const identity = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  const br = new Float64Array(n), bi = new Float64Array(n);
  readSpectrum(exact, k, identity, br, bi);
  whiten(br, bi, shell, taper);
  for (let i = 0; i < n; i++) if (k[3 * i] === 0) br[i] /= 2, bi[i] /= 2;

  const shifts = 2 * REACH + 1;
  const best = { score: 0, at: 0 };
  const correlate = createCorrelator(shells);
  const ar = new Float64Array(n), ai = new Float64Array(n);
  const crossReal = new Float64Array(side * side * (shells + 1));
  const crossImaginary = new Float64Array(crossReal.length);
  const rotations = rotationGrid(spacing);
  const found = [false, true].map((mirrored) => {
    const scored = rotations.map((rotation) => {
      const still = { rotation, shift: new Float64Array(3), mirrored };
      readSpectrum(spectrum, k, frequencyMatrix(still), ar, ai);
      whiten(ar, ai, shell, flat);
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
  return { plain: found[0], mirrored: found[1] };
}

/**
 * Makes the function that finds the best of all shifts for one cross spectrum Q,
 * max over s of Re sum_k Q(k) exp(-2 pi i k.s / N), one axis after the other.
 */
function createCorrelator(shells: number) {
  const side = 2 * shells + 1, row = shells + 1, shifts = 2 * REACH + 1;
  const cos = new Float64Array(shifts * side), sin = new Float64Array(shifts * side);
  for (let j = 0; j < shifts; j++) {
    for (let k = -shells; k <= shells; k++) {
      const angle = -2 * Math.PI * k * (j - REACH) / STEPS;
      cos[j * side + k + shells] = Math.cos(angle);
      sin[j * side + k + shells] = Math.sin(angle);
    }
  }
  // [kz, shift x, ky], then [shift y, shift x, kz].
  const ar = new Float64Array(side * shifts * side), ai = new Float64Array(ar.length);
  const br = new Float64Array(shifts * shifts * side), bi = new Float64Array(br.length);
  return (qr: Float64Array, qi: Float64Array, best: { score: number; at: number }): void => {
    for (let z = 0; z < side; z++) {
      for (let y = 0; y < side; y++) {
        const from = (z * side + y) * row;
        const square = shells * shells + shells - (z - shells) ** 2 - (y - shells) ** 2;
        const reach = square < 0 ? -1 : Math.floor(Math.sqrt(square));
        for (let j = 0; j < shifts; j++) {
          let re = 0, im = 0;
          for (let x = 0, p = j * side + shells; x <= reach; x++, p++) {
            re += qr[from + x] * cos[p] - qi[from + x] * sin[p];
            im += qr[from + x] * sin[p] + qi[from + x] * cos[p];
          }
          const to = (z * shifts + j) * side + y;
          ar[to] = re, ai[to] = im;
        }
      }
      for (let j = 0; j < shifts; j++) {
        for (let i = 0; i < shifts; i++) {
          let re = 0, im = 0;
          for (let y = 0, p = i * side, q = (z * shifts + j) * side; y < side; y++, p++, q++) {
            re += ar[q] * cos[p] - ai[q] * sin[p];
            im += ar[q] * sin[p] + ai[q] * cos[p];
          }
          br[(i * shifts + j) * side + z] = re;
          bi[(i * shifts + j) * side + z] = im;
        }
      }
    }
    best.score = -Infinity;
    for (let h = 0; h < shifts; h++) {
      for (let ij = 0; ij < shifts * shifts; ij++) {
        let re = 0;
        for (let z = 0, p = h * side, q = ij * side; z < side; z++, p++, q++) {
          re += br[q] * cos[p] - bi[q] * sin[p];
        }
        if (re > best.score) best.score = re, best.at = h * shifts * shifts + ij;
      }
    }
  };
}
