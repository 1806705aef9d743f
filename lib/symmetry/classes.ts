import { angleBetween, multiply, type Rotation, transpose } from "../rotation.ts";
import type { PointGroup } from "./groups.ts";

/** One of a rotation and its inverse. */
export interface GroupElement {
  /** g, in the standard orientation. */
  readonly rotation: Rotation;
  /** Its axis there, unit length. */
  readonly axis: Float64Array;
}

/**
 * Rotations of a group that the group itself turns into one another, h g h^-1, and their inverses: what
 * holds of one in a molecule holds of all.
 */
export interface ElementClass {
  /** By which they turn, rad, 0 < angle <= pi. */
  readonly angle: number;
  /** One of each rotation and its inverse. */
  readonly elements: readonly GroupElement[];
  /** Rotations in all. */
  readonly count: number;
}

/** The unit axis and the angle, rad, of a rotation that is not the identity, 0 < angle <= pi. */
function axisAngle(r: Rotation): { axis: Float64Array; angle: number } {
  const sine = [r[7] - r[5], r[2] - r[6], r[3] - r[1]];
  const size = Math.hypot(...sine), angle = Math.atan2(size, r[0] + r[4] + r[8] - 1);
  if (size > 1e-6) return { axis: Float64Array.from(sine, (s) => s / size), angle };
  // R + 1 = 2 a a^T: its longest column.
  const [a, b, c] = [0, 1, 2].map((j) =>
    Float64Array.from([0, 1, 2], (i) => r[3 * i + j] + (i === j ? 1 : 0))
  );
  const longest = [a, b, c].reduce((p, q) => Math.hypot(...p) > Math.hypot(...q) ? p : q);
  const length = Math.hypot(...longest);
  return { axis: longest.map((v) => v / length), angle };
}

/** The classes of a group without its identity, the smallest angles first. */
export function classesOf({ elements }: PointGroup): ElementClass[] {
  const same = (a: Rotation, b: Rotation) => angleBetween(a, b) < 1e-6;
  const classes: Rotation[][] = [];
  for (const g of elements.slice(1)) {
    if (classes.some((known) => known.some((r) => same(r, g)))) continue;
    const members: Rotation[] = [];
    for (const h of elements) {
      const conjugate = multiply(multiply(h, g), transpose(h));
      for (const r of [conjugate, transpose(conjugate)]) {
        if (!members.some((known) => same(known, r))) members.push(r);
      }
    }
    classes.push(members);
  }
  return classes.map((members) => {
    const half: Rotation[] = [];
    for (const r of members) {
      if (!half.some((known) => same(known, transpose(r)))) half.push(r);
    }
    return {
      // to nine digits, so that classes of one angle say so
      angle: Number(axisAngle(half[0]).angle.toFixed(9)),
      elements: half.map((rotation) => ({ rotation, axis: axisAngle(rotation).axis })),
      count: members.length,
    };
  }).sort((a, b) => a.angle - b.angle);
}
