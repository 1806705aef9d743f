// Which points of a refined level are evaluated: those near kept points of the level before.
import {
  bitsAt, coarseAngles, directionsAt, KEPT, mostPoints, mostSlots, quarterCount, reachAngles,
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
    const at = work + KEPT + (<usize>i << 4);
    const direction = load<i32>(at), angle = load<i32>(at, 4);
    let run = i + 1; // points of the same pose, at other shifts
    while (
      run < kept && load<i32>(work + KEPT + (<usize>run << 4)) == direction &&
      load<i32>(work + KEPT + (<usize>run << 4), 4) == angle
    ) run++;
    const first = load<i32>(reachFirst(level) + (<usize>direction << 2));
    const last = load<i32>(reachFirst(level) + (<usize>direction << 2), 4);
    const from = <f64>angle * ratio;
    // most often a pose has one point, and its shifts take one word
    const alone = run == i + 1 && words == 1;
    const only = load<u32>(masks + (<usize>load<i32>(at, 8)) * rowBytes);
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
        if (alone) {
          store<u32>(row, load<u32>(row) | only);
          continue;
        }
        for (let j = i; j < run; j++) {
          const shift = <usize>load<i32>(work + KEPT + (<usize>j << 4), 8);
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
  memory.fill(work + turnedAt(level), 0, <usize>quarterCount(level) << 5);
}
