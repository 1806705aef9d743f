/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import type { Simulation } from "../simulate.ts";
import { type NamedProblem, simulationOf } from "./problems.ts";

/** What a worker is told: which data set, or which of its images to make. */
export type Message =
  | { readonly problem: NamedProblem; readonly count: number }
  | { readonly first: number; readonly length: number };

/** What it answers to the latter: the pixels, or why there are none. */
export type Answer = Float32Array<ArrayBuffer> | { readonly error: string };

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

self.onmessage = ({ data }: MessageEvent<Message>) => {
  try {
    const images = answer(data);
    if (images instanceof Float32Array) self.postMessage(images, [images.buffer]);
  } catch (error) {
    self.postMessage({ error: (error as Error).message });
    self.close();
  }
};
