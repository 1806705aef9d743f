import type { Problem } from "../backend.ts";
import type { Band } from "../band.ts";
import { type CoarseLevel, createReach } from "../quadrature/cascade.ts";
import type { Shifts } from "../quadrature/shifts.ts";
import { type Layout, levelsOf } from "./layout.ts";
import { WORDS, workSpace } from "./refined_layout.ts";

/**
 * Where the coefficients of a slice go when it is seen by one of the eight poses: pose (a, b), turned by
 * psi + a pi/2 at the b-th of an antipodal pair, is compared with the unturned image as P(m^b R^-a k).
 *
 * @returns [b = 0, 1][a = 0 .. 3][n] of (byte offset of the source, sign of im)
 */
function permutations({ count, k }: Band): ArrayBuffer {
  const places = new Map<string, number>();
  for (let i = 0; i < count; i++) places.set(`${k[2 * i]},${k[2 * i + 1]}`, i);
  const buffer = new ArrayBuffer(8 * 8 * count);
  const rows = new Int32Array(buffer), signs = new Float32Array(buffer);
  for (let pose = 0; pose < 8; pose++) {
    for (let i = 0; i < count; i++) {
      let x = k[2 * i], y = k[2 * i + 1];
      for (let a = 0; a < pose % 4; a++) [x, y] = [y, -x];
      if (pose >= 4) y = -y;
      const own = places.get(`${x},${y}`);
      const at = 2 * (pose * count + i);
      rows[at] = 4 * (own ?? places.get(`${-x},${-y}`)!);
      signs[at + 1] = own === undefined ? -1 : 1;
    }
  }
  return buffer;
}

/** cos, sin of 2 pi k t / N at turned frequencies, [quarter][edge][2][padded], t along x or y. */
function phases(
  { k, count, boxSize }: Band,
  angles: ArrayLike<number>,
  lines: readonly number[],
  padded: number,
  axis: "x" | "y",
): Float32Array {
  const quarters = angles.length / 4, out = new Float32Array(quarters * lines.length * 2 * padded);
  for (let h = 0; h < quarters; h++) {
    const c = Math.cos(angles[h]), s = Math.sin(angles[h]);
    lines.forEach((t, l) => {
      const at = (h * lines.length + l) * 2 * padded;
      for (let i = 0; i < count; i++) {
        const x = k[2 * i], y = k[2 * i + 1];
        const angle = 2 * Math.PI / boxSize * t * (axis === "x" ? c * x - s * y : s * x + c * y);
        out[at + i] = Math.cos(angle);
        out[at + padded + i] = Math.sin(angle);
      }
    });
  }
  return out;
}

/** The distinct places of shifts along an axis, ascending. */
function linesOf({ points }: Shifts): number[] {
  return [...new Set(points.filter((_, i) => i % 2 === 0))].sort((a, b) => a - b);
}

/** Bits of the fine shifts near each coarse one, [S coarse][words]. */
function shiftBits(near: Uint8Array, coarse: number, fine: number, words: number): Uint32Array {
  const bits = new Uint32Array(coarse * words);
  for (let s = 0; s < coarse; s++) {
    for (let t = 0; t < fine; t++) {
      if (near[s * fine + t]) bits[s * words + (t >> 5)] |= 1 << (t & 31);
    }
  }
  return bits;
}

/** Tables of a level that is refined from the one before. */
export function fillRefined(
  { before, definition: { band, quadrature }, level }: {
    before: CoarseLevel;
    definition: Pick<Problem, "band" | "quadrature">;
    /** Its place among the levels. */
    level: number;
  },
  layout: Layout,
  memory: WebAssembly.Memory,
): void {
  const { sizes: shared, at: place } = layout, levels = levelsOf(layout);
  const { sizes: s, at } = levels[level], refined = s.refined!;
  const put = (to: number, values: ArrayLike<number>) =>
    new Float32Array(memory.buffer, to, values.length).set(values);
  const putWhole = (to: number, values: ArrayLike<number>) =>
    new Int32Array(memory.buffer, to, values.length).set(values);
  const reach = createReach(before, quadrature);
  putWhole(at.permutations, new Int32Array(permutations(band)));
  putWhole(at.reachFirst, reach.first);
  putWhole(at.reachDirections, reach.direction);
  new Float64Array(memory.buffer, at.reachAngles, reach.angles.length).set(reach.angles);
  putWhole(
    at.reachShifts,
    shiftBits(reach.shifts, refined.coarseShifts, s.shifts, refined.words),
  );
  const lines = linesOf(quadrature.shifts);
  putWhole(at.shiftPlaces, Array.from(quadrature.shifts.points, (t) => lines.indexOf(t)));
  if (s.shifts > 1) {
    const { angles } = quadrature, padded = s.paddedCoefficients;
    put(at.phasesX, phases(band, angles, lines, padded, "x"));
    put(at.phasesY, phases(band, angles, lines, padded, "y"));
  }

  // beyond n nothing is compared
  put(at.noise, new Float32Array(s.paddedCoefficients));

  const { bytes, offsets } = workSpace(levels.map(({ sizes }) => sizes)), own = offsets[level]!;
  const words: Record<(typeof WORDS)[number], number> = {
    coefficients: s.coefficients,
    paddedCoefficients: s.paddedCoefficients,
    planes: s.planes,
    quarterAngles: s.quarterAngles,
    shifts: s.shifts,
    words: refined.words,
    edge: refined.edge,
    slots: refined.slots,
    points: refined.points,
    coarseAngles: refined.coarseAngles,
    pitch: shared.pitch,
    half: shared.half,
    polynomials: place.polynomials,
    slices: at.rows,
    directionLog: at.directionLog,
    columnLog: at.columnLog,
    kx: at.kx,
    ky: at.ky,
    angles: at.angles,
    permutations: at.permutations,
    reachFirst: at.reachFirst,
    reachDirections: at.reachDirections,
    reachAngles: at.reachAngles,
    reachShifts: at.reachShifts,
    shiftPlaces: at.shiftPlaces,
    phasesX: at.phasesX,
    phasesY: at.phasesY,
    noise: at.noise,
    columnsAt: own.columns,
    turnedAt: own.turned,
    slotsAt: own.slots,
    directionsAt: own.directions,
    bitsAt: own.bits,
    scoresAt: own.scores,
    placesAt: own.places,
    pointShiftsAt: own.pointShifts,
    vectorsAt: own.vectors,
    maskAt: own.mask,
  };
  putWhole(at.table, WORDS.map((name) => words[name]));
  for (let thread = 0; thread < shared.threads; thread++) {
    const work = place.work + bytes * thread;
    new Int32Array(memory.buffer, work + own.slots, 2 * s.planes).fill(-1);
    new Int32Array(memory.buffer, work + own.turned, 8 * s.quarterAngles).fill(0);
  }
}
