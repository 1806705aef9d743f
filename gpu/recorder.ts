import type { Device } from "./device.ts";
import { CALL_BYTES, type Program } from "./programs.ts";

/**
 * Steps for the device, kept until they are submitted together. What is written to buffers is written at
 * once, so nothing that a kept step reads may be written before it is submitted.
 */
export interface Recorder {
  /** The buffer that "call" bindings show a piece of. */
  readonly calls: GPUBuffer;
  /** Whether there are steps to be submitted. */
  readonly pending: boolean;
  /**
   * Adds a step.
   * @param call numbers for its "call" binding, if it has one
   */
  add(
    program: Program,
    bindings: GPUBindGroup,
    workgroups: readonly [number, number?, number?],
    call?: ArrayBuffer,
  ): Promise<void>;
  /**
   * Submits everything, without waiting for it.
   * @param then adds copies behind the steps
   * @throws {Error} if the device refuses it or is lost.
   */
  submit(then?: (encoder: GPUCommandEncoder) => void): Promise<void>;
  /** Frees what it holds. */
  release(): void;
}

/** Called with a kernel's name and how long it ran, seconds. */
export type Profile = (kernel: string, seconds: number) => void;

interface Step {
  readonly program: Program;
  readonly bindings: GPUBindGroup;
  readonly workgroups: readonly [number, number?, number?];
  readonly offsets: number[];
}

/** Calls kept between two submits. */
const CALLS = 512;

/** A recorder of a device; `profile` times every step by the device's own clock. */
export async function createRecorder(device: Device, profile?: Profile): Promise<Recorder> {
  const { gpu } = device;
  const calls = await device.buffer({
    label: "calls",
    bytes: CALLS * CALL_BYTES,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  const clock = profile && await createClock(device, CALLS);
  let steps: Step[] = [], used = 0;

  const encode = (then?: (encoder: GPUCommandEncoder) => void) => {
    const encoder = gpu.createCommandEncoder();
    const run = (pass: GPUComputePassEncoder, { program, bindings, workgroups, offsets }: Step) => {
      pass.setPipeline(program.pipeline);
      pass.setBindGroup(0, bindings, offsets);
      pass.dispatchWorkgroups(...workgroups as [number, number, number]);
    };
    if (clock) {
      steps.forEach((step, i) => {
        const pass = encoder.beginComputePass({ timestampWrites: clock.around(i) });
        run(pass, step);
        pass.end();
      });
      clock.resolve(encoder, steps.length);
    } else if (steps.length > 0) {
      const pass = encoder.beginComputePass();
      for (const step of steps) run(pass, step);
      pass.end();
    }
    then?.(encoder);
    gpu.queue.submit([encoder.finish()]);
  };

  const submit = async (then?: (encoder: GPUCommandEncoder) => void) => {
    if (steps.length === 0 && !then) return;
    try {
      await device.checked("run the kernels", () => encode(then));
      if (clock && profile) {
        const seconds = await clock.read(steps.length);
        steps.forEach(({ program }, i) => profile(program.name, seconds[i]));
      }
    } finally {
      steps = [], used = 0;
    }
  };

  return {
    calls,
    get pending() {
      return steps.length > 0;
    },
    async add(program, bindings, workgroups, call) {
      if (used === CALLS || steps.length === CALLS) await submit();
      const offsets: number[] = [];
      if (call) {
        offsets.push(used * CALL_BYTES);
        gpu.queue.writeBuffer(calls, used * CALL_BYTES, call);
        used++;
      }
      steps.push({ program, bindings, workgroups, offsets });
    },
    submit,
    release() {
      device.release(calls);
      clock?.release();
    },
  };
}

/** Timestamps before and after up to `most` passes. */
async function createClock(device: Device, most: number) {
  if (!device.features.has("timestamp-query")) {
    throw new Error(`Cannot time kernels on ${device.description}: it has no timestamp-query`);
  }
  const querySet = device.gpu.createQuerySet({ type: "timestamp", count: 2 * most });
  const times = await device.buffer({
    label: "timestamps",
    bytes: 16 * most,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  return {
    around: (i: number) => ({
      querySet,
      beginningOfPassWriteIndex: 2 * i,
      endOfPassWriteIndex: 2 * i + 1,
    }),
    release() {
      querySet.destroy();
      device.release(times);
    },
    resolve(encoder: GPUCommandEncoder, count: number) {
      encoder.resolveQuerySet(querySet, 0, 2 * count, times, 0);
    },
    async read(count: number): Promise<number[]> {
      const ticks = new BigUint64Array(await device.read(times, 0, 16 * count));
      return Array.from(
        { length: count },
        (_, i) => Number(ticks[2 * i + 1] - ticks[2 * i]) * 1e-9,
      );
    },
  };
}
