/** Something that happens, for programs that follow a run: what it is, and numbers by name. */
export interface LogEvent {
  readonly event: string;
  readonly [name: string]: unknown;
}

/** Where a command's words go, and what time it is; a test passes its own. */
export interface IO {
  /** A line of results, to standard output. */
  print(line: string): void;
  /** A line about how it is going, to standard error; in a log of JSON lines the event it stands for. */
  report(line: string, event?: LogEvent): void;
  /** The same, for a log of JSON lines only. */
  log(event: LogEvent): void;
  /** A line on the terminal that the next line takes the place of; nothing without a terminal. */
  draw(line: string): void;
  /** Whether standard error is a terminal. */
  readonly isTerminal: boolean;
  /** ms since some fixed moment. */
  now(): number;
}

/** Back to the first column and clear to the end of the line. */
const CLEAR = "\r\x1b[K";

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
}

/** Columns of the terminal. */
function columns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

/** The process's own streams and clock. */
export function createIO(): IO {
  const isTerminal = Deno.stderr.isTerminal();
  let drawn = false;
  const clear = () => {
    if (drawn) write(Deno.stderr, CLEAR);
    drawn = false;
  };
  return {
    isTerminal,
    now: () => performance.now(),
    print(line) {
      clear();
      write(Deno.stdout, `${line}\n`);
    },
    report(line) {
      clear();
      write(Deno.stderr, `${line}\n`);
    },
    log() {},
    draw(line) {
      if (!isTerminal) return;
      // A line that wrapped could not be cleared.
      write(Deno.stderr, CLEAR + line.slice(0, columns() - 1));
      drawn = true;
    },
  };
}
