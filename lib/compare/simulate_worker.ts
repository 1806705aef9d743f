import type { Simulation } from "../simulate.ts";
import { type NamedProblem, simulationOf } from "./problems.ts";

/** What a worker is told: which data set, or which of its images to make. */
export type Message =
  | { readonly problem: NamedProblem; readonly count: number }
  | { readonly first: number; readonly length: number };

/** What it answers to the latter: the pixels, or why there are none. */
export type Answer = Float32Array<ArrayBuffer> | { readonly error: string };

/** This worker's side of the channel; the package as a whole is not compiled with a worker's types. */
const channel = globalThis as unknown as {
  onmessage: (event: MessageEvent<Message>) => void;
  postMessage(answer: Answer, transfer?: Transferable[]): void;
  close(): void;
};

let simulation: Simulation;

function answer(message: Message): Answer | undefined {
  if ("problem" in message) {
    simulation = simulationOf(message.problem, message.count);
    return undefined;
  }
  const { first, length } = message, size = simulation.truth.boxSize ** 2;
  const images = new Float32Array(length * size);
  for (let i = 0; i < length; i++) images.set(simulation.image(first + i), i * size);
  return images;
}

channel.onmessage = ({ data }) => {
  try {
    const images = answer(data);
    if (images instanceof Float32Array) channel.postMessage(images, [images.buffer]);
  } catch (error) {
    channel.postMessage({ error: (error as Error).message });
    channel.close();
  }
};
