import live from "../page/live.js" with { type: "text" };
import { type Markup, markup } from "../markup.ts";
import { formatCount, formatSeconds } from "../quantity.ts";
import type { Headway } from "./course.ts";
import type { RunData } from "./run_data.ts";
import { runScript } from "./run_report.ts";

/** How a run is while somebody watches. */
export type LiveState = "running" | "paused" | "finishing" | "finished" | "stopped" | "died";

/** What the bar on top of the page shows. */
export interface LiveStatus {
  readonly state: LiveState;
  readonly words: string;
  /** 0 to 1. */
  readonly share: number;
  /** Whether the run can be asked to pause and to stop. */
  readonly able: boolean;
}

/** Where the run stands, in words: iteration, held-out NLL, time left. */
export function liveStatus(
  { trace }: Pick<RunData, "trace">,
  { state, headway, able }: { state: LiveState; headway: Headway | null; able: boolean },
): LiveStatus {
  const last = trace.at(-1), test = trace.findLast((record) => record.test !== null)?.test;
  const parts = [
    last
      ? `iteration ${formatCount(last.t + 1)}${
        headway ? ` of ${formatCount(headway.ofIterations)}` : ""
      }`
      : "before the first iteration",
    ...test === undefined || test === null ? [] : [`held-out NLL ${test.toFixed(3)}`],
    ...last ? [`${formatSeconds(last.seconds)} of iterations`] : [],
    ...headway && headway.secondsLeft !== null && headway.share < 1 && state === "running"
      ? [`about ${formatSeconds(headway.secondsLeft)} left`]
      : [],
    ...state === "finishing" ? ["what comes after the last iteration is being done"] : [],
    ...state === "stopped" ? ["saved; reconstruct --resume goes on"] : [],
    ...state === "died"
      ? ["the process is gone; reconstruct --resume goes on from its checkpoint"]
      : [],
  ];
  return {
    state,
    words: parts.join(", "),
    share: headway?.share ?? (state === "finished" ? 1 : 0),
    able,
  };
}

/** The bar on top of a page that is served. */
export const LIVE_BAR: Markup = markup`
  <header id="live" class="live">
    <p><strong id="live-state">connecting</strong> <span id="live-words"></span></p>
    <progress id="live-progress" max="1" value="0" aria-label="share of the run's operations done"></progress>
    <p><button type="button" id="live-pause" hidden="">pause</button> <button type="button" id="live-stop"
      hidden="">stop and save</button> <span id="live-note" role="status"></span></p>
  </header>
`;

/** The script of a page that is served. */
export const liveScript = (): string => runScript(live);
