import type { Device } from "../../gpu/device.ts";

/** Seconds that kernels in a row take on the device. */
export type Stopwatch = (
  pipeline: GPUComputePipeline,
  bindings: GPUBindGroup,
  workgroups: readonly [number, number?, number?],
  repeats?: number,
) => Promise<number>;

/** A stopwatch and what it has in hand. */
export interface OpenStopwatch extends Disposable {
  readonly time: Stopwatch;
  /** Whether it is the device's own clock; else the host's, less what an empty round trip takes. */
  readonly clock: boolean;
}

/** Times kernels by the device's clock where it has one. */
export async function createStopwatch(device: Device): Promise<OpenStopwatch> {
  const { gpu } = device;
  const clock = device.features.has("timestamp-query");
  const staging = await device.staging(16);
  const { QUERY_RESOLVE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const times = await device.buffer({
    label: "timestamps",
    bytes: 16,
    usage: COPY_SRC | (clock ? QUERY_RESOLVE : COPY_DST),
  });
  const querySet = clock ? gpu.createQuerySet({ type: "timestamp", count: 2 }) : undefined;
  const timestampWrites = querySet && {
    querySet,
    beginningOfPassWriteIndex: 0,
    endOfPassWriteIndex: 1,
  };

  /** Seconds by the device's clock and by the host's. */
  const run = async (encode: (pass: GPUComputePassEncoder) => void) => {
    const started = performance.now();
    await device.checked("time kernels", () => {
      const encoder = gpu.createCommandEncoder();
      const pass = encoder.beginComputePass({ timestampWrites });
      encode(pass);
      pass.end();
      if (querySet) encoder.resolveQuerySet(querySet, 0, 2, times, 0);
      staging.copyInto(encoder, times);
      gpu.queue.submit([encoder.finish()]);
    });
    const [first, last] = new BigUint64Array((await staging.read()).buffer);
    const host = (performance.now() - started) / 1000;
    return clock ? Number(last - first) * 1e-9 : host;
  };

  let empty = 0;
  if (!clock) {
    const trials: number[] = [];
    for (let i = 0; i < 9; i++) trials.push(await run(() => {}));
    empty = trials.sort((a, b) => a - b)[4];
  }

  return {
    clock,
    async time(pipeline, bindings, workgroups, repeats = 1) {
      const seconds = await run((pass) => {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        for (let i = 0; i < repeats; i++) {
          pass.dispatchWorkgroups(...workgroups as [number, number, number]);
        }
      });
      return Math.max(seconds - empty, 1e-9);
    },
    [Symbol.dispose]() {
      querySet?.destroy();
      device.release(times);
      staging.release();
    },
  };
}
