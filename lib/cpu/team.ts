/**
 * Threads that run the same program over shared memory and share its loops.
 *
 * Every thread calls the same loops in the same order. A loop's items are handed out one by one, so
 * a slow item does not hold the others up; what an item computes must not depend on who computes it.
 */
export interface Team {
  /** Runs `item` for 0..count-1, spread over the threads; returns when all threads are done. */
  loop(count: number, item: (i: number) => void): void;
}

// Words of the control block.
const ARRIVED = 0, GENERATION = 1, NEXT = 2; // NEXT and NEXT + 1: the two loop counters in turn
const SPINS = 2000;

/** A thread's view of its team. */
export function createTeam(control: Int32Array, threads: number): Team {
  let turn = 0;
  /** Waits for all; the last one to arrive clears the counter that the next loop will use. */
  const meet = () => {
    const generation = Atomics.load(control, GENERATION);
    if (Atomics.add(control, ARRIVED, 1) === threads - 1) {
      Atomics.store(control, ARRIVED, 0);
      Atomics.store(control, NEXT + turn, 0);
      Atomics.add(control, GENERATION, 1);
      Atomics.notify(control, GENERATION);
    } else {
      for (let i = 0; i < SPINS; i++) {
        if (Atomics.load(control, GENERATION) !== generation) return;
      }
      while (Atomics.load(control, GENERATION) === generation) {
        Atomics.wait(control, GENERATION, generation);
      }
    }
  };
  return {
    loop(count, item) {
      const counter = NEXT + turn;
      turn = 1 - turn;
      for (;;) {
        const i = Atomics.add(control, counter, 1);
        if (i >= count) break;
        item(i);
      }
      meet();
    },
  };
}
