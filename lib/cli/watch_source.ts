import { openFile } from "../formats/open_file.ts";
import { headwayOf } from "../report/run/course.ts";
import { factsOf, type RunFacts } from "../report/run/facts.ts";
import { type LiveState, type LiveStatus, liveStatus } from "../report/run/live.ts";
import type { RunData } from "../report/run/run_data.ts";
import { composeRun, drawMap, type DrawnMap, type RunPage } from "../report/run/run_report.ts";
import type { TraceRecord } from "../trace.ts";
import { lifeOf, readWish } from "./control.ts";
import {
  fileIn,
  type ImagePlaces,
  nameOf,
  parseTrace,
  readCheckpointMap,
  readFacts,
  readRun,
} from "./run_files.ts";

/** A run followed by what it writes. */
export interface RunSource {
  /**
   * Where it stands; reads what has been added to the trace.
   * @param over whether the run has told that it is at its end, though its process lives
   */
  status(options?: { over?: boolean }): Promise<LiveStatus>;
  /** Whether there is more to see than page() last showed. */
  readonly changed: boolean;
  /** Whether there is a newer checkpoint than the one whose map was drawn last. */
  readonly mapChanged: boolean;
  /**
   * The page: all of it once the run is over or `whole` is asked for, before that what is quick.
   * @param map whether a new checkpoint's map is to be drawn, too, which takes thirty times as long
   */
  page(options?: { whole?: boolean; map?: boolean }): Promise<RunPage>;
}

/** When a file was last written, and its length; "" if there is none. */
function stampOf(path: string): string {
  try {
    const { mtime, size, ino } = Deno.statSync(path);
    return `${ino} ${mtime?.getTime()} ${size}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** A trace that grows: only what is new is read. */
function createTraceReader(path: string) {
  let inode: number | null | undefined, offset = 0, rest = "", records: TraceRecord[] = [];
  let decoder = new TextDecoder();
  return {
    /** All records so far; begins anew where the file has been replaced. */
    read(): readonly TraceRecord[] {
      let size = 0, ino: number | null = null;
      try {
        ({ size, ino } = Deno.statSync(path));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      if (size < offset || ino !== inode) {
        inode = ino, offset = 0, rest = "", records = [], decoder = new TextDecoder();
      }
      if (size === offset) return records;
      const bytes = new Uint8Array(size - offset);
      using file = openFile(path);
      file.read(offset, bytes);
      offset = size;
      const text = rest + decoder.decode(bytes, { stream: true }), end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      return records = records.concat(parseTrace(text.slice(0, end), path));
    },
  };
}

/**
 * Follows the run of a folder, in this process or another.
 *
 * @param able whether it can be asked for something
 */
export function followRun(
  folder: string,
  { able, places }: { able: boolean; places: ImagePlaces },
): RunSource {
  const trace = createTraceReader(fileIn(folder, "trace.jsonl"));
  const stamp = (...names: string[]) => names.map((name) => stampOf(fileIn(folder, name))).join();
  let facts: RunFacts = factsOf({}), factStamp = "none", mapStamp = "", shownStamp = "";
  let records: readonly TraceRecord[] = [], state: LiveState = "running";
  let drawn: DrawnMap | null = null, origin: string | null = null;
  const all = () =>
    `${records.length} ${state} ` + stamp("run.json", "checkpoint", "map.mrc", "poses.star");

  /** Reads what has changed of what is quick to read. */
  const look = async (): Promise<void> => {
    const now = stamp("run.json");
    if (now !== factStamp) facts = (await readFacts(folder)).value ?? factsOf({}), factStamp = now;
    records = trace.read();
    const life = lifeOf(folder), finished = facts.outcome?.finished === true;
    if (life === "alive") {
      const headway = headwayOf(records, facts);
      const done = finished || (headway !== null && headway.iterations >= headway.ofIterations);
      state = done ? "finishing" : readWish(folder).pause === true ? "paused" : "running";
    } else state = finished ? "finished" : life === "dead" ? "died" : "stopped";
  };

  /** What a run has while it goes on: the trace, and the density of its last checkpoint. */
  const partial = async (map: boolean): Promise<RunData> => {
    const now = stamp("checkpoint");
    if (map && now !== mapStamp) {
      const saved = (await readCheckpointMap(folder)).value;
      if (saved) {
        drawn = await drawMap(saved.map, records.at(-1)?.radius ?? null, { live: true });
        origin = saved.origin;
      }
      mapStamp = now;
    }
    return {
      name: nameOf(folder),
      facts,
      trace: records,
      map: null,
      mapOrigin: origin,
      poses: null,
      classes: null,
      truthFSC: null,
      gaps: {
        map: "The map is shown from the first checkpoint on.",
        poses: "Poses are assigned when the iterations are done.",
      },
    };
  };

  return {
    get changed() {
      return shownStamp !== all();
    },
    get mapChanged() {
      return stamp("checkpoint") !== mapStamp;
    },
    async status({ over = false } = {}) {
      await look();
      if (over) state = facts.outcome?.finished === true ? "finished" : "stopped";
      return liveStatus({ trace: records }, { state, headway: headwayOf(records, facts), able });
    },
    async page({ whole = false, map = true } = {}) {
      await look();
      shownStamp = all();
      const over = !["running", "paused", "finishing"].includes(state);
      if (whole || over) return await composeRun(await readRun(folder, places));
      return await composeRun(await partial(map), { drawn });
    },
  };
}
