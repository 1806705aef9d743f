import { multiply, type Rotation, rotationFromVector, transpose } from "../rotation.ts";
import { readSpectrum, type Spectrum } from "../spectrum.ts";
import { PARAMETERS, type Target } from "./target.ts";

/** A rigid motion, after a reflection z -> -z or none: a point p of the map goes to R p + shift. */
export interface Motion {
  /** R. */
  readonly rotation: Rotation;
  /** (x, y, z), px. */
  readonly shift: Float64Array;
  /** Whether z is reflected first. */
  readonly mirrored: boolean;
}

/** How a moved map compares with the target. */
export interface Comparison {
  /** How the map was moved. */
  readonly motion: Motion;
  /** FSC of the shells 0 .. S compared (FSC(0) = 1), [S + 1]. */
  readonly curve: Float64Array;
  /** Log-likelihood ratio of "related" over "unrelated", nats. */
  readonly evidence: number;
}

/** Keeps 1 - FSC^2 away from zero: beyond an FSC of 0.9995 the shells weigh alike. */
const FLOOR = 1e-3;

/** A step below this turns no voxel by more than 1e-5 of the box and shifts it by less than 1e-4 px. */
export const SMALL_TURN = 1e-5, SMALL_SHIFT = 1e-4;

/** The matrix that takes target frequencies to map frequencies: (R diag(1, 1, +-1))^T. */
export function frequencyMatrix({ rotation, mirrored }: Omit<Motion, "shift">): Rotation {
  const m = transpose(rotation);
  if (mirrored) { for (let j = 6; j < 9; j++) m[j] = -m[j]; }
  return m;
}

/** Scratch for a comparison, [n] each. */
export interface Moved {
  /** Re A. */
  readonly real: Float64Array;
  /** Im A. */
  readonly imaginary: Float64Array;
}

/**
 * Moves the map and correlates it with the target, shell by shell.
 *
 *     A(k) = exp(-2 pi i k.shift / N) F(M^T k),  evidence = -sum_s n_s ln(1 - FSC_s^2) over FSC_s > 0
 *
 * The evidence is the profile log-likelihood ratio of n_s pairs of complex Gaussian numbers with and
 * without a correlation: shells count by what they tell, and noise adds about a quarter nat a shell.
 *
 * @param shells S, at most the target's
 * @param moved receives A
 */
export function compare(
  spectrum: Spectrum,
  target: Target,
  motion: Motion,
  shells: number,
  moved: Moved,
): Comparison {
  const count = target.starts[shells + 1], { k } = target;
  const re = moved.real.subarray(0, count), im = moved.imaginary.subarray(0, count);
  readSpectrum(spectrum, k, frequencyMatrix(motion), re, im);
  const unit = -2 * Math.PI / target.boxSize;
  const [sx, sy, sz] = motion.shift;
  const curve = new Float64Array(shells + 1);
  curve[0] = 1;
  let evidence = 0;
  for (let s = 1; s <= shells; s++) {
    let power = 0, cross = 0;
    for (let i = target.starts[s]; i < target.starts[s + 1]; i++) {
      const phase = unit * (k[3 * i] * sx + k[3 * i + 1] * sy + k[3 * i + 2] * sz);
      const c = Math.cos(phase), d = Math.sin(phase);
      const a = re[i] * c - im[i] * d, b = re[i] * d + im[i] * c;
      re[i] = a, im[i] = b;
      power += a * a + b * b;
      cross += a * target.real[i] + b * target.imaginary[i];
    }
    const scale = Math.sqrt(power * target.power[s]);
    curve[s] = scale > 0 ? cross / scale : 0;
    if (curve[s] > 0) {
      const pairs = target.starts[s + 1] - target.starts[s];
      evidence -= pairs * Math.log(1 + FLOOR - curve[s] ** 2);
    }
  }
  return { motion, curve, evidence };
}

/** How the evidence changes with the target's own motion. */
export interface Slopes {
  /** g, [PARAMETERS]. */
  readonly gradient: Float64Array;
  /** H, [PARAMETERS, PARAMETERS]. */
  readonly hessian: Float64Array;
}

/**
 * Gradient and Gauss-Newton curvature of the evidence, the target being the one that moves.
 *
 *     g = sum_s w_s (sum_k Re(conj A dB) / sqrt(P_A P_B) - FSC_s sum_k Re(conj B dB) / P_B)
 *     H = sum_s w_s FSC_s / P_B sum_k Re(conj dB dB)
 *
 * with w_s = 2 n_s FSC_s / (1 - FSC_s^2), the slope of the evidence, and A = FSC sqrt(P_A / P_B) B + noise.
 */
export function slopes(target: Target, moved: Moved, { curve }: Comparison): Slopes {
  const gradient = new Float64Array(PARAMETERS);
  const hessian = new Float64Array(PARAMETERS ** 2);
  const n = target.real.length;
  for (let s = 1; s < curve.length; s++) {
    if (!(curve[s] > 0)) continue;
    const from = target.starts[s], to = target.starts[s + 1];
    let power = 0;
    for (let i = from; i < to; i++) {
      power += moved.real[i] * moved.real[i] + moved.imaginary[i] * moved.imaginary[i];
    }
    const weight = 2 * (to - from) * curve[s] / (1 + FLOOR - curve[s] ** 2);
    const gain = weight / Math.sqrt(power * target.power[s]);
    const bend = weight * curve[s] / target.power[s];
    for (let p = 0; p < PARAMETERS; p++) {
      let sum = 0;
      for (let i = from, j = p * n + from; i < to; i++, j++) {
        sum += moved.real[i] * target.slopeReal[j] + moved.imaginary[i] * target.slopeImaginary[j];
      }
      gradient[p] += gain * sum - bend * target.drift[s * PARAMETERS + p];
    }
    for (let j = 0; j < PARAMETERS ** 2; j++) {
      hessian[j] += bend * target.curvature[s * PARAMETERS ** 2 + j];
    }
  }
  return { gradient, hessian };
}

/** Solves (H + damping diag H) x = g for a positive definite H by Cholesky; undefined if it is not. */
export function solve(h: Float64Array, g: Float64Array, damping: number): Float64Array | undefined {
  const n = g.length, l = new Float64Array(n * n), x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = h[i * n + j] * (i === j ? 1 + damping : 1);
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (i === j && !(sum > 0)) return undefined;
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j];
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = g[i];
    for (let k = 0; k < i; k++) sum -= l[i * n + k] * x[k];
    x[i] = sum / l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i];
    for (let k = i + 1; k < n; k++) sum -= l[k * n + i] * x[k];
    x[i] = sum / l[i * n + i];
  }
  return x;
}

/** The motion followed by the inverse of the target's own motion (E, d): R' = E^T R, s' = E^T (s - d). */
function follow({ rotation, shift, mirrored }: Motion, step: Float64Array): Motion {
  const back = rotationFromVector(-step[0], -step[1], -step[2]);
  const moved = [0, 1, 2].map((i) => shift[i] - step[3 + i]);
  return {
    rotation: multiply(back, rotation),
    shift: Float64Array.from(
      [0, 1, 2],
      (i) => back[3 * i] * moved[0] + back[3 * i + 1] * moved[1] + back[3 * i + 2] * moved[2],
    ),
    mirrored,
  };
}

/**
 * Climbs to the nearest maximum of the evidence in the shells 1 to S: damped Gauss-Newton
 * (Levenberg-Marquardt), the increment taken on the target's side so that its slopes are computed once
 * (the inverse compositional form, Baker & Matthews, Int. J. Comput. Vis. 56, 221, 2004).
 */
export function refine(
  spectrum: Spectrum,
  target: Target,
  start: Motion,
  shells: number,
  { iterations = 15 }: { iterations?: number } = {},
): Comparison {
  const count = target.starts[shells + 1];
  let moved: Moved = { real: new Float64Array(count), imaginary: new Float64Array(count) };
  let tried: Moved = { real: new Float64Array(count), imaginary: new Float64Array(count) };
  let best = compare(spectrum, target, start, shells, moved);
  let damping = 0.01;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const { gradient, hessian } = slopes(target, moved, best);
    for (;;) {
      const step = solve(hessian, gradient, damping);
      if (!step) return best;
      const turn = Math.hypot(step[0], step[1], step[2]);
      const shift = Math.hypot(step[3], step[4], step[5]);
      const small = turn < SMALL_TURN && shift < SMALL_SHIFT;
      const next = compare(spectrum, target, follow(best.motion, step), shells, tried);
      if (next.evidence > best.evidence) {
        best = next;
        [moved, tried] = [tried, moved];
        damping = Math.max(damping / 10, 1e-6);
        if (small) return best;
        break;
      }
      if (small || damping > 1e3) return best;
      damping *= 10;
    }
  }
  return best;
}
