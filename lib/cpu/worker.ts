import { instantiateKernels } from "./kernels.ts";
import { CONTROL_WORDS, type Layout, levelsOf } from "./layout.ts";
import { type Command, run } from "./program.ts";
import type { Thread } from "./thread.ts";
import { createTeam } from "./team.ts";

/** What a worker is told: the session it belongs to, or a step to run. */
export type Message =
  | {
    open: { module: WebAssembly.Module; memory: WebAssembly.Memory; layout: Layout; index: number };
  }
  | { run: Command };

/** This worker's side of the channel; the package as a whole is not compiled with a worker's types. */
const channel = globalThis as unknown as {
  onmessage: (event: MessageEvent<Message>) => void;
  postMessage(answer: string): void;
};

let thread: Thread;

channel.onmessage = ({ data }) => {
  if ("open" in data) {
    const { module, memory, layout, index } = data.open;
    const { sizes, at } = layout;
    const kernels = instantiateKernels(module, memory);
    kernels.setScratch(at.scratch + (at.lines - at.scratch) / sizes.threads * index);
    const control = new Int32Array(memory.buffer, at.control, CONTROL_WORDS);
    const team = createTeam(control, sizes.threads);
    thread = { index, kernels, layout, levels: levelsOf(layout), memory, team, roomFor: [] };
  } else {
    run(thread, data.run);
  }
  if (thread.index === 0) channel.postMessage("done");
};
