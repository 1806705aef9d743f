import type { Layout } from "./layout.ts";
import type { Command } from "./program.ts";
import type { Message } from "./worker.ts";

/** The threads of a session. */
export interface Threads {
  /** Has all of them run a step; resolves when the last is done. Steps wait for each other. */
  run(command: Command): Promise<void>;
  stop(): void;
}

/** Starts the threads of a session and speaks to them. */
export async function createThreads(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  layout: Layout,
): Promise<Threads> {
  const workers = Array.from(
    { length: layout.sizes.threads },
    () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
  );
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  let failed: Error | undefined;
  workers[0].onmessage = () => settle?.resolve();
  for (const worker of workers) {
    worker.onerror = (event) => {
      event.preventDefault();
      failed = new Error(`a cpu thread stopped: ${event.message}`);
      settle?.reject(failed);
    };
  }
  let queue: Promise<unknown> = Promise.resolve();
  const send = (message: (index: number) => Message): Promise<void> => {
    const answer = queue.then(() =>
      new Promise<void>((resolve, reject) => {
        if (failed) return reject(failed);
        settle = { resolve, reject };
        workers.forEach((worker, index) => worker.postMessage(message(index)));
      })
    );
    queue = answer.catch(() => {});
    return answer;
  };
  await send((index) => ({ open: { module, memory, layout, index } }));
  return {
    run: (command: Command) => send(() => ({ run: command })),
    stop: () => {
      failed = new Error("a cpu session was used after it was closed");
      settle?.reject(failed);
      workers.forEach((worker) => worker.terminate());
    },
  };
}
