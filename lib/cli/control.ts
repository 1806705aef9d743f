import { writeText } from "../formats/atomic_file.ts";
import { readText } from "../formats/open_file.ts";
import type { Interrupt } from "./interrupt.ts";
import type { IO } from "./io.ts";

/** What may be asked of a run, in the file `control` of its folder. */
export interface Wish {
  /** Wait between two iterations. */
  readonly pause?: boolean;
  /** Save and end, as Ctrl-C does. */
  readonly stop?: boolean;
  /** Save a checkpoint soon, if this number is another than before. */
  readonly save?: number;
}

/** A run that can be asked to pause, to stop and to save, as well as interrupted. */
export interface Control extends Interrupt {
  /** Whether a checkpoint has been asked for; once for each time. */
  saveWanted(): boolean;
}

/** A folder's files: one that is locked while its run lives, one with what is asked of it. */
const RUNNING = "running", WISH = "control";
/** ms between looks at the file, and while paused. */
const LOOK = 500, WAIT = 100;

const path = (folder: string, name: string) => `${folder.replace(/(?<=.)\/+$/, "")}/${name}`;

/** What is asked of a run; nothing where the file is missing or is none of this program's. */
export function readWish(folder: string): Wish {
  try {
    const wish = JSON.parse(readText(path(folder, WISH)));
    return typeof wish === "object" && wish !== null ? wish : {};
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Asks a run for something; what was asked for before stays so. */
export function askRun(folder: string, wish: Wish): void {
  writeText(path(folder, WISH), [JSON.stringify({ ...readWish(folder), ...wish }), "\n"]);
}

/** Whether the run of a folder lives, has died without a word, or has ended in order. */
export function lifeOf(folder: string): "alive" | "dead" | "over" {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path(folder, RUNNING));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "over";
    throw error;
  }
  try {
    // the system gives a lock back when its holder dies, whatever of
    const free = file.tryLockSync(false);
    if (free) file.unlockSync();
    return free ? "dead" : "alive";
  } finally {
    file.close();
  }
}

function remove(file: string): void {
  try {
    Deno.removeSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Lets a run be asked for something by file, from any process that may write to its folder, until it is
 * disposed. The file is looked at twice a second; time in a pause is not counted as the run's.
 */
export function openControl(folder: string, interrupt: Interrupt, io: IO): Control {
  const running = path(folder, RUNNING), wishes = path(folder, WISH);
  remove(wishes); // of an earlier run
  const lock = Deno.openSync(running, { create: true, write: true });
  lock.lockSync(true);
  let looked = -Infinity, saved = 0, wanted = false;
  const look = (): Wish => {
    looked = io.now();
    const wish = readWish(folder);
    if (typeof wish.save === "number" && wish.save !== saved) saved = wish.save, wanted = true;
    if (wish.stop === true && !interrupt.signal.aborted) interrupt.stop();
    return wish;
  };
  return {
    signal: interrupt.signal,
    stop: () => interrupt.stop(),
    saveWanted() {
      const was = wanted;
      wanted = false;
      return was;
    },
    async requested() {
      if (io.now() - looked >= LOOK) {
        let told = false;
        for (let wish = look(); wish.pause === true && !interrupt.signal.aborted; wish = look()) {
          if (!told) io.report("Paused, as the live view asks.");
          told = true;
          await new Promise((resolve) => setTimeout(resolve, WAIT));
        }
        if (told && !interrupt.signal.aborted) io.report("Going on.");
      }
      return await interrupt.requested();
    },
    [Symbol.dispose]() {
      lock.close();
      remove(running);
      remove(wishes);
    },
  };
}
