import type { KernelName } from "./kernels.ts";
import type { Buffers, MemoryName } from "./memory.ts";
import type { Programs } from "./programs.ts";
import type { Recorder } from "./recorder.ts";

/** Workgroups along x, y, z; 1 where not given. */
export type Workgroups = readonly [x: number, y?: number, z?: number];

/** A kernel with its buffers: records one dispatch. */
export type Dispatch = (workgroups: Workgroups, call?: ArrayBuffer) => Promise<void>;

/** What a kernel is bound to: memory by name, the recorder's calls, or a buffer. */
export type Bindable = MemoryName | "calls" | GPUBuffer;

/** Binds kernels to the memory of a level of a session. */
export type Binder = (
  name: KernelName,
  buffers: readonly Bindable[],
  constants?: Readonly<Record<string, number>>,
) => Promise<Dispatch>;

/** A binder of a level. */
export function createBinder(programs: Programs, recorder: Recorder, at: Buffers): Binder {
  return async (name, buffers, constants) => {
    const program = await programs.get(name, constants);
    const bindings = program.bind(buffers.map((buffer) => {
      if (typeof buffer !== "string") return buffer;
      return buffer === "calls" ? recorder.calls : at[buffer];
    }));
    return (workgroups, call) => recorder.add(program, bindings, workgroups, call);
  };
}

/** Workgroups of 64 threads that hold so many threads. */
export const groupsOf = (threads: number) => Math.ceil(threads / 64);
