/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import type { Simulation } from "../simulate.ts";
import { type NamedProblem, simulationOf } from "./problems.ts";

/** What a worker is told: which data set, or which of its images to make. */
export type Message =
  | { readonly problem: NamedProblem; readonly count: number }
  | { readonly first: number; readonly length: number };

let simulation: Simulation;

self.onmessage = ({ data }: MessageEvent<Message>) => {
  if ("problem" in data) {
    simulation = simulationOf(data.problem, data.count);
    return;
  }
  const { boxSize } = simulation.truth, size = boxSize * boxSize;
  const images = new Float32Array(data.length * size);
  for (let i = 0; i < data.length; i++) images.set(simulation.image(data.first + i), i * size);
  self.postMessage(images, [images.buffer]);
};
