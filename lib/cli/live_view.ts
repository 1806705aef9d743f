import type { IO } from "./io.ts";
import type { ImagePlaces } from "./run_files.ts";
import { createToken } from "./watch_guard.ts";
import type { WatchOptions } from "./watch_server.ts";

/** Where pages are served unless --port says otherwise. */
export const PORT = 8788;

/** A live view of a run of this process. */
export interface LiveView extends AsyncDisposable {
  /** Shows the whole page and lets go of those who look; the same as disposing, with other words. */
  finish(words: string): Promise<void>;
}

/**
 * Makes sure that a page may be served, without asking at the terminal.
 *
 * @throws {Error} if it may not.
 */
export async function requireServing(port: number): Promise<void> {
  const host = port === 0 ? "127.0.0.1" : `127.0.0.1:${port}`;
  const { state } = await Deno.permissions.query({ name: "net", host });
  if (state === "granted") return;
  throw new Error(`Cannot watch at ${host}: not allowed, run with --allow-net=127.0.0.1`);
}

/** Where to look, for the one who started the run only. */
export const addressOf = (port: number, token: string) => `http://127.0.0.1:${port}/${token}/`;

/**
 * Serves the page of this process's run, from a thread of its own.
 *
 * @throws {Error} if the port is taken.
 */
export async function openLiveView(
  folder: string,
  { port, places, io }: { port: number; places: ImagePlaces; io: IO },
): Promise<LiveView> {
  const worker = new Worker(new URL("./watch_worker.ts", import.meta.url), { type: "module" });
  const ask = (message: WatchOptions | { finish: string }) =>
    new Promise<number>((resolve, reject) => {
      worker.onmessage = ({ data: { port, error } }) =>
        error === undefined ? resolve(port) : reject(new Error(error));
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`Cannot watch: ${event.message}`));
      };
      worker.postMessage(message);
    });
  const token = createToken(), { dataDir, passthrough } = places;
  let open = true;
  const finish = async (words: string): Promise<void> => {
    if (!open) return;
    open = false;
    try {
      await ask({ finish: words });
    } finally {
      worker.terminate();
    }
  };
  try {
    const given = await ask({
      folder,
      port,
      token,
      able: true,
      inRun: true,
      places: { dataDir, passthrough },
    });
    const url = addressOf(given, token);
    io.report(`watch        ${url}`, { event: "watch", url });
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return {
    finish,
    [Symbol.asyncDispose]: () => finish("The run has ended before it was done."),
  };
}
