import { compare, type Moved, slopes, SMALL_SHIFT, SMALL_TURN, solve } from "../align/refine.ts";
import { PARAMETERS, type Target } from "../align/target.ts";
import { multiply, type Rotation, rotationFromVector } from "../rotation.ts";
import type { Spectrum } from "../spectrum.ts";
import { type Frame, motionOf, turned } from "./frame.ts";

/** A frame and how well a map agrees with its copies under it. */
export interface RefinedFrame {
  readonly frame: Frame;
  /** Sum over the elements of the log-likelihood ratios of "related" over "unrelated", nats. */
  readonly evidence: number;
  /** Mean FSC of the map with its copies, shells 0 .. S, [S + 1]. */
  readonly curve: Float64Array;
}

/** A frame moved by a rotation vector (rad) and a shift (px) about the origin. */
function follow({ rotation, centre }: Frame, [x, y, z, ...shift]: Float64Array): Frame {
  const turn = rotationFromVector(x, y, z);
  return {
    rotation: multiply(turn, rotation),
    centre: turned(turn, centre).map((c, i) => c + shift[i]),
  };
}

/**
 * How the motion step of one element follows from that of the frame, J = Ad_h - 1, [6, 6].
 *
 * A frame moved by e = (w, d) has h' = e h e^-1 = (e h e^-1 h^-1) h; to first order that is h after the
 * motion (1 - Ad_h)(w, d), with Ad_h (w, d) = (R w, R d + s x R w). The target's own motion is its
 * inverse.
 */
function chain(rotation: Rotation, shift: ArrayLike<number>): Float64Array {
  const j = new Float64Array(PARAMETERS ** 2), [x, y, z] = Array.from(shift);
  const cross = multiply([0, -z, y, z, 0, -x, -y, x, 0], rotation);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      const r = rotation[3 * row + column] - (row === column ? 1 : 0);
      j[PARAMETERS * row + column] = j[PARAMETERS * (row + 3) + column + 3] = r;
      j[PARAMETERS * (row + 3) + column] = cross[3 * row + column];
    }
  }
  return j;
}

/** H += J^T h J and G += J^T g. */
function accumulate(
  hessian: Float64Array,
  gradient: Float64Array,
  j: Float64Array,
  { hessian: h, gradient: g }: { hessian: Float64Array; gradient: Float64Array },
): void {
  const n = PARAMETERS, hj = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      for (let c = 0; c < n; c++) hj[a * n + b] += h[a * n + c] * j[c * n + b];
    }
  }
  for (let a = 0; a < n; a++) {
    for (let c = 0; c < n; c++) {
      gradient[a] += j[c * n + a] * g[c];
      for (let b = 0; b < n; b++) hessian[a * n + b] += j[c * n + a] * hj[c * n + b];
    }
  }
}

/** Share of the mean curvature added to each, so that what turns no element, the axis of Cn, stays. */
const RIDGE = 1e-6;

function addRidge(hessian: Float64Array): void {
  for (const first of [0, 3]) {
    const at = [0, 1, 2].map((i) => (first + i) * (PARAMETERS + 1));
    const ridge = RIDGE * at.reduce((sum, i) => sum + hessian[i], 0);
    for (const i of at) hessian[i] += ridge;
  }
}

/**
 * Moves a frame to the nearest maximum of the evidence that a map is the same after every element, in
 * the shells 1 to S: the damped Gauss-Newton steps of refine() in lib/align, all elements sharing the
 * frame's rotation and centre.
 *
 * @param spectrum of the map
 * @param target of the same map
 * @param elements in the standard orientation, none the identity
 */
export function refineFrame(
  spectrum: Spectrum,
  target: Target,
  elements: readonly Rotation[],
  start: Frame,
  shells: number,
  { iterations = 15 }: { iterations?: number } = {},
): RefinedFrame {
  const count = target.starts[shells + 1];
  const moved: Moved = { real: new Float64Array(count), imaginary: new Float64Array(count) };

  const look = (frame: Frame) => {
    const hessian = new Float64Array(PARAMETERS ** 2), gradient = new Float64Array(PARAMETERS);
    const curve = new Float64Array(shells + 1);
    let evidence = 0;
    for (const element of elements) {
      const motion = motionOf(frame, element);
      const one = compare(spectrum, target, motion, shells, moved);
      evidence += one.evidence;
      one.curve.forEach((c, s) => curve[s] += c / elements.length);
      accumulate(
        hessian,
        gradient,
        chain(motion.rotation, motion.shift),
        slopes(target, moved, one),
      );
    }
    addRidge(hessian);
    return { frame, evidence, curve, hessian, gradient };
  };

  let best = look(start), damping = 0.01;
  for (let iteration = 0; iteration < iterations;) {
    const step = solve(best.hessian, best.gradient, damping);
    if (!step) break;
    const turn = Math.hypot(step[0], step[1], step[2]);
    const small = turn < SMALL_TURN && Math.hypot(step[3], step[4], step[5]) < SMALL_SHIFT;
    const next = look(follow(best.frame, step));
    if (next.evidence > best.evidence) {
      best = next;
      damping = Math.max(damping / 10, 1e-6);
      iteration++;
      if (small) break;
    } else {
      if (small || damping > 1e3) break;
      damping *= 10;
    }
  }
  const { frame, evidence, curve } = best;
  return { frame, evidence, curve };
}
