import type { Band } from "../lib/band.ts";
import type { RefinedSizes } from "./levels.ts";

/**
 * Where the coefficients of a slice are as one of the eight poses sees it: pose (a, b), turned by
 * psi + a pi/2 at the b-th of an antipodal pair, is compared with the unturned image as P(m^b R^-a k).
 *
 * @returns i + 1, or -(i + 1) where it is conjugated, [b][a][n], and the inverse
 */
function viewsOf({ count, k }: Band): { views: Int32Array; viewsBack: Int32Array } {
  const places = new Map<string, number>();
  for (let i = 0; i < count; i++) places.set(`${k[2 * i]},${k[2 * i + 1]}`, i);
  const views = new Int32Array(8 * count), viewsBack = new Int32Array(8 * count);
  for (let pose = 0; pose < 8; pose++) {
    for (let i = 0; i < count; i++) {
      let x = k[2 * i], y = k[2 * i + 1];
      for (let a = 0; a < pose % 4; a++) [x, y] = [y, -x];
      if (pose >= 4) y = -y;
      const own = places.get(`${x},${y}`), from = own ?? places.get(`${-x},${-y}`)!;
      const sign = own === undefined ? -1 : 1;
      views[pose * count + i] = sign * (from + 1);
      viewsBack[pose * count + from] = sign * (i + 1);
    }
  }
  return { views, viewsBack };
}

/** What is in reach, as kernels/narrow.wgsl takes it, and where its parts are. */
function reachTable({ near: { first, direction, angles, shifts }, level, before }: RefinedSizes) {
  const coarse = before.quadrature.shifts.count, fine = level.quadrature.shifts.count;
  const starts: number[] = [0], nearby: number[] = [];
  for (let s = 0; s < coarse; s++) {
    for (let t = 0; t < fine; t++) if (shifts[s * fine + t]) nearby.push(t);
    starts.push(nearby.length);
  }
  const pairs = first.length, near = pairs + 3 * direction.length;
  const reach = new Uint32Array(near + starts.length + nearby.length);
  const bits = new Float32Array(reach.buffer);
  reach.set(first);
  direction.forEach((d, pair) => {
    reach[pairs + 3 * pair] = d;
    bits[pairs + 3 * pair + 1] = angles[2 * pair];
    bits[pairs + 3 * pair + 2] = angles[2 * pair + 1];
  });
  reach.set(starts, near);
  reach.set(nearby, near + starts.length);
  return { reach, pairs, near };
}

/**
 * What a refined level never changes.
 *
 * @param place among the refined levels
 */
export function refinedTables(s: RefinedSizes, place: number) {
  const { level: { band, quadrature }, before } = s, { directions, angles, shifts } = quadrature;
  const { reach, pairs, near } = reachTable(s);
  const turns: number[] = [];
  for (let h = 0; h < s.angles; h++) turns.push(Math.cos(angles[h]), Math.sin(angles[h]));
  turns.push(0, 0);
  for (const t of shifts.points) turns.push(2 * Math.PI * t / band.boxSize);
  const level = Uint32Array.of(
    directions.count,
    angles.length,
    shifts.count,
    before.quadrature.angles.length,
    before.quadrature.shifts.count,
    s.maskWords,
    s.angleWords,
    s.slots,
    s.points,
    pairs,
    near,
    new Uint32Array(Float32Array.of(before.tolerance).buffer)[0],
    place === 0 ? 1 : 0,
    ...[0, 0, 0],
  );
  return {
    tables: {
      ...viewsOf(band),
      k: Float32Array.from(band.k),
      turns: Float32Array.from(turns),
      logs: Float32Array.from([
        ...directions.weights.subarray(0, s.planes).map(Math.log),
        ...shifts.weights.map((w) => Math.log(w / angles.length)),
      ]),
      reach,
    },
    uniforms: { level },
  };
}
