// Scores of the marked points of a refined level.
import { exp, fma, largest, sum } from "./simd";
import { columnOf, poseColumnOf } from "./column";
import { multiplyConjugate, permute, PRODUCTS, SHIFTED, SLICE, turnPhase } from "./shifted";
import {
  BEST, bitsAt, coefficientCount, columnLogs, directionLogs, directionsAt, paddedCount, permutations,
  phasesX, phasesY, placesAt, planeCount, POINTS, pointShiftsAt, quarterCount, scoresAt, shiftCount,
  shiftEdge, shiftPlaces, shiftWords, SLOTS, slicesOf, vectorsAt,
} from "./level";

/** a . b, a number of floats divisible by four. */
// @ts-ignore: decorator
@inline
function dot(a: usize, b: usize, bytes: usize): f32 {
  let s = f32x4.splat(0), t = s;
  const end = a + (bytes & ~31);
  while (a < end) {
    s = fma(v128.load(a), v128.load(b), s);
    t = fma(v128.load(a, 16), v128.load(b, 16), t);
    a += 32, b += 32;
  }
  if (bytes & 16) s = fma(v128.load(a), v128.load(b), s);
  return sum(f32x4.add(s, t));
}

/** Dots of a with four columns, in four lanes. */
// @ts-ignore: decorator
@inline
function dotFour(a: usize, b: usize, c: usize, d: usize, e: usize, bytes: usize): v128 {
  let s = f32x4.splat(0), t = s, u = s, v = s;
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(a + at);
    s = fma(x, v128.load(b + at), s), t = fma(x, v128.load(c + at), t);
    u = fma(x, v128.load(d + at), u), v = fma(x, v128.load(e + at), v);
  }
  // four sums of four lanes: transposed and added
  const st = v128.shuffle<f32>(s, t, 0, 4, 1, 5), su = v128.shuffle<f32>(s, t, 2, 6, 3, 7);
  const uv = v128.shuffle<f32>(u, v, 0, 4, 1, 5), uw = v128.shuffle<f32>(u, v, 2, 6, 3, 7);
  const low = f32x4.add(st, su), high = f32x4.add(uv, uw);
  return f32x4.add(
    v128.shuffle<f32>(low, high, 0, 1, 4, 5), v128.shuffle<f32>(low, high, 2, 3, 6, 7),
  );
}

/**
 * scores += (vector . other + extra) / T for the points from..to, whose others begin at `addresses`; returns
 * the largest. Four at a time: the room beyond the last point takes the rest of its vector.
 */
// @ts-ignore: decorator
@inline
function scoreRow(
  scores: usize, addresses: usize, from: usize, to: usize, vector: usize, bytes: usize, extra: f32,
  inverseTemperature: f32,
): f32 {
  const temperature = f32x4.splat(inverseTemperature), more = f32x4.splat(extra), last = to - 4;
  let top: f32 = -1e30;
  for (let i = from; i < to; i += 16) {
    const dots = dotFour(
      vector, <usize>load<i32>(addresses + i), <usize>load<i32>(addresses + min(i + 4, last)),
      <usize>load<i32>(addresses + min(i + 8, last)), <usize>load<i32>(addresses + min(i + 12, last)),
      bytes,
    );
    const at = scores + i, score = fma(temperature, f32x4.add(dots, more), v128.load(at));
    v128.store(at, score);
    if (i + 16 <= to) top = max(top, largest(score));
    else for (let j = i; j < to; j += 4) top = max(top, load<f32>(scores + j));
  }
  return top;
}

/** Scores where there is one shift: slices times the image as their poses see it. */
// @ts-ignore: decorator
@inline
function scoreCentred(
  level: usize, work: usize, patch: usize, parameters: usize, inverseTemperature: f32,
): f32 {
  const span = <usize>paddedCount(level) << 2, quarters = quarterCount(level);
  const slotBytes = <usize>(4 * quarters) << 2;
  const scores = work + scoresAt(level), columns = work + pointShiftsAt(level);
  const used = load<i32>(work + SLOTS);
  let top: f32 = -1e30, points: usize = 0, done: usize = 0;
  for (let slot = 0; slot < used; slot++) {
    const direction = load<i32>(work + directionsAt(level) + (<usize>slot << 2));
    const mirror = direction >= planeCount(level) ? 1 : 0;
    const j = direction - mirror * planeCount(level);
    const slice = slicesOf(level) + <usize>j * 3 * span;
    const directionLog = load<f32>(directionLogs(level) + (<usize>j << 2));
    let row = work + bitsAt(level) + <usize>slot * slotBytes;
    for (let turn = 0, angle = 0; turn < 4; turn++) {
      for (let h = 0; h < quarters; h++, angle++, row += 4) {
        if (load<u32>(row) == 0) continue;
        store<i32>(work + placesAt(level) + points, slot * 4 * quarters + angle);
        store<i32>(
          columns + points,
          <i32>poseColumnOf(level, work, patch, parameters, 4 * mirror + turn, h),
        );
        store<f32>(scores + points, directionLog + load<f32>(columnLogs(level) + (<usize>h << 2)));
        points += 4;
      }
    }
    top = max(top, scoreRow(scores, columns, done, points, slice, 3 * span, 0, inverseTemperature));
    done = points;
  }
  memory.fill(columns, 0, points); // the shift of all of them
  store<i32>(work + POINTS, <i32>(points >> 2));
  return top;
}

/** Scores where there are several: the products of slice and image are taken to each shift. */
// @ts-ignore: decorator
@inline
function scoreShifted(
  level: usize, work: usize, patch: usize, parameters: usize, inverseTemperature: f32,
): f32 {
  const n = coefficientCount(level), padded = paddedCount(level), span = <usize>padded << 2;
  const quarters = quarterCount(level), shifts = shiftCount(level), edge = shiftEdge(level);
  const words = <usize>shiftWords(level), rowBytes = words << 2;
  const slotBytes = <usize>(4 * quarters) * rowBytes;
  const vectors = work + vectorsAt(level);
  const slice = vectors + SLICE * span, products = vectors + PRODUCTS * span;
  const shifted = vectors + SHIFTED * span;
  const scores = work + scoresAt(level), places = work + placesAt(level);
  const used = load<i32>(work + SLOTS);
  let top: f32 = -1e30, points: usize = 0;
  for (let slot = 0; slot < used; slot++) {
    const direction = load<i32>(work + directionsAt(level) + (<usize>slot << 2));
    const mirror = direction >= planeCount(level) ? 1 : 0;
    const j = direction - mirror * planeCount(level);
    const source = slicesOf(level) + <usize>j * 3 * span;
    const directionLog = load<f32>(directionLogs(level) + (<usize>j << 2));
    const bits = work + bitsAt(level) + <usize>slot * slotBytes;
    for (let turn = 0; turn < 4; turn++) {
      let permuted = false;
      for (let h = 0; h < quarters; h++) {
        const angle = turn * quarters + h, row = bits + <usize>angle * rowBytes;
        let any: u32 = 0;
        for (let w: usize = 0; w < rowBytes; w += 4) any |= load<u32>(row + w);
        if (any == 0) continue;
        if (!permuted) {
          permuted = true;
          permute(
            slice, source, permutations(level) + <usize>(4 * mirror + turn) * <usize>n * 8, n, padded,
          );
        }
        const column = columnOf(level, work, patch, parameters, <usize>h);
        const logs = columnLogs(level) + (<usize>(h * shifts) << 2);
        const place = slot * 4 * quarters + angle;
        multiplyConjugate(products, slice, column, span);
        const power = dot(slice + 2 * span, column + 2 * span, span);
        const x = phasesX(level) + <usize>(h * edge) * 2 * span;
        const y = phasesY(level) + <usize>(h * edge) * 2 * span;
        const first = points;
        let line = -1, done = points;
        for (let w: usize = 0; w < words; w++) {
          let rest = load<u32>(row + (w << 2));
          while (rest) {
            const s = (w << 5) + <usize>ctz<u32>(rest);
            rest &= rest - 1;
            const tx = load<i32>(shiftPlaces(level) + (s << 3));
            const ty = load<i32>(shiftPlaces(level) + (s << 3), 4);
            if (ty != line) {
              const own = scoreRow(
                scores, places, done, points, shifted, 2 * span, power, inverseTemperature,
              );
              top = max(top, own);
              done = points;
              line = ty;
              turnPhase(shifted, products, y + <usize>ty * 2 * span, span);
            }
            store<f32>(scores + points, directionLog + load<f32>(logs + (s << 2)));
            store<i32>(places + points, <i32>(x + <usize>tx * 2 * span)); // its phases, for now
            store<i32>(work + pointShiftsAt(level) + points, <i32>s);
            points += 4;
          }
        }
        const own = scoreRow(
          scores, places, done, points, shifted, 2 * span, power, inverseTemperature,
        );
        top = max(top, own);
        for (let at = first; at < points; at += 4) store<i32>(places + at, place);
      }
    }
  }
  store<i32>(work + POINTS, <i32>(points >> 2));
  return top;
}

/**
 * Scores of the marked points: e / T + log weights. Returns the largest; the points are left in the
 * work space, by slot, angle, shift.
 */
export function scorePoints(
  level: usize, work: usize, patch: usize, parameters: usize, inverseTemperature: f32,
): f32 {
  return shiftCount(level) == 1
    ? scoreCentred(level, work, patch, parameters, inverseTemperature)
    : scoreShifted(level, work, patch, parameters, inverseTemperature);
}

/** Scores to q = exp(e - top), in place. Returns their sum; the first of the best is left in BEST. */
export function weighPoints(level: usize, work: usize, top: f32): f64 {
  const count = <usize>load<i32>(work + POINTS) << 2, scores = work + scoresAt(level);
  let total: f64 = 0, best = -1;
  // the last vector may run over the last point into room that is kept for it
  for (let at: usize = 0; at < count; at += 16) {
    const e = v128.load(scores + at);
    v128.store(scores + at, exp(f32x4.sub(e, f32x4.splat(top))));
    for (let i: usize = at; i < min(at + 16, count); i += 4) {
      const q = load<f32>(scores + i);
      if (best < 0 && q == 1) best = <i32>(i >> 2);
      total += <f64>q;
    }
  }
  store<i32>(work + BEST, best);
  return total;
}
