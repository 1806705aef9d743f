// Which points of a refined level are evaluated: those near kept points of the level before.
import {
  bitsAt, coarseAngles, directionsAt, KEPT, maskAt, mostPoints, mostSlots, quarterCount, reachAngles,
  reachDirections, reachFirst, reachShifts, shiftWords, SLOTS, slotsAt, turnedAt,
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

/** mask[words] = shifts near those of kept points from..to that are not too deep. Returns whether there are any. */
// @ts-ignore: decorator
@inline
function shiftsNear(level: usize, work: usize, from: i32, to: i32, depth: f32): bool {
  const rowBytes = <usize>shiftWords(level) << 2, mask = work + maskAt(level);
  let any = false;
  memory.fill(mask, 0, rowBytes);
  for (let i = from; i < to; i++) {
    const at = work + KEPT + (<usize>i << 4);
    if (!(load<f32>(at, 12) < depth)) continue;
    any = true;
    const near = reachShifts(level) + <usize>load<i32>(at, 8) * rowBytes;
    for (let w: usize = 0; w < rowBytes; w += 4) {
      store<u32>(mask + w, load<u32>(mask + w) | load<u32>(near + w));
    }
  }
  return any;
}

/**
 * Marks the points near kept ones, of which those count that are less than `depth` below the best, and of
 * them the first `most`. Returns how many they are, -1 if there is no room for them. Afterwards release()
 * must be called before another image is marked.
 */
export function markPoints(level: usize, work: usize, kept: i32, depth: f32, most: i32): i32 {
  const angles = 4 * quarterCount(level), words = <usize>shiftWords(level);
  const rowBytes = words << 2, slotBytes = <usize>angles * rowBytes;
  const ratio = <f64>angles / <f64>coarseAngles(level), mask = work + maskAt(level);
  const slots = work + slotsAt(level), bits = work + bitsAt(level), room = mostPoints(level);
  let used = 0, points = 0, taken = 0;
  store<i32>(work + SLOTS, 0);
  for (let i = 0, run = 0; i < kept && taken < most; i = run) {
    const at = work + KEPT + (<usize>i << 4);
    const direction = load<i32>(at), angle = load<i32>(at, 4);
    // points of the same pose, at other shifts
    for (run = i; run < kept && taken < most; run++) {
      const other = work + KEPT + (<usize>run << 4);
      if (load<i32>(other) != direction || load<i32>(other, 4) != angle) break;
      if (load<f32>(other, 12) < depth) taken++;
    }
    if (!shiftsNear(level, work, i, run, depth)) continue;
    const only = load<u32>(mask);
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
      let psi = low < 0 ? low + angles : low >= angles ? low - angles : low;
      for (let k = low; k <= high; k++, psi = psi + 1 == angles ? 0 : psi + 1) {
        const row = bits + <usize>slot * slotBytes + <usize>psi * rowBytes;
        if (words == 1) {
          const old = load<u32>(row);
          store<u32>(row, old | only);
          points += <i32>popcnt<u32>(only & ~old);
          continue;
        }
        for (let w: usize = 0; w < rowBytes; w += 4) {
          const old = load<u32>(row + w), near = load<u32>(mask + w);
          store<u32>(row + w, old | near);
          points += <i32>popcnt<u32>(near & ~old);
        }
      }
      if (points > room) return -1;
    }
  }
  return points;
}

/** Makes the work space ready for another image. */
export function release(level: usize, work: usize): void {
  forget(level, work);
  memory.fill(work + turnedAt(level), 0, <usize>quarterCount(level) << 5);
}
