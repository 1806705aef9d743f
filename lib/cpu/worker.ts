/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { instantiateKernels } from "./kernels.ts";
import { CONTROL_WORDS, type Layout } from "./layout.ts";
import { type Command, run, type Thread } from "./program.ts";
import { createTeam } from "./team.ts";

/** What a worker is told: the session it belongs to, or a step to run. */
export type Message =
  | {
    open: { module: WebAssembly.Module; memory: WebAssembly.Memory; layout: Layout; index: number };
  }
  | { run: Command };

let thread: Thread;

self.onmessage = ({ data }: MessageEvent<Message>) => {
  if ("open" in data) {
    const { module, memory, layout, index } = data.open;
    const { sizes, at } = layout;
    const kernels = instantiateKernels(module, memory);
    kernels.setScratch(at.scratch + (at.lines - at.scratch) / sizes.threads * index);
    const control = new Int32Array(memory.buffer, at.control, CONTROL_WORDS);
    thread = { index, kernels, layout, memory, team: createTeam(control, sizes.threads) };
  } else {
    run(thread, data.run);
  }
  if (thread.index === 0) self.postMessage("done");
};
