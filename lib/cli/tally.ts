import type { IO } from "./io.ts";
import { createProgress } from "./progress.ts";

/** The progress of several things that go on side by side. */
export interface Tally {
  /** How much of one of them is done, and what to say of it. */
  update(part: string, done: number, words: string): void;
  done(): void;
}

/** One progress for all: rate and time left are those of the whole. */
export function createTally(
  { label, total, unit, before = [], io }: {
    label: string;
    total: number;
    unit: string;
    /** What was done earlier; it counts for the share, not for the rate. */
    before?: Iterable<readonly [string, number]>;
    io: IO;
  },
): Tally {
  const parts = new Map(before);
  const start = Math.round(parts.values().reduce((a, b) => a + b, 0));
  const progress = createProgress({ label, total: Math.round(total), unit, start, io });
  let words = "";
  return {
    update(part, done, say) {
      parts.set(part, done);
      words = say;
      const sum = parts.values().reduce((a, b) => a + b, 0);
      progress.update(Math.min(Math.round(total), Math.round(sum)), words);
    },
    done: () => progress.done(),
  };
}
