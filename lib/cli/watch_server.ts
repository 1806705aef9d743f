import process from "node:process";
import { cannot } from "../formats/open_file.ts";
import type { LiveStatus } from "../report/run/live.ts";
import { LIVE_BAR, liveScript } from "../report/run/live.ts";
import { assembleRun, type RunPage } from "../report/run/run_report.ts";
import { askRun } from "./control.ts";
import type { ImagePlaces } from "./run_files.ts";
import { readBody, refuse } from "./watch_guard.ts";
import { followRun } from "./watch_source.ts";

/** What is served, and to whom. */
export interface WatchOptions {
  readonly folder: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Part of the address, see createToken(). */
  readonly token: string;
  /** Whether the run may be asked to pause, to stop and to save. */
  readonly able: boolean;
  readonly places: ImagePlaces;
  /** Whether the run is in this process: its time is then that of processors, which others may want, too. */
  readonly inRun?: boolean;
  /** ms that figures and maps may take anyway; default 100, so that something is seen of short runs. */
  readonly free?: number;
}

/** A page being served. */
export interface WatchServer {
  readonly port: number;
  /**
   * Shows the whole page, says why it is the last, and ends.
   * @param ended whether the run is at its end
   */
  finish(words: string, options: { ended: boolean }): Promise<void>;
}

/** ms between looks at the run. */
const LOOK = 1000;
/** Shares of the run's time that figures and maps may take. */
const FIGURES = 0.0015, MAPS = 0.0025;
/** ms between checkpoints that are asked for, so that the map is new. */
const SAVE = 5000;
/** Messages that may wait for a page that does not read them. */
const WAITING = 64;

const HEADERS = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** One page that listens, and what it was sent last of each part. */
interface Listener {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly sent: Map<string, string>;
}

const WISHES = { pause: { pause: true }, "go on": { pause: false }, stop: { stop: true } } as const;

/**
 * Serves the page of a run on this machine only, and changes it while the run goes on. Looking at the run
 * costs next to nothing; making pages is held to 0.4 % of one thread, and nothing is made while nobody
 * looks.
 *
 * @throws {Error} if the port is taken or may not be used.
 */
export async function serveWatch(
  { folder, port: wanted, token, able, places, inRun = false, free = 100 }: WatchOptions,
): Promise<WatchServer> {
  const source = followRun(folder, { able, places });
  const listeners = new Set<Listener>(), encoder = new TextEncoder(), started = performance.now();
  const spent = { figures: 0, maps: 0 };
  let latest: RunPage | undefined, saves = Date.now(), savedAt = -Infinity, port = wanted;

  const send = (listener: Listener, event: string, data: string): void => {
    const lines = data.split("\n").map((line) => `data: ${line}\n`).join("");
    try {
      if ((listener.controller.desiredSize ?? 0) < -WAITING) {
        return listeners.delete(listener) as never;
      }
      listener.controller.enqueue(encoder.encode(`event: ${event}\n${lines}\n`));
    } catch {
      listeners.delete(listener); // gone
    }
  };
  /** Sends what is new since the listener was last sent to. */
  const sendNew = (listener: Listener, id: string, event: string, data: string): void => {
    if (listener.sent.get(id) === data) return;
    listener.sent.set(id, data);
    send(listener, event, data);
  };
  /** Makes a page, a new map with it or not, and books what it took of this thread. */
  const compose = async (map: boolean): Promise<RunPage> => {
    const before = process.threadCpuUsage();
    latest = await source.page({ map });
    const { user, system } = process.threadCpuUsage(before);
    spent[map ? "maps" : "figures"] += (user + system) / 1000;
    return latest;
  };
  const sendPage = ({ sections, volume }: RunPage, to: Iterable<Listener> = listeners): void => {
    for (const listener of to) {
      for (const { id, content } of sections) {
        sendNew(listener, id, "section", JSON.stringify({ id, html: content.text }));
      }
      if (volume) sendNew(listener, "volume", "volume", volume.text);
    }
  };

  /** ms that the run has had. */
  const worked = (now: number): number => {
    if (!inRun) return now - started;
    const { user, system } = process.cpuUsage();
    return Math.min(now - started, (user + system) / 1000);
  };

  const look = async (): Promise<void> => {
    if (listeners.size === 0) return;
    const status: LiveStatus = await source.status(), now = performance.now();
    for (const listener of listeners) send(listener, "status", JSON.stringify(status));
    const may = (what: keyof typeof spent, share: number) =>
      spent[what] <= free + share * worked(now);
    if (may("maps", MAPS)) {
      if (source.mapChanged) return sendPage(await compose(true));
      if (able && status.state === "running" && now - savedAt > SAVE) {
        askRun(folder, { save: ++saves });
        savedAt = now;
      }
    }
    if (source.changed && may("figures", FIGURES)) sendPage(await compose(false));
  };

  const events = (): Response => {
    let listener: Listener;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        listener = { controller, sent: new Map() };
        listeners.add(listener);
        controller.enqueue(encoder.encode("retry: 2000\n\n"));
        source.status().then(async (status) => {
          send(listener, "status", JSON.stringify(status));
          sendPage(latest ?? await compose(true), [listener]);
        }).catch((error) => send(listener, "trouble", cannot("read the run", error).message));
      },
      cancel: () => void listeners.delete(listener),
    });
    return new Response(body, { headers: { ...HEADERS, "content-type": "text/event-stream" } });
  };

  const answer = async (request: Request): Promise<Response> => {
    const refused = refuse(request, { token, port });
    if (refused) return refused;
    const { pathname } = new URL(request.url), path = pathname.split("/").slice(2).join("/");
    if (pathname === `/${token}`) {
      return new Response(null, { status: 308, headers: { ...HEADERS, location: `${pathname}/` } });
    }
    const plain = (status: number, words: string) =>
      new Response(words, { status, headers: { ...HEADERS, "content-type": "text/plain" } });
    if (request.method === "POST") {
      if (path !== "control") return plain(404, "There is nothing to be told here");
      const body = await readBody(request);
      if (body === null) return plain(413, "Refused: a body too long");
      let wish: unknown;
      try {
        wish = JSON.parse(body)?.wish;
      } catch {
        // said below
      }
      if (typeof wish !== "string" || !Object.hasOwn(WISHES, wish)) {
        return plain(400, `Wanted a wish, one of ${Object.keys(WISHES).join(", ")}`);
      }
      if (!able) return plain(403, "This page only watches: it may not write to the run's folder");
      askRun(folder, WISHES[wish as keyof typeof WISHES]);
      return plain(200, "asked");
    }
    if (path === "events") return events();
    if (path !== "") return plain(404, "There is nothing here");
    const html = assembleRun(await compose(true), {
      head: LIVE_BAR,
      script: liveScript(),
      connect: "'self'",
    });
    return new Response(html, {
      headers: { ...HEADERS, "content-type": "text/html; charset=utf-8" },
    });
  };

  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({
      hostname: "127.0.0.1",
      port,
      onListen: () => {},
      onError: (error) =>
        new Response(`${cannot("show the run", error).message}\n`, { status: 500 }),
    }, answer);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new Error(`Cannot watch at 127.0.0.1:${port}: it is in use, wanted another --port`);
    }
    throw cannot(`watch at 127.0.0.1:${port}`, error);
  }
  port = server.addr.port;

  let looking = Promise.resolve();
  const timer = setInterval(() => {
    // one at a time; what cannot be read this time is read the next
    looking = looking.then(look).catch((error) => {
      for (const listener of listeners) {
        send(listener, "trouble", cannot("read the run", error).message);
      }
    });
  }, LOOK);

  return await Promise.resolve({
    port,
    async finish(words, { ended }) {
      clearInterval(timer);
      await looking;
      if (listeners.size > 0) {
        const status = JSON.stringify(await source.status({ over: ended }));
        for (const listener of listeners) send(listener, "status", status);
        sendPage(await source.page({ whole: ended }));
      }
      for (const listener of listeners) {
        send(listener, "end", words);
        listener.controller.close();
      }
      listeners.clear();
      await server.shutdown();
    },
  });
}
