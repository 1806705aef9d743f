/**
 * The server of `reconstruct --watch` in a thread of its own: the run's may be busy for seconds.
 *
 * @module
 */
import { serveWatch, type WatchOptions, type WatchServer } from "./watch_server.ts";

declare const self: {
  onmessage: (event: MessageEvent<WatchOptions | { readonly finish: string }>) => void;
  postMessage(answer: { readonly port?: number; readonly error?: string }): void;
};

let server: WatchServer | undefined;
self.onmessage = async ({ data }) => {
  try {
    if ("finish" in data) await server?.finish(data.finish, { ended: true });
    else server = await serveWatch(data);
    self.postMessage({ port: server?.port });
  } catch (error) {
    self.postMessage({ error: (error as Error).message });
  }
};
