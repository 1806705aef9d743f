// An image's share of the gradient at a refined level.
import { fma } from "./simd";
import { columnOf, poseColumnOf } from "./column";
import { addPhase, addShifted, GRADIENT, SUMS, unpermute } from "./shifted";
import {
  coefficientCount, directionsAt, paddedCount, permutations, phasesX, phasesY, placesAt, planeCount,
  POINTS, pointShiftsAt, quarterCount, scoresAt, shiftCount, shiftEdge, shiftPlaces, vectorsAt,
} from "./level";

/** target[3][padded] += q column for the points from..to of a slot with one shift. */
// @ts-ignore: decorator
@inline
function gatherCentred(
  level: usize, work: usize, patch: usize, parameters: usize, scale: f64, negligible: f32,
  mirror: i32, from: i32, to: i32, target: usize,
): void {
  const span = <usize>paddedCount(level) << 2, quarters = quarterCount(level);
  for (let i = from; i < to; i++) {
    const mass = load<f32>(work + scoresAt(level) + (<usize>i << 2));
    if (mass < negligible) continue;
    const angle = load<i32>(work + placesAt(level) + (<usize>i << 2)) % (4 * quarters);
    const pose = 4 * mirror + angle / quarters, q = f32x4.splat(<f32>(scale * <f64>mass));
    const column = poseColumnOf(level, work, patch, parameters, pose, angle % quarters);
    for (let at: usize = 0; at < 3 * span; at += 16) {
      v128.store(target + at, fma(q, v128.load(column + at), v128.load(target + at)));
    }
  }
}

/** The same with several shifts: those of one angle are added up first. */
// @ts-ignore: decorator
@inline
function gatherShifted(
  level: usize, work: usize, patch: usize, parameters: usize, scale: f64, negligible: f32,
  mirror: i32, from: i32, to: i32, target: usize,
): void {
  const n = coefficientCount(level), span = <usize>paddedCount(level) << 2;
  const quarters = quarterCount(level), edge = shiftEdge(level), angles = 4 * quarters;
  const vectors = work + vectorsAt(level);
  const sums = vectors + SUMS * span, gradient = vectors + GRADIENT * span;
  for (let i = from; i < to;) {
    const turn = load<i32>(work + placesAt(level) + (<usize>i << 2)) % angles / quarters;
    memory.fill(gradient, 0, 3 * span);
    let any = false;
    while (i < to) {
      const place = load<i32>(work + placesAt(level) + (<usize>i << 2)), angle = place % angles;
      if (angle / quarters != turn) break;
      const h = angle % quarters;
      let own: f32 = 0, first = true;
      for (; i < to && load<i32>(work + placesAt(level) + (<usize>i << 2)) == place; i++) {
        const mass = load<f32>(work + scoresAt(level) + (<usize>i << 2));
        if (mass < negligible) continue;
        if (first) {
          first = false;
          memory.fill(sums, 0, 2 * span);
        }
        const q = <f32>(scale * <f64>mass);
        own += q;
        const s = <usize>load<i32>(work + pointShiftsAt(level) + (<usize>i << 2)) << 3;
        const x = phasesX(level) +
          <usize>(h * edge + load<i32>(shiftPlaces(level) + s)) * 2 * span;
        const y = phasesY(level) +
          <usize>(h * edge + load<i32>(shiftPlaces(level) + s, 4)) * 2 * span;
        addPhase(sums, f32x4.splat(q), x, y, span);
      }
      if (own == 0) continue;
      any = true;
      addShifted(gradient, columnOf(level, work, patch, parameters, <usize>h), sums, own, span);
    }
    if (!any) continue;
    unpermute(
      target, gradient, permutations(level) + <usize>(4 * mirror + turn) * <usize>n * 8, n, span,
    );
  }
}

/**
 * The image's share of the gradient: for each slot whose points hold at least `least` of `total`, the
 * sum of q (2 c d, -c^2) as [3][padded] in `pool`, its plane in `planes`. Needs weighPoints() before.
 */
export function gatherPoints(
  level: usize, work: usize, patch: usize, parameters: usize, scale: f64, total: f64, least: f64,
  pool: usize, planes: usize,
): i32 {
  const span = <usize>paddedCount(level) << 2, angles = 4 * quarterCount(level);
  const points = load<i32>(work + POINTS), centred = shiftCount(level) == 1;
  let count = 0;
  for (let from = 0, to = 0; from < points; from = to) {
    const slot = load<i32>(work + placesAt(level) + (<usize>from << 2)) / angles;
    let mass: f64 = 0;
    for (; to < points; to++) {
      if (load<i32>(work + placesAt(level) + (<usize>to << 2)) / angles != slot) break;
      mass += <f64>load<f32>(work + scoresAt(level) + (<usize>to << 2));
    }
    if (mass < least * total) continue;
    const direction = load<i32>(work + directionsAt(level) + (<usize>slot << 2));
    const mirror = direction >= planeCount(level) ? 1 : 0;
    const target = pool + <usize>count * 3 * span;
    store<i32>(planes + (<usize>count << 2), direction - mirror * planeCount(level));
    count++;
    memory.fill(target, 0, 3 * span);
    const negligible = <f32>(least * total) / <f32>(to - from);
    if (centred) {
      gatherCentred(
        level, work, patch, parameters, scale, negligible, mirror, from, to, target,
      );
    } else {
      gatherShifted(
        level, work, patch, parameters, scale, negligible, mirror, from, to, target,
      );
    }
  }
  return count;
}

/**
 * Adds gathered vectors to the sums of panels from..to-1, each [3 n][8], in the order in which they come.
 */
export function addGathered(
  sums: usize, from: i32, to: i32, n: i32, padded: i32, pool: usize, planes: usize, count: i32,
): void {
  const span = <usize>padded << 2;
  for (let i: usize = 0; i < <usize>count; i++) {
    const plane = load<i32>(planes + (i << 2)), panel = plane >> 3;
    if (panel < from || panel >= to) continue;
    let out = sums + <usize>panel * <usize>n * 96 + (<usize>(plane & 7) << 2);
    for (let part: usize = 0; part < 3; part++) {
      const source = pool + (i * 3 + part) * span;
      for (let k: usize = 0; k < <usize>n << 2; k += 4, out += 32) {
        store<f32>(out, load<f32>(out) + load<f32>(source + k));
      }
    }
  }
}
