import type { IO } from "../../lib/cli/io.ts";

/** An IO that remembers what it was told; its clock stands still until it is set. */
export interface Screen extends IO {
  readonly printed: string[];
  readonly reported: string[];
  readonly drawn: string[];
  /** ms */
  time: number;
}

/** A screen with nothing on it. */
export function createScreen({ isTerminal = false } = {}): Screen {
  const screen: Screen = {
    isTerminal,
    printed: [],
    reported: [],
    drawn: [],
    time: 0,
    now: () => screen.time,
    print: (line) => void screen.printed.push(line),
    report: (line) => void screen.reported.push(line),
    log() {},
    draw: (line) => void screen.drawn.push(line),
  };
  return screen;
}
