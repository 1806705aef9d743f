import { INTERRUPTED } from "./interrupt.ts";

/** Exit status: a run that failed on its input, a command line that makes no sense, a bug. */
export const STATUS = { failed: 1, usage: 2, bug: 70 } as const;

/** What a script may go by, for the help. */
export const statuses: readonly { readonly status: number; readonly means: string }[] = [
  { status: 0, means: "done" },
  {
    status: STATUS.failed,
    means: "the input cannot be used, or the run failed; one line says why",
  },
  { status: STATUS.usage, means: "the command line or its configuration makes no sense" },
  { status: STATUS.bug, means: "a fault of the program, with its stack" },
  { status: INTERRUPTED, means: "stopped by Ctrl-C; what was found is saved" },
];
