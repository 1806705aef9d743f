// Points of a refined level: which are near kept ones, their scores, their share of the gradient.
import { exp, fma, fnma, largest, sum } from "./simd";
import { turnColumn } from "./turn";
import {
  anglesOf, BEST, bitsAt, coarseAngles, coefficientCount, columnLogs, columnsAt, directionLogs,
  directionsAt, frequenciesX, frequenciesY, GRADIENTS, halfOf, KEPT, mostPoints, mostSlots,
  noiseWeights, paddedCount, permutations, phasesX, phasesY, pitchOf, placesAt, planeCount, POINTS,
  pointShiftsAt, polynomialsOf, quarterCount, reachAngles, reachDirections, reachFirst,
  reachShifts, scoresAt, shiftCount, shiftEdge, shiftPlaces, shiftWords, SLOTS, slotsAt, slicesOf,
  turnedAt, vectorsAt,
} from "./level";

/** Forgets the slots of the image before. */
// @ts-ignore: decorator
@inline
function forget(level: usize, work: usize): void {
  const used = load<i32>(work + SLOTS);
  for (let i = 0; i < used; i++) {
    const direction = load<i32>(work + directionsAt(level) + (<usize>i << 2));
    store<i32>(work + slotsAt(level) + (<usize>direction << 2), -1);
  }
  store<i32>(work + SLOTS, 0);
}

/**
 * Marks the points near kept ones. Returns how many they are, -1 if there is no room for them.
 * Afterwards release() must be called before another image is marked.
 */
export function markPoints(level: usize, work: usize, kept: i32): i32 {
  const angles = 4 * quarterCount(level), words = <usize>shiftWords(level);
  const rowBytes = words << 2, slotBytes = <usize>angles * rowBytes;
  const ratio = <f64>angles / <f64>coarseAngles(level), masks = reachShifts(level);
  const slots = work + slotsAt(level), bits = work + bitsAt(level);
  let used = 0;
  store<i32>(work + SLOTS, 0);
  for (let i = 0; i < kept;) {
    const at = work + KEPT + <usize>i * 12;
    const direction = load<i32>(at), angle = load<i32>(at, 4);
    let run = i + 1; // points of the same pose, at other shifts
    while (
      run < kept && load<i32>(work + KEPT + <usize>run * 12) == direction &&
      load<i32>(work + KEPT + <usize>run * 12, 4) == angle
    ) run++;
    const first = load<i32>(reachFirst(level) + (<usize>direction << 2));
    const last = load<i32>(reachFirst(level) + (<usize>direction << 2), 4);
    const from = <f64>angle * ratio;
    for (let pair: usize = <usize>first; pair < <usize>last; pair++) {
      const fine = load<i32>(reachDirections(level) + (pair << 2));
      let slot = load<i32>(slots + (<usize>fine << 2));
      if (slot < 0) {
        if (used == mostSlots(level)) return -1;
        slot = used++;
        store<i32>(work + SLOTS, used);
        store<i32>(slots + (<usize>fine << 2), slot);
        store<i32>(work + directionsAt(level) + (<usize>slot << 2), fine);
        memory.fill(bits + <usize>slot * slotBytes, 0, slotBytes);
      }
      const low = <i32>Math.ceil(from + load<f64>(reachAngles(level) + (pair << 4)));
      const high = <i32>Math.floor(from + load<f64>(reachAngles(level) + (pair << 4), 8));
      let psi = (low % angles + angles) % angles;
      for (let k = low; k <= high; k++, psi = psi + 1 == angles ? 0 : psi + 1) {
        const row = bits + <usize>slot * slotBytes + <usize>psi * rowBytes;
        for (let j = i; j < run; j++) {
          const shift = <usize>load<i32>(work + KEPT + <usize>j * 12, 8);
          const mask = masks + shift * rowBytes;
          for (let w: usize = 0; w < rowBytes; w += 4) {
            store<u32>(row + w, load<u32>(row + w) | load<u32>(mask + w));
          }
        }
      }
    }
    i = run;
  }
  let points = 0;
  for (let b: usize = 0; b < <usize>used * slotBytes; b += 4) {
    points += <i32>popcnt<u32>(load<u32>(bits + b));
  }
  return points > mostPoints(level) ? -1 : points;
}

/** Makes the work space ready for another image. */
export function release(level: usize, work: usize): void {
  forget(level, work);
  memory.fill(work + turnedAt(level), 0, <usize>quarterCount(level) << 2);
}

/** The image at quarter angle h, turned when it is first needed. */
// @ts-ignore: decorator
@inline
function columnOf(level: usize, work: usize, patch: usize, parameters: usize, h: usize): usize {
  const padded = paddedCount(level);
  const column = work + columnsAt(level) + h * <usize>padded * 12;
  const turned = work + turnedAt(level) + (h << 2);
  if (load<i32>(turned) == 0) {
    store<i32>(turned, 1);
    turnColumn(
      column, patch, pitchOf(level), halfOf(level), polynomialsOf(level), frequenciesX(level),
      frequenciesY(level), coefficientCount(level), padded, parameters,
      load<f32>(anglesOf(level) + (h << 3)), load<f32>(anglesOf(level) + (h << 3), 4),
      noiseWeights(level),
    );
  }
  return column;
}

/** slice[3][padded] = a row of slices as seen by one of the eight poses. */
// @ts-ignore: decorator
@inline
function permute(slice: usize, row: usize, table: usize, n: i32, padded: i32): void {
  const span = <usize>padded << 2;
  for (let i: usize = 0; i < <usize>n << 2; i += 4, table += 8) {
    const from = row + <usize>load<i32>(table);
    store<f32>(slice + i, load<f32>(from));
    store<f32>(slice + span + i, load<f32>(table, 4) * load<f32>(from + span));
    store<f32>(slice + 2 * span + i, load<f32>(from + 2 * span));
  }
}

/** rows[8][3][padded] = the slices of a panel [3 n][8], one after another. */
export function unravelPanel(panel: usize, n: i32, padded: i32, rows: usize): void {
  const span = <usize>padded << 2;
  for (let part: usize = 0; part < 3; part++) {
    let to = rows + part * span;
    for (let i = 0; i < n; i++, panel += 32, to += 4) {
      for (let lane: usize = 0; lane < 8; lane++) {
        store<f32>(to + lane * 3 * span, load<f32>(panel + (lane << 2)));
      }
    }
    for (let i = n; i < padded; i++, to += 4) {
      for (let lane: usize = 0; lane < 8; lane++) store<f32>(to + lane * 3 * span, 0);
    }
  }
}

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

/** (A, B) = (Re, Im) of the products conj(P) X: the score at a shift is sum A cos + B sin. */
// @ts-ignore: decorator
@inline
function multiplyConjugate(out: usize, slice: usize, column: usize, span: usize): void {
  for (let at: usize = 0; at < span; at += 16) {
    const pr = v128.load(slice + at), pi = v128.load(slice + span + at);
    const xr = v128.load(column + at), xi = v128.load(column + span + at);
    v128.store(out + at, fma(pr, xr, f32x4.mul(pi, xi)));
    v128.store(out + span + at, fnma(pr, xi, f32x4.mul(pi, xr)));
  }
}

/** Takes the shift along y into (A, B): A' = A cos + B sin, B' = B cos - A sin. */
// @ts-ignore: decorator
@inline
function turnPhase(out: usize, from: usize, phase: usize, span: usize): void {
  for (let at: usize = 0; at < span; at += 16) {
    const a = v128.load(from + at), b = v128.load(from + span + at);
    const c = v128.load(phase + at), s = v128.load(phase + span + at);
    v128.store(out + at, fma(a, c, f32x4.mul(b, s)));
    v128.store(out + span + at, fnma(a, s, f32x4.mul(b, c)));
  }
}

// Vectors of a pose, in units of [padded] floats.
const SLICE: usize = 0, PRODUCTS: usize = 3, SHIFTED: usize = 5, SUMS: usize = 7, GRADIENT: usize = 10;

/**
 * Scores of the marked points: e / T + log weights. Returns the largest; the points are left in the
 * work space, by slot, angle, shift.
 */
export function scorePoints(
  level: usize, work: usize, patch: usize, parameters: usize, inverseTemperature: f32,
): f32 {
  const n = coefficientCount(level), padded = paddedCount(level), span = <usize>padded << 2;
  const quarters = quarterCount(level), shifts = shiftCount(level), edge = shiftEdge(level);
  const words = <usize>shiftWords(level), rowBytes = words << 2;
  const slotBytes = <usize>(4 * quarters) * rowBytes;
  const vectors = work + vectorsAt(level);
  const slice = vectors + SLICE * span, products = vectors + PRODUCTS * span;
  const shifted = vectors + SHIFTED * span;
  const used = load<i32>(work + SLOTS);
  let top: f32 = -1e30, points: usize = 0, done: usize = 0;
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
        if (shifts == 1) {
          // its score follows, with those of up to three others
          store<i32>(work + placesAt(level) + points, place);
          store<i32>(work + pointShiftsAt(level) + points, <i32>column);
          store<f32>(work + scoresAt(level) + points, directionLog + load<f32>(logs));
          points += 4;
          continue;
        }
        multiplyConjugate(products, slice, column, span);
        const power = dot(slice + 2 * span, column + 2 * span, span);
        const x = phasesX(level) + <usize>(h * edge) * 2 * span;
        const y = phasesY(level) + <usize>(h * edge) * 2 * span;
        let line = -1;
        for (let w: usize = 0; w < words; w++) {
          let rest = load<u32>(row + (w << 2));
          while (rest) {
            const s = (w << 5) + <usize>ctz<u32>(rest);
            rest &= rest - 1;
            const tx = load<i32>(shiftPlaces(level) + (s << 3));
            const ty = load<i32>(shiftPlaces(level) + (s << 3), 4);
            if (ty != line) {
              line = ty;
              turnPhase(shifted, products, y + <usize>ty * 2 * span, span);
            }
            const match = dot(shifted, x + <usize>tx * 2 * span, 2 * span);
            const score = inverseTemperature * (match + power) + directionLog +
              load<f32>(logs + (s << 2));
            top = max(top, score);
            store<f32>(work + scoresAt(level) + points, score);
            store<i32>(work + placesAt(level) + points, place);
            store<i32>(work + pointShiftsAt(level) + points, <i32>s);
            points += 4;
          }
        }
      }
      if (shifts > 1) continue;
      const scores = work + scoresAt(level), columns = work + pointShiftsAt(level);
      for (; done + 16 <= points; done += 16) {
        const dots = dotFour(
          slice, <usize>load<i32>(columns + done), <usize>load<i32>(columns + done, 4),
          <usize>load<i32>(columns + done, 8), <usize>load<i32>(columns + done, 12), 3 * span,
        );
        const at = scores + done;
        v128.store(at, fma(f32x4.splat(inverseTemperature), dots, v128.load(at)));
        v128.store(columns + done, f32x4.splat(0));
        top = max(top, largest(v128.load(at)));
      }
      for (; done < points; done += 4) {
        const match = dot(slice, <usize>load<i32>(columns + done), 3 * span);
        const score = inverseTemperature * match + load<f32>(scores + done);
        store<f32>(scores + done, score);
        store<i32>(columns + done, 0);
        top = max(top, score);
      }
    }
  }
  store<i32>(work + POINTS, <i32>(points >> 2));
  return top;
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

/** sums += q (cos, sin) of a shift, q cos = the real part of what the column is multiplied with. */
// @ts-ignore: decorator
@inline
function addPhase(sums: usize, q: v128, x: usize, y: usize, span: usize): void {
  for (let at: usize = 0; at < span; at += 16) {
    const cx = v128.load(x + at), sx = v128.load(x + span + at);
    const cy = v128.load(y + at), sy = v128.load(y + span + at);
    const c = fnma(sx, sy, f32x4.mul(cx, cy)), s = fma(sx, cy, f32x4.mul(cx, sy));
    v128.store(sums + at, fma(q, c, v128.load(sums + at)));
    v128.store(sums + span + at, fma(q, s, v128.load(sums + span + at)));
  }
}

/** gradient[3][padded] += column times the sum of its phases; the power has none. */
// @ts-ignore: decorator
@inline
function addShifted(gradient: usize, column: usize, sums: usize, mass: f32, span: usize): void {
  const q = f32x4.splat(mass);
  for (let at: usize = 0; at < span; at += 16) {
    const xr = v128.load(column + at), xi = v128.load(column + span + at);
    const c = v128.load(sums + at), s = v128.load(sums + span + at);
    let p = gradient + at;
    v128.store(p, fnma(xi, s, fma(xr, c, v128.load(p))));
    p += span;
    v128.store(p, fma(xi, c, fma(xr, s, v128.load(p))));
    p += span;
    v128.store(p, fma(q, v128.load(column + 2 * span + at), v128.load(p)));
  }
}

/** target[3 n floats, planes of span] += what the poses' view gathered, taken back to the slice. */
// @ts-ignore: decorator
@inline
function unpermute(target: usize, gradient: usize, table: usize, n: i32, span: usize): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 4, table += 8) {
    const to = target + <usize>load<i32>(table);
    store<f32>(to, load<f32>(to) + load<f32>(gradient + i));
    store<f32>(
      to + span, load<f32>(to + span) + load<f32>(table, 4) * load<f32>(gradient + span + i),
    );
    store<f32>(to + 2 * span, load<f32>(to + 2 * span) + load<f32>(gradient + 2 * span + i));
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
  const n = coefficientCount(level), padded = paddedCount(level), span = <usize>padded << 2;
  const quarters = quarterCount(level), shifts = shiftCount(level), edge = shiftEdge(level);
  const angles = 4 * quarters, vectors = work + vectorsAt(level);
  const sums = vectors + SUMS * span, gradient = vectors + GRADIENT * span;
  const points = load<i32>(work + POINTS);
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
          const q = <f32>(scale * <f64>load<f32>(work + scoresAt(level) + (<usize>i << 2)));
          if (load<f32>(work + scoresAt(level) + (<usize>i << 2)) < negligible) continue;
          if (first) {
            first = false;
            memory.fill(sums, 0, 2 * span);
          }
          own += q;
          if (shifts == 1) continue;
          const s = <usize>load<i32>(work + pointShiftsAt(level) + (<usize>i << 2)) << 3;
          const x = phasesX(level) +
            <usize>(h * edge + load<i32>(shiftPlaces(level) + s)) * 2 * span;
          const y = phasesY(level) +
            <usize>(h * edge + load<i32>(shiftPlaces(level) + s, 4)) * 2 * span;
          addPhase(sums, f32x4.splat(q), x, y, span);
        }
        if (own == 0) continue;
        any = true;
        const column = columnOf(level, work, patch, parameters, <usize>h);
        if (shifts > 1) {
          addShifted(gradient, column, sums, own, span);
          continue;
        }
        const q = f32x4.splat(own);
        for (let at: usize = 0; at < 3 * span; at += 16) {
          v128.store(gradient + at, fma(q, v128.load(column + at), v128.load(gradient + at)));
        }
      }
      if (!any) continue;
      unpermute(
        target, gradient, permutations(level) + <usize>(4 * mirror + turn) * <usize>n * 8, n, span,
      );
    }
  }
  store<i32>(work + GRADIENTS, count);
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
