import type { NamedProblem } from "./problems.ts";
import type { Answer, Message } from "./simulate_worker.ts";

/** Images a worker makes at a time. */
const CHUNK = 32;

/**
 * The images of a named problem in order, made by several workers: image i does not depend on who makes
 * it. At 128^2 an image takes 9 ms of one core.
 *
 * @yields some consecutive images, [c, N, N]
 */
export async function* simulateInParallel(
  problem: NamedProblem,
  { count, threads }: { count: number; threads: number },
): AsyncGenerator<Float32Array, void, void> {
  const chunks = Math.ceil(count / CHUNK), made: Promise<Float32Array>[] = [];
  const workers = Array.from(
    { length: Math.min(threads, chunks) },
    () => new Worker(new URL("./simulate_worker.ts", import.meta.url), { type: "module" }),
  );
  const tell = (worker: Worker, message: Message) => worker.postMessage(message);
  const make = (chunk: number) => {
    const worker = workers[chunk % workers.length], first = chunk * CHUNK;
    const images = new Promise<Float32Array>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Answer>) =>
        "error" in data ? reject(new RangeError(data.error)) : resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`a simulating worker stopped: ${event.message}`));
      };
    });
    images.catch(() => {}); // heard of when its turn comes
    made[chunk] = images;
    tell(worker, { first, length: Math.min(CHUNK, count - first) });
  };
  try {
    for (const worker of workers) tell(worker, { problem, count });
    for (let chunk = 0; chunk < workers.length; chunk++) make(chunk);
    for (let chunk = 0; chunk < chunks; chunk++) {
      const images = await made[chunk];
      delete made[chunk];
      if (chunk + workers.length < chunks) make(chunk + workers.length);
      yield images;
    }
  } finally {
    workers.forEach((worker) => worker.terminate());
  }
}
