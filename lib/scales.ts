import { logAdd } from "./log_add.ts";
import type { ParticleStack } from "./particles.ts";
import type { ScaleEvidence } from "./scale_evidence.ts";

/** How strongly each image of a set shows the particle: image_i = a_i CTF_i P V + noise. */
export interface Scales {
  /** a_i, by which the scale of the image's CTF is multiplied, [K]; 1 for outliers. */
  readonly values: Float32Array;
  /** Standard deviation of log a over the images that are no outliers, as the set is estimated to have. */
  readonly spread: number;
}

/** What evidence says of a set. */
export interface ScaleEstimate extends Scales {
  /** log p of all images with such scales over that with one scale for all, the best, nats. */
  readonly gain: number;
}

/** Multiples that estimateScales() wants evidence at. */
export const MULTIPLES = [0.5, 1, 2];

/** Grid of log a relative to the present scale: 1/5 to 3, in steps of 5 %. */
const STEP = 0.05, LOWEST = -32, HIGHEST = 22;
const GRID = Float64Array.from({ length: HIGHEST - LOWEST + 1 }, (_, j) => STEP * (LOWEST + j));
/** Spread at which the search for the set's begins, and below which the grid does not tell it from 0. */
const FIRST_SPREAD = 0.3, LEAST_SPREAD = STEP / 2;
/** Responsibility from which an image is given a scale of its own. */
const CERTAIN = 0.95;
/** Steps of the search, and the change of the spread that ends it. */
const STEPS = 50, SETTLED = 1e-3;

/** The parabola through three points, and whether it has a maximum. */
function parabola(x: readonly number[], y: readonly number[]) {
  const first = (y[1] - y[0]) / (x[1] - x[0]);
  const second = ((y[2] - y[1]) / (x[2] - x[1]) - first) / (x[2] - x[0]);
  const at = (to: number) => y[0] + (to - x[0]) * (first + (to - x[1]) * second);
  return { at, bounded: second < 0 };
}

/**
 * log p(d_i | m V) on the grid, [images][grid]. Of a particle in a known pose it is a parabola in m, not in
 * log m; at m = 0 it needs no map. So one parabola through 0, 1/2, 1 up to 1/2, one through 1/2, 1, 2
 * from there on. Where that has no maximum (the pose is found only at large m) it is not followed beyond
 * 2: what is left there is the set's say.
 */
function interpolate({ logLikelihood: [half, one, two], nothing }: ScaleEvidence): Float64Array[] {
  return Array.from(nothing, (zero, i) => {
    const low = parabola([0, 0.5, 1], [zero, half[i], one[i]]);
    const high = parabola([0.5, 1, 2], [half[i], one[i], two[i]]);
    return GRID.map((x) => {
      const m = Math.exp(x);
      return m < 0.5 ? low.at(m) : m < 2 || high.bounded ? high.at(m) : two[i];
    });
  });
}

/**
 * Under a normal distribution of log a: what each image says, and all together.
 *
 * @param odds log of the odds of an outlier over those that the evidence was made with
 */
function posterior(
  logs: readonly Float64Array[],
  { outlier }: ScaleEvidence,
  present: Float64Array,
  { mean, spread, odds }: { mean: number; spread: number; odds: number },
) {
  const first = new Float64Array(logs.length), second = new Float64Array(logs.length);
  const responsibility = new Float64Array(logs.length), q = new Float64Array(GRID.length);
  let total = 0;
  logs.forEach((log, i) => {
    let top = -Infinity, weight = 0, sum = 0, one = 0, two = 0;
    GRID.forEach((x, j) =>
      top = Math.max(top, q[j] = -(((present[i] + x - mean) / spread) ** 2) / 2)
    );
    for (let j = 0; j < q.length; j++) weight += Math.exp(q[j] - top);
    const norm = top + Math.log(weight);
    top = -Infinity;
    for (let j = 0; j < q.length; j++) top = Math.max(top, q[j] += log[j] - norm);
    for (let j = 0; j < q.length; j++) {
      const p = Math.exp(q[j] - top), x = present[i] + GRID[j];
      sum += p, one += p * x, two += p * x * x;
    }
    const evidence = top + Math.log(sum);
    first[i] = one / sum;
    second[i] = two / sum;
    responsibility[i] = Math.exp(evidence - logAdd(evidence, outlier[i] + odds));
    total += logAdd(evidence, outlier[i]);
  });
  return { first, second, responsibility, total };
}

/** log p of all images with one scale, the best on the grid. */
function withOneScale(
  logs: readonly Float64Array[],
  { outlier }: ScaleEvidence,
  present: Float64Array,
): number {
  let best = -Infinity;
  for (const mean of GRID) {
    const total = logs.reduce((sum, log, i) => {
      const at = (mean - present[i]) / STEP - LOWEST, j = Math.round(at);
      return sum + logAdd(log[Math.min(GRID.length - 1, Math.max(0, j))], outlier[i]);
    }, 0);
    best = Math.max(best, total);
  }
  return best;
}

/**
 * Scales of images by empirical Bayes: log a_i is normal over the set, its mean and variance and the share
 * of outliers the likeliest (by expectation maximisation, an image counting by its responsibility: a weak
 * particle may be told from no particle only once its scale is summed over), and an image's own estimate
 * the mean of its posterior. Images with a responsibility below 0.95 keep 1: of those that a small scale
 * alone would make particles, more are junk. The mean of log a over the others is 0: a scale of all belongs
 * to the map.
 *
 * @param evidence at MULTIPLES of the present scales
 * @param present a_i so far, [images]; default 1
 */
export function estimateScales(
  evidence: ScaleEvidence,
  present?: ArrayLike<number>,
): ScaleEstimate {
  const logs = interpolate(evidence), count = logs.length;
  const start = Float64Array.from({ length: count }, (_, i) => present ? Math.log(present[i]) : 0);
  const logit = (share: number) => Math.log(share / (1 - share));
  let mean = 0, spread = FIRST_SPREAD, odds = 0;
  let found = posterior(logs, evidence, start, { mean, spread, odds });
  for (let step = 0; step < STEPS; step++) {
    const { first, second, responsibility } = found;
    const weight = responsibility.reduce((sum, r) => sum + r, 0);
    if (!(weight > 1)) break; // outliers all of them
    const of = (values: Float64Array) =>
      values.reduce((sum, v, i) => sum + responsibility[i] * v, 0) / weight;
    const before = spread;
    mean = of(first);
    spread = Math.max(LEAST_SPREAD, Math.sqrt(Math.max(0, of(second) - mean * mean)));
    if (evidence.outlierShare > 0) {
      odds = logit(Math.max(1, count - weight) / (count + 1)) - logit(evidence.outlierShare);
    }
    found = posterior(logs, evidence, start, { mean, spread, odds });
    if (Math.abs(spread - before) < SETTLED) break;
  }
  const { first, responsibility, total } = found,
    certain = (i: number) => responsibility[i] >= CERTAIN;
  const kept = first.filter((_, i) => certain(i));
  const centre = kept.reduce((sum, x) => sum + x, 0) / Math.max(1, kept.length);
  return {
    values: Float32Array.from(first, (x, i) => certain(i) ? Math.exp(x - centre) : 1),
    spread: spread > LEAST_SPREAD ? spread : 0,
    gain: Math.max(0, total - withOneScale(logs, evidence, start)),
  };
}

/** The same images, the scales of their CTFs multiplied. */
export function scaled(particles: ParticleStack, { values }: Scales): ParticleStack {
  const { count, boxSize, pixelSize, inverted } = particles;
  return {
    count,
    boxSize,
    pixelSize,
    ...inverted && { inverted },
    ctf(i) {
      const ctf = particles.ctf(i);
      return { ...ctf, scale: ctf.scale * values[i] };
    },
    read: (indices) => particles.read(indices),
  };
}
