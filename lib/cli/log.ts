import type { GlobalValues } from "./global_options.ts";
import type { IO, LogEvent } from "./io.ts";

/** Red, on a terminal that may have colours. */
const RED = "\x1b[31m", PLAIN = "\x1b[39m";

/** An IO that says how it is going as the global options have it, and how to say that it failed. */
export interface Log {
  readonly io: IO;
  /** Says what went wrong: the only line that --quiet lets through. */
  fail(line: string): void;
}

/**
 * Sets up standard error: in words, as JSON lines, or silent. A line of JSON has the time, ISO 8601; the
 * level, "info" or "error"; the event, "message" unless it is a known one: "plan", "stage", "trace",
 * "progress", "done", "failure"; what belongs to it; and the text that stands for it in words, if any.
 *
 * @param now the time of day, ISO 8601
 */
export function createLog(
  io: IO,
  { quiet, logFormat }: GlobalValues,
  { now = () => new Date().toISOString(), colours = !Deno.noColor } = {},
): Log {
  const silent = { isTerminal: false, draw() {} };
  if (logFormat === "json") {
    const write = (level: string, event: LogEvent, text?: string) =>
      io.report(
        JSON.stringify({ time: now(), level, ...event, ...text !== undefined && { text } }),
      );
    const told = (event: LogEvent, text?: string) => {
      if (!quiet) write("info", event, text);
    };
    return {
      io: {
        ...io,
        ...silent,
        report: (line, event = { event: "message" }) => told(event, line),
        log: told,
      },
      fail: (line) => write("error", { event: "failure" }, line),
    };
  }
  return {
    io: quiet ? { ...io, ...silent, report() {} } : io,
    fail: (line) => io.report(io.isTerminal && colours ? `${RED}${line}${PLAIN}` : line),
  };
}
