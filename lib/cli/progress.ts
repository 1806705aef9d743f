import type { IO, LogEvent } from "./io.ts";

/** How far a long run has got, on standard error. */
export interface Progress {
  /**
   * Says how much is done, when it is time to: on a terminal ten times a second, on one line; else a
   * line every 5 % but at most one a second, and every 30 s.
   * @param extra what else to say
   */
  update(done: number, extra?: string): void;
  /** Ends the line and says how long it took; `extra` as above. */
  done(extra?: string): void;
}

/** What is being done. */
export interface ProgressOptions {
  /** "Simulating" */
  readonly label: string;
  /** Steps in all, which may change on the way; absent when nobody knows. */
  readonly total?: number | (() => number);
  /** "images" */
  readonly unit: string;
  /** Steps done before, by a run that is being resumed. */
  readonly start?: number;
  readonly io: IO;
}

/** 7.3 s, 1 min 40 s, 2 h 05 min */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  const two = (x: number) => String(x).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Three significant digits, plainly. */
function formatRate(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : Number(rate.toPrecision(3)).toString();
}

/**
 * Reports progress with the rate and the time left. The rate is an average that forgets: with time
 * constant 5 s or a quarter of the time so far, whichever is longer.
 */
export function createProgress(
  { label, total: given, unit, start = 0, io }: ProgressOptions,
): Progress {
  let total = typeof given === "function" ? given() : given;
  const began = io.now();
  let last = { done: start, time: began }, spoken = { done: start, time: began };
  let rate = 0, latest = start;
  const since = (time: number) => (io.now() - time) / 1000;

  const count = () => total === undefined ? `${latest} ${unit}` : `${latest}/${total} ${unit}`;

  const line = (extra: string): string =>
    [
      `${label} ${count()}`,
      ...total ? [`${Math.floor(100 * latest / total)} %`] : [],
      ...rate > 0 ? [`${formatRate(rate)}/s`] : [],
      ...rate > 0 && total ? [`${formatDuration((total - latest) / rate)} left`] : [],
      ...extra ? [extra] : [],
      `${formatDuration(since(began))} so far`,
    ].join(", ");

  const event = (name: "progress" | "done"): LogEvent => ({
    event: name,
    label,
    unit,
    done: latest,
    total: total ?? null,
    seconds: since(began),
    secondsLeft: rate > 0 && total ? (total - latest) / rate : null,
  });

  return {
    update(done, extra = "") {
      latest = done;
      if (typeof given === "function") total = given();
      const dt = since(last.time);
      if (dt > 0 && done > last.done) {
        const now = (done - last.done) / dt, tau = Math.max(5, since(began) / 4);
        rate = rate === 0 ? now : rate + (now - rate) * (1 - Math.exp(-dt / tau));
        last = { done, time: io.now() };
      }
      const silence = since(spoken.time);
      const due = io.isTerminal ? silence >= 0.1 : done !== total &&
        (silence >= 30 || (silence >= 1 && total && done - spoken.done >= total / 20));
      if (!due) return;
      spoken = { done, time: io.now() };
      if (io.isTerminal) io.draw(line(extra));
      else io.report(line(extra), event("progress"));
    },
    done(extra = "") {
      const seconds = since(began), average = (latest - start) / seconds;
      const speed = seconds > 0 && average > 0 ? ` (${formatRate(average)}/s)` : "";
      io.report(
        `${label} ${count()} done in ${formatDuration(seconds)}${speed}${extra && `, ${extra}`}`,
        event("done"),
      );
    },
  };
}
