// Which points of a posterior are refined; see keptPoints() in ../../quadrature/cascade.ts.
import { exp } from "./simd";
import { scratch } from "./scratch";
import {
  COUNTS, directionsAt, DROPPED, KEPT, MASSES, placesAt, planeCount, POINTS, pointShiftsAt,
  quarterCount, scoresAt, shiftCount,
} from "./level";

/** Nats below the best that are looked into, and steps of a nat: as in ../../quadrature/cascade.ts. */
const DEPTH: f32 = 25;
const STEPS: f32 = 4;
const BINS: i32 = 100;

// @ts-ignore: decorator
@inline
function clear(work: usize): void {
  memory.fill(work + MASSES, 0, <usize>BINS * 12);
}

// @ts-ignore: decorator
@inline
function count(work: usize, depth: f32, q: f32): void {
  const bin = <usize><i32>(depth * STEPS);
  const mass = work + MASSES + (bin << 3), number = work + COUNTS + (bin << 2);
  store<f64>(mass, load<f64>(mass) + <f64>q);
  store<i32>(number, load<i32>(number) + 1);
}

/** Adds four scores to the histogram. */
// @ts-ignore: decorator
@inline
function countFour(work: usize, scores: v128, top: v128): void {
  const depth = f32x4.sub(top, scores);
  if (!v128.any_true(f32x4.lt(depth, f32x4.splat(DEPTH)))) return;
  const q = exp(f32x4.neg(depth));
  v128.store(scratch(0), depth), v128.store(scratch(0), q, 16);
  for (let i: usize = 0; i < 16; i += 4) {
    const d = load<f32>(scratch(i));
    if (d < DEPTH) count(work, d, load<f32>(scratch(i), 16));
  }
}

/** Bins to keep, and what their points hold; the share that is dropped goes to the work space. */
// @ts-ignore: decorator
@inline
function binsToKeep(work: usize, tolerance: f64, most: i32): i32 {
  let all: f64 = 0;
  for (let b: usize = 0; b < <usize>BINS; b++) all += load<f64>(work + MASSES + (b << 3));
  let held = load<f64>(work + MASSES), within = load<i32>(work + COUNTS), bins = 1;
  while (bins < BINS && held < (1 - tolerance) * all) {
    const next = load<i32>(work + COUNTS + (<usize>bins << 2));
    if (within + next > most) break;
    held += load<f64>(work + MASSES + (<usize>bins << 3));
    within += next;
    bins++;
  }
  // within a quarter of a nat points weigh about the same
  const part: f64 = within > most ? <f64>most / <f64>within : 1;
  store<f64>(work + DROPPED, max<f64>(0, 1 - held * part / all));
  return bins;
}

// @ts-ignore: decorator
@inline
function keep(work: usize, kept: i32, direction: i32, angle: i32, shift: i32, depth: f32): void {
  const at = work + KEPT + (<usize>kept << 4);
  store<i32>(at, direction), store<i32>(at, angle, 4), store<i32>(at, shift, 8);
  store<f32>(at, depth, 12);
}

/** Nats below the best down to which points of the last selection are kept, if no more than `most` may be. */
export function depthToKeep(work: usize, tolerance: f64, most: i32): f32 {
  return <f32>binsToKeep(work, tolerance, most) / STEPS;
}

/**
 * Kept points of one image of the first level, whose scores are [panels][8 poses][columns][8 lanes], as
 * scores.ts leaves them; its columns begin at `first`. Points that differ in the shift only follow one
 * another. panelMax: the image's best score in each panel, `stride` bytes apart.
 */
export function selectScores(
  work: usize, scores: usize, panelBytes: usize, plane: usize, first: i32, panels: i32,
  panelMax: usize, stride: usize, planes: i32, quarters: i32, shifts: i32,
  top: f32, tolerance: f64, most: i32,
): i32 {
  clear(work);
  const tops = f32x4.splat(top), bytes = <usize>(quarters * shifts) << 5;
  for (let p = 0; p < panels; p++) {
    if (top - load<f32>(panelMax + <usize>p * stride) >= DEPTH) continue;
    const panel = scores + <usize>p * panelBytes + (<usize>first << 5);
    for (let pose: usize = 0; pose < 8; pose++) {
      const from = panel + pose * plane;
      for (let at = from; at < from + bytes; at += 16) countFour(work, v128.load(at), tops);
    }
  }
  const bins = binsToKeep(work, tolerance, most), depth = <f32>bins / STEPS;
  const least = f32x4.splat(depth), block = <usize>shifts << 5;
  let kept = 0;
  for (let p = 0; p < panels; p++) {
    if (top - load<f32>(panelMax + <usize>p * stride) >= depth) continue;
    const panel = scores + <usize>p * panelBytes + (<usize>first << 5);
    for (let pose = 0; pose < 8; pose++) {
      // quarter turns of the poses: 0 2 1 3
      const turn = (pose & 1) << 1 | (pose >> 1 & 1), mirror = pose >> 2;
      let at = panel + <usize>pose * plane;
      for (let h = 0; h < quarters; h++, at += block) {
        let any = i32x4.splat(0);
        for (let v = at; v < at + block; v += 16) {
          any = v128.or(any, f32x4.lt(f32x4.sub(tops, v128.load(v)), least));
        }
        if (!v128.any_true(any)) continue;
        for (let lane = 0; lane < 8; lane++) {
          for (let s = 0; s < shifts; s++) {
            const score = load<f32>(at + (<usize>s << 5) + (<usize>lane << 2));
            if (!(top - score < depth)) continue;
            if (kept == most) return kept;
            keep(
              work, kept++, 8 * p + lane + mirror * planes, turn * quarters + h, s, top - score,
            );
          }
        }
      }
    }
  }
  return kept;
}

/** Kept points among those evaluated of a refined level. */
export function selectPoints(level: usize, work: usize, top: f32, tolerance: f64, most: i32): i32 {
  clear(work);
  const points = load<i32>(work + POINTS), scores = work + scoresAt(level);
  for (let i = 0; i < points; i++) {
    const depth = top - load<f32>(scores + (<usize>i << 2));
    if (depth < DEPTH) {
      count(work, depth, f32x4.extract_lane(exp(f32x4.splat(-depth)), 0));
    }
  }
  const bins = binsToKeep(work, tolerance, most), depth = <f32>bins / STEPS;
  const angles = 4 * quarterCount(level);
  let kept = 0;
  for (let i = 0; i < points && kept < most; i++) {
    const at = <usize>i << 2;
    const below = top - load<f32>(scores + at);
    if (!(below < depth)) continue;
    const place = load<i32>(work + placesAt(level) + at);
    const direction = load<i32>(work + directionsAt(level) + (<usize>(place / angles) << 2));
    keep(
      work, kept++, direction, place % angles, load<i32>(work + pointShiftsAt(level) + at), below,
    );
  }
  return kept;
}
