import type { Motion } from "../align/refine.ts";
import { angleBetween, multiply, type Rotation, transpose } from "../rotation.ts";
import type { PointGroup } from "./groups.ts";

/** Where a group's axes lie in a map. */
export interface Frame {
  /** Q: what lies at p in the group's standard orientation lies at Q p + centre in the map. */
  readonly rotation: Rotation;
  /** c, where the axes meet, (x, y, z) from the map's origin, px. */
  readonly centre: Float64Array;
}

/** R p, [3]. */
export function turned(r: ArrayLike<number>, p: ArrayLike<number>): Float64Array {
  return Float64Array.from(
    [0, 3, 6],
    (row) => r[row] * p[0] + r[row + 1] * p[1] + r[row + 2] * p[2],
  );
}

/** The motion that a group's element g is in a map: about its centre, R = Q g Q^T. */
export function motionOf({ rotation, centre }: Frame, element: Rotation): Motion {
  const r = multiply(multiply(rotation, element), transpose(rotation)), away = turned(r, centre);
  return { rotation: r, shift: centre.map((c, i) => c - away[i]), mirrored: false };
}

/** Whether a group has one axis only. */
export function isCyclic({ name }: PointGroup): boolean {
  return name.startsWith("C");
}

/** The rotation by the least angle that takes z to a unit vector. */
export function fromZ([x, y, z]: Iterable<number>): Rotation {
  if (z < -1 + 1e-12) return Float64Array.of(1, 0, 0, 0, -1, 0, 0, 0, -1);
  const h = 1 / (1 + z);
  return Float64Array.of(1 - h * x * x, -h * x * y, x, -h * x * y, 1 - h * y * y, y, -x, -y, z);
}

/** The angle, rad, by which the axes of two frames differ, whichever setting each is in. */
export function frameDistance(group: PointGroup, a: Rotation, b: Rotation): number {
  if (isCyclic(group)) {
    return Math.acos(Math.min(1, Math.abs(a[2] * b[2] + a[5] * b[5] + a[8] * b[8])));
  }
  return Math.min(...group.settings.map((m) => angleBetween(multiply(a, m), b)));
}

/** The same axes in the setting that turns the map least. */
export function nearestSetting(group: PointGroup, { rotation, centre }: Frame): Frame {
  if (isCyclic(group)) {
    const up = rotation[8] < 0 ? -1 : 1;
    return { rotation: fromZ([2, 5, 8].map((i) => up * rotation[i])), centre };
  }
  const angleOf = (r: Rotation) => Math.acos(Math.min(1, (r[0] + r[4] + r[8] - 1) / 2));
  const all = group.settings.map((m) => multiply(rotation, m));
  return { rotation: all.reduce((p, q) => angleOf(q) < angleOf(p) ? q : p), centre };
}
