import { type Band, FRIEDEL } from "./band.ts";
import type { CTFPhase } from "./ctf.ts";
import { logAdd } from "./log_add.ts";
import { createNoise, type Noise } from "./noise.ts";
import type { Quadrature } from "./quadrature/quadrature.ts";
import { transferAt, transformImage, turnBand } from "./turn.ts";

/** A prepared image (see normalize()) with what is needed to compare it with slices. */
export interface PreparedImage {
  /** d / sigma, [N, N], zero outside the inscribed circle. */
  readonly pixels: ArrayLike<number>;
  /** Its CTF. */
  readonly phase: CTFPhase;
}

/** The quadrature point that holds the most of an image's posterior. */
export interface BestPoint {
  /** Index into the directions. */
  readonly direction: number;
  /** Index into the in-plane angles. */
  readonly angle: number;
  /** Index into the shifts. */
  readonly shift: number;
  /** Its share of the posterior, 0 to 1. */
  readonly probability: number;
}

/** One image's likelihood and what follows from it. */
export interface ImageMarginal {
  /** log p(d | V) in nats, without the constant that white noise of sigma = 1 has. */
  readonly logLikelihood: number;
  /** Share of p(d | V) in p(d | V) + exp(outlier). */
  readonly responsibility: number;
  /** d(-log p) / dP, [J, n, 2]. */
  readonly gradient: Float64Array;
  /** W = sum of q Omega c^2, [J, n]: the second derivative by P with the posterior held fixed. */
  readonly weight: Float64Array;
  /** Where q is largest. */
  readonly best: BestPoint;
}

/** What images are compared in. */
export interface Comparison {
  /** The coefficients that count. */
  readonly band: Band;
  /** A. */
  readonly pixelSize: number;
  /** The poses. */
  readonly quadrature: Quadrature;
  /** T >= 1 flattens the posterior; 1 is the model; default 1. */
  readonly temperature?: number;
  /** sigma^2; default white. */
  readonly noise?: Noise;
  /** Log of what the image might be instead, see MarginalizeOptions; default nothing. */
  readonly outlier?: number;
}

/** An image at all angles and shifts of a quadrature, columns (angle, shift), shifts fastest. */
interface Columns {
  /** X = Omega c d / sigma^2, [columns][n, 2]. */
  readonly xs: Float64Array[];
  /** C2 = Omega c^2 / sigma^2, [columns][n]. */
  readonly c2s: Float64Array[];
  /** log w_psi + log w_s, [columns]. */
  readonly logWeights: number[];
  /** -||d||^2 / 2 - log det, the same for all points. */
  readonly constant: number;
}

function columnsOf(
  { pixels, phase }: PreparedImage,
  { band, pixelSize, quadrature: { angles, shifts }, noise = createNoise(band) }: Comparison,
): Columns {
  const { inverse, logDeterminant } = noise;
  const power = FRIEDEL * transformImage(pixels, band.boxSize, turnBand(band, 0))
    .reduce((sum, v, i) => sum + v * v * inverse[i >> 1], 0);
  const xs: Float64Array[] = [], c2s: Float64Array[] = [], logWeights: number[] = [];
  for (const psi of angles) {
    const at = turnBand(band, psi);
    const c = transferAt(phase, band.boxSize, pixelSize, at);
    for (let s = 0; s < shifts.count; s++) {
      const shift = [shifts.points[2 * s], shifts.points[2 * s + 1]] as const;
      const d = transformImage(pixels, band.boxSize, at, shift);
      xs.push(d.map((v, i) => FRIEDEL * c[i >> 1] * v * inverse[i >> 1]));
      c2s.push(c.map((v, i) => FRIEDEL * v * v * inverse[i]));
      logWeights.push(Math.log(shifts.weights[s] / angles.length));
    }
  }
  return { xs, c2s, logWeights, constant: -power / 2 - logDeterminant };
}

/** e of some points, or of all. */
function scoresOf(
  slices: ArrayLike<number>,
  { xs, c2s, logWeights, constant }: Columns,
  { band, quadrature: { directions }, temperature = 1 }: Comparison,
  points?: Int32Array,
): Float64Array {
  const n = band.count, columns = xs.length;
  return Float64Array.from({ length: points?.length ?? directions.count * columns }, (_, at) => {
    const point = points ? points[at] : at;
    const j = Math.floor(point / columns), c = point % columns;
    let score = constant;
    for (let i = 0; i < n; i++) {
      const re = slices[2 * (j * n + i)], im = slices[2 * (j * n + i) + 1];
      score += re * xs[c][2 * i] + im * xs[c][2 * i + 1] - (re * re + im * im) * c2s[c][i] / 2;
    }
    return score / temperature + Math.log(directions.weights[j]) + logWeights[c];
  });
}

/**
 * The log posterior of an image at points of a quadrature, up to a constant: e of marginalize().
 *
 * @param slices P, [J, n, 2]
 * @param points indices (direction, angle, shift), shifts fastest; all unless given
 */
export function logPosterior(
  slices: ArrayLike<number>,
  image: PreparedImage,
  comparison: Comparison,
  points?: Int32Array,
): Float64Array {
  return scoresOf(slices, columnsOf(image, comparison), comparison, points);
}

/**
 * The marginal likelihood of one image, the definition (Punjani & Brubaker, Eq. 4). For direction j
 * and column c = (angle, shift), with X = Omega c d / sigma^2 and C2 = Omega c^2 / sigma^2 at turned
 * frequencies:
 *
 *     e_jc = (P_j . X_c - |P_j|^2 . C2_c / 2 - ||d||^2 / 2 - log det) / T
 *            + log w_j + log w_psi + log w_s
 *     -log p = -logsumexp(e),   q = softmax(e),   d(-log p)/dP_j = sum_c q (C2_c P_j - X_c) / T
 *
 * ||d||^2 is the image's power over sigma^2 in the unturned band, log det the noise's logDeterminant:
 * constants of the image. An outlier is one more entry of e, without a gradient.
 *
 * @param slices P, [J, n, 2]
 * @param points the points that are summed over, as in logPosterior(); all unless given
 */
export function marginalize(
  slices: ArrayLike<number>,
  image: PreparedImage,
  comparison: Comparison,
  points?: Int32Array,
): ImageMarginal {
  const { band, quadrature: { directions, shifts } } = comparison;
  const { temperature = 1, outlier = -Infinity } = comparison;
  const n = band.count, J = directions.count;
  const columns = columnsOf(image, comparison), { xs, c2s } = columns, count = xs.length;
  const e = scoresOf(slices, columns, comparison, points);
  let max = -Infinity, best = 0;
  e.forEach((value, at) => {
    if (value > max) (max = value, best = at);
  });
  let sum = 0;
  for (const value of e) sum += Math.exp(value - max);
  const logEvidence = max + Math.log(sum), logLikelihood = logAdd(logEvidence, outlier);

  const gradient = new Float64Array(2 * J * n), weight = new Float64Array(J * n);
  e.forEach((value, at) => {
    const point = points ? points[at] : at, j = Math.floor(point / count), c = point % count;
    const q = Math.exp(value - logLikelihood) / temperature;
    for (let i = 0; i < n; i++) {
      const at = j * n + i, w = q * c2s[c][i];
      weight[at] += w;
      gradient[2 * at] += w * slices[2 * at] - q * xs[c][2 * i];
      gradient[2 * at + 1] += w * slices[2 * at + 1] - q * xs[c][2 * i + 1];
    }
  });
  const point = points ? points[best] : best, column = point % count;
  return {
    logLikelihood,
    responsibility: Math.exp(logEvidence - logLikelihood),
    gradient,
    weight,
    best: {
      direction: Math.floor(point / count),
      angle: Math.floor(column / shifts.count),
      shift: column % shifts.count,
      probability: Math.exp(e[best] - logEvidence),
    },
  };
}
