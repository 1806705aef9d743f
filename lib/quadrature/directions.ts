import { multiply, type Rotation, rotationY, rotationZ } from "../rotation.ts";
import { LARGEST_DEGREE, lebedev, LEBEDEV_DEGREES, type SphereRule } from "./lebedev.ts";
import { spiral } from "./spiral.ts";

/** Viewing directions, each with the frame its slice is sampled in. */
export interface Directions {
  /** J, even. */
  readonly count: number;
  /** R_dir of each, [J, 3, 3]; the second half are the antipodes of the first, frame (a, -b, -c). */
  readonly frames: Float64Array;
  /** Weights, [J]; they sum to 1. */
  readonly weights: Float64Array;
  /** In words: "Lebedev rule of degree 65". */
  readonly description: string;
}

/** The rule for a band of radius r Fourier pixels: degree >= ceil(2 pi / atan(1/r)), all weights > 0. */
function ruleOf(radius: number): { rule: SphereRule; description: string } {
  const step = Math.atan(1 / radius), wanted = Math.ceil(2 * Math.PI / step);
  if (wanted > LARGEST_DEGREE) {
    const rule = spiral(Math.ceil((3.6 / step) ** 2));
    return { rule, description: `spiral of ${rule.weights.length} points` };
  }
  const { degree } = LEBEDEV_DEGREES.find((r) => r.positive && r.degree >= wanted)!;
  return { rule: lebedev(degree), description: `Lebedev rule of degree ${degree}` };
}

/** R_dir = Rz(phi) Ry(theta) Rz(-phi): takes z to the direction by the shortest way. */
function frameOf(x: number, y: number, z: number): Rotation {
  const phi = Math.atan2(y, x), theta = Math.atan2(Math.hypot(x, y), z);
  return multiply(multiply(rotationZ(phi), rotationY(theta)), rotationZ(-phi));
}

/** Upper half of an antipodal rule, each point next to its nearest free neighbour. */
function chained({ points, weights }: SphereRule): number[] {
  const free: number[] = [];
  for (let j = 0; j < weights.length; j++) {
    const [x, y, z] = points.subarray(3 * j, 3 * j + 3);
    if (z > 0 || (z === 0 && (y > 0 || (y === 0 && x > 0)))) free.push(j);
  }
  // the free points as a list, in order: next[i] comes after place i of `free`
  const next = Int32Array.from(free, (_, i) => i + 1), before = next.map((i) => i - 2);
  const at = new Float64Array(3 * free.length), order: number[] = [];
  free.forEach((j, i) => at.set(points.subarray(3 * j, 3 * j + 3), 3 * i));
  let first = 0, place = 0;
  while (order.length < free.length) {
    order.push(free[place]);
    if (place === first) first = next[place];
    else next[before[place]] = next[place];
    if (next[place] < free.length) before[next[place]] = before[place];
    const x = at[3 * place], y = at[3 * place + 1], z = at[3 * place + 2];
    let best = -1;
    for (let i = first; i < free.length; i = next[i]) {
      const cosine = Math.abs(x * at[3 * i] + y * at[3 * i + 1] + z * at[3 * i + 2]);
      if (cosine > best) (best = cosine, place = i);
    }
  }
  return order;
}

/** Directions of the last few radii: plans are made again and again. */
const made = new Map<number, Directions>(), MOST_MADE = 16;

/**
 * Directions whose sum is exact for a band of this radius, in antipodal pairs (j, j + J/2).
 *
 * The slice at -d holds the coefficients of the slice at d with ky turned: P_(-d)(kx, ky) =
 * P_d(kx, -ky), because frame(-d) = frame(d) diag(1, -1, -1). Neighbours on the sphere are neighbours
 * in the list, as far as a chain can have them so. The same object for the same radius: not to be changed.
 */
export function createDirections(radius: number): Directions {
  const known = made.get(radius);
  if (known) return known;
  const { rule, description } = ruleOf(radius);
  const order = chained(rule), half = order.length;
  const frames = new Float64Array(18 * half), weights = new Float64Array(2 * half);
  order.forEach((from, j) => {
    const [x, y, z] = rule.points.subarray(3 * from, 3 * from + 3);
    const frame = frameOf(x, y, z);
    frames.set(frame, 9 * j);
    frames.set(frame.map((v, i) => i % 3 === 0 ? v : -v), 9 * (j + half));
    weights[j] = weights[j + half] = rule.weights[from];
  });
  const directions = { count: 2 * half, frames, weights, description };
  made.set(radius, directions);
  if (made.size > MOST_MADE) made.delete(made.keys().next().value!);
  return directions;
}

/** Frames of the first half of directions, [J/2, 3, 3]; the others are their antipodes. */
export function upperHalf({ frames, count }: Directions): Float64Array {
  return frames.subarray(0, 9 * count / 2);
}
