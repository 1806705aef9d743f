import { startChromium } from "../gpu/chromium.ts";

/** A page in Chromium, driven by its DevTools protocol. */
export interface Page extends AsyncDisposable {
  /** Opens an address; returns once it is loaded. */
  open(url: string): Promise<void>;
  /** The value of an expression in the page, awaited; plain data. */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until an expression is true. */
  until(expression: string): Promise<void>;
  /** What the page is told to prefer. */
  prefer(scheme: "dark" | "light", media?: "screen" | "print"): Promise<void>;
  /** CSS px. */
  resize(width: number, height: number, scale?: number): Promise<void>;
  /** Any command of the protocol. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** PNG of the whole page. */
  screenshot(): Promise<Uint8Array>;
  /** What its scripts have thrown and the console has been told as errors. */
  readonly errors: readonly string[];
}

/** Longest wait, ms; a start takes 1 to 5 s, more on a busy machine. */
const PATIENCE = 60_000;

/** Asks again until something is there. */
async function patiently<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (const start = performance.now(); performance.now() - start < PATIENCE;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Cannot test in Chromium: no ${what} in ${PATIENCE / 1000} s`);
}

/** Starts Chromium with one empty page. */
export async function openPage(): Promise<Page> {
  const browser = await startChromium(["--remote-debugging-port=0", "about:blank"]);
  const address = await patiently("port", async () => {
    try {
      const lines = (await Deno.readTextFile(`${browser.profile}/DevToolsActivePort`)).split("\n");
      return lines.length === 2 ? `127.0.0.1:${lines[0]}${lines[1]}` : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
  const socket = new WebSocket(`ws://${address}`);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error("Cannot test in Chromium: its socket is closed"));
  });
  let count = 0;
  const session: { id?: string } = {};
  const asked = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const errors: string[] = [];
  socket.onmessage = ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(data);
    if (method === "Runtime.exceptionThrown") {
      errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    }
    if (method === "Log.entryAdded" && params.entry.level === "error") {
      errors.push(params.entry.text);
    }
    const waiting = asked.get(id);
    asked.delete(id);
    if (error) waiting?.reject(new Error(`Cannot test in Chromium: ${error.message}`));
    else waiting?.resolve(result);
  };
  const send = (method: string, params: object = {}): Promise<Record<string, unknown>> => {
    const waiting = Promise.withResolvers<Record<string, unknown>>();
    asked.set(++count, waiting);
    socket.send(
      JSON.stringify({ id: count, method, params, ...session.id && { sessionId: session.id } }),
    );
    return waiting.promise;
  };
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  session.id = (await send("Target.attachToTarget", { targetId, flatten: true }))
    .sessionId as string;
  for (const domain of ["Page", "Runtime", "Log"]) await send(`${domain}.enable`);

  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    }) as { result: { value: T }; exceptionDetails?: { exception?: { description: string } } };
    if (exceptionDetails) {
      throw new Error(`Cannot test in Chromium: ${exceptionDetails.exception?.description}`);
    }
    return result.value;
  };
  const until = async (expression: string): Promise<void> => {
    await patiently(expression, async () => await evaluate(`!!(${expression})`) || undefined);
  };
  return {
    errors,
    send,
    evaluate,
    until,
    async open(url) {
      await send("Page.navigate", { url });
      await until(`location.href !== "about:blank" && document.readyState === "complete"`);
    },
    async prefer(scheme, media = "screen") {
      const features = [{ name: "prefers-color-scheme", value: scheme }];
      await send("Emulation.setEmulatedMedia", { media, features });
    },
    async resize(width, height, scale = 1) {
      await send("Emulation.setDeviceMetricsOverride", {
        width,
        height,
        deviceScaleFactor: scale,
        mobile: width < 600,
      });
    },
    async screenshot() {
      const { data } = await send("Page.captureScreenshot", { captureBeyondViewport: true });
      return Uint8Array.fromBase64(data as string);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.close();
      await closed;
      await browser[Symbol.asyncDispose]();
    },
  };
}
