import type { IO } from "./io.ts";

/** Ctrl-C, turned into something a run can look at between two steps. */
export interface Interrupt extends Disposable {
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** The same as a first Ctrl-C. */
  stop(): void;
  /** Lets a Ctrl-C that has come in be noticed, and says whether there was one. */
  requested(): Promise<boolean>;
}

/** Exit status of a run stopped by Ctrl-C: 128 + SIGINT. */
export const INTERRUPTED = 130;

/** The process's SIGINT and its end. */
const PROCESS = {
  listen: (handler: () => void) => Deno.addSignalListener("SIGINT", handler),
  unlisten: (handler: () => void) => Deno.removeSignalListener("SIGINT", handler),
  exit: (status: number) => Deno.exit(status),
};

/**
 * Watches for Ctrl-C until disposed: the first aborts the signal, so that the run can save and say how
 * to resume, and return INTERRUPTED; the second ends the process at once. Watch from where there is
 * something to save: before that, Ctrl-C simply ends the process, even in a long synchronous step.
 */
export function watchInterrupt(io: IO, { listen, unlisten, exit } = PROCESS): Interrupt {
  const controller = new AbortController();
  const handler = () => {
    if (controller.signal.aborted) exit(INTERRUPTED);
    io.report("Stopping after this step; Ctrl-C again to stop at once.");
    controller.abort();
  };
  listen(handler);
  const { signal } = controller;
  return {
    signal,
    stop: handler,
    async requested() {
      await new Promise((resolve) => setTimeout(resolve));
      return signal.aborted;
    },
    [Symbol.dispose]: () => unlisten(handler),
  };
}
