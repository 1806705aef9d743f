import type { Device } from "../../gpu/device.ts";
import { flopOf, FMA_THREADS, fmaCode, type FMAShape, fmaShapes } from "./fma.ts";
import { productCode, type ProductShape, productShapes, tileOf } from "./product.ts";
import stream from "./stream.wgsl" with { type: "text" };
import { createStopwatch, type Stopwatch } from "./stopwatch.ts";
import touch from "./touch.wgsl" with { type: "text" };

/** What a device can do. */
export interface AdapterFigures {
  /** Multiply-adds x 2 a second on registers, float32: the most that was seen. */
  readonly fma: number;
  /** The same in plain WGSL matrix products of edge n. */
  readonly products: readonly {
    readonly shape: ProductShape;
    readonly n: number;
    readonly flops: number;
  }[];
  /** Bytes a second, read and written once. */
  readonly bandwidth: number;
  /** Seconds of the smallest kernel that waits for the one before, in a row of them. */
  readonly launch: number;
  /** Seconds that the host takes to submit one such kernel. */
  readonly submit: number;
  /** Seconds from submit to data on the host of the smallest kernel, read early and awaited. */
  readonly roundTrip: { readonly early: number; readonly awaited: number };
  /** Whether kernels were timed by the device's own clock. */
  readonly clock: boolean;
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;

/** Buffers for one measurement. */
async function withBuffers<T>(
  device: Device,
  sizes: readonly number[],
  use: (buffers: GPUBuffer[]) => Promise<T>,
): Promise<T> {
  const buffers: GPUBuffer[] = [];
  try {
    for (const bytes of sizes) {
      const usage = STORAGE | COPY_SRC | COPY_DST;
      buffers.push(await device.buffer({ label: "bench", bytes, usage }));
    }
    return await use(buffers);
  } finally {
    for (const buffer of buffers) device.release(buffer);
  }
}

const bind = (device: Device, pipeline: GPUComputePipeline, buffers: readonly GPUBuffer[]) =>
  device.checked("bind", () =>
    device.gpu.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    }));

/** Most flop a second on registers; the grid grows until a kernel takes 20 ms. */
async function measureFMA(device: Device, stopwatch: Stopwatch, shape: FMAShape): Promise<number> {
  const turns = 64;
  const code = fmaCode(shape), constants = { turns };
  const pipeline = await device.pipeline({ label: "fma", code, constants });
  return await withBuffers(device, [32, 16], async (buffers) => {
    device.gpu.queue.writeBuffer(buffers[0], 0, new Float32Array(8).fill(0.5));
    const group = await bind(device, pipeline, buffers);
    await stopwatch(pipeline, group, [1]); // the first may compile
    for (let workgroups = 16;; workgroups *= 2) {
      const seconds = await stopwatch(pipeline, group, [workgroups]);
      if (seconds < 0.02 && 2 * workgroups <= device.limits.maxComputeWorkgroupsPerDimension) {
        continue;
      }
      const trials = [seconds];
      for (let i = 0; i < 4; i++) trials.push(await stopwatch(pipeline, group, [workgroups]));
      return flopOf(shape) * turns * FMA_THREADS * workgroups / Math.min(...trials);
    }
  });
}

/** Flop a second of a product of edge n, which is checked. */
async function measureProduct(
  device: Device,
  stopwatch: Stopwatch,
  shape: ProductShape,
  n: number,
): Promise<number> {
  const { threads, step } = shape;
  const pipeline = await device.pipeline({
    label: `product ${tileOf(shape)}`,
    code: productCode(shape),
    constants: { n },
    workgroupSize: [threads, threads],
    workgroupBytes: 2 * 4 * step * tileOf(shape),
  });
  return await withBuffers(device, [4 * n * n, 4 * n * n, 4 * n * n], async (buffers) => {
    const [a, b, c] = buffers;
    // small whole numbers: float32 sums of them are exact in every order
    const left = Float32Array.from({ length: n * n }, (_, i) => i * 7 % 13 - 6);
    const right = Float32Array.from({ length: n * n }, (_, i) => i * 5 % 11 - 5);
    device.gpu.queue.writeBuffer(a, 0, left);
    device.gpu.queue.writeBuffer(b, 0, right);
    const group = await bind(device, pipeline, buffers);
    const tiles = n / tileOf(shape);
    const trials: number[] = [];
    for (let i = 0; i < 4; i++) trials.push(await stopwatch(pipeline, group, [tiles, tiles]));
    for (const [row, column] of [[0, 0], [n - 1, n - 2], [n / 2 + 5, 9]]) {
      const [found] = new Float32Array(await device.read(c, 4 * (row * n + column), 4));
      let wanted = 0;
      for (let k = 0; k < n; k++) wanted += left[k * n + row] * right[k * n + column];
      if (found !== wanted) throw new Error(`Cannot time a wrong product: ${found}, not ${wanted}`);
    }
    return 2 * n ** 3 / median(trials.slice(1));
  });
}

/** Bytes a second over as much memory as one binding may have, 1 GiB at most. */
async function measureBandwidth(device: Device, stopwatch: Stopwatch): Promise<number> {
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  const most = device.software ? 2 ** 25 : 2 ** 30;
  const bytes = 1024 *
    Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize, most) / 1024);
  const pipeline = await device.pipeline({ label: "stream", code: stream });
  return await withBuffers(device, [bytes, bytes], async (buffers) => {
    const group = await bind(device, pipeline, buffers);
    const workgroups = Math.min(8192, bytes / 4096);
    const trials: number[] = [];
    for (let i = 0; i < 6; i++) trials.push(await stopwatch(pipeline, group, [workgroups]));
    return 2 * bytes / median(trials.slice(1));
  });
}

/** What a kernel, a submit and a wait cost beside their work. */
async function measureOverheads(device: Device, stopwatch: Stopwatch) {
  const pipeline = await device.pipeline({ label: "touch", code: touch });
  return await withBuffers(device, [4], async (buffers) => {
    const group = await bind(device, pipeline, buffers), [count] = buffers;
    const submit = (then?: (encoder: GPUCommandEncoder) => void) => {
      const encoder = device.gpu.createCommandEncoder(), pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(1);
      pass.end();
      then?.(encoder);
      device.gpu.queue.submit([encoder.finish()]);
    };
    const REPEATS = 500;
    const rows: number[] = [];
    for (let i = 0; i < 4; i++) rows.push(await stopwatch(pipeline, group, [1], REPEATS));
    const staging = await device.staging(4);
    const submits: number[] = [], early: number[] = [], awaited: number[] = [];
    for (let i = 0; i < 50; i++) {
      const started = performance.now();
      submit((encoder) => staging.copyInto(encoder, count));
      submits.push(performance.now() - started);
      await staging.read();
      early.push(performance.now() - started);
    }
    for (let i = 0; i < 10; i++) {
      const started = performance.now();
      submit();
      await device.gpu.queue.onSubmittedWorkDone();
      awaited.push(performance.now() - started);
    }
    staging.release();
    return {
      launch: median(rows.slice(1)) / REPEATS,
      submit: median(submits) / 1000,
      roundTrip: { early: median(early) / 1000, awaited: median(awaited) / 1000 },
    };
  });
}

/** Measures a device; a few seconds on hardware and on software. */
export async function measureAdapter(device: Device): Promise<AdapterFigures> {
  using stopwatch = await createStopwatch(device);
  const { time, clock } = stopwatch;
  const products: AdapterFigures["products"][number][] = [];
  for (const shape of productShapes) {
    for (const n of device.software ? [256] : [1024, 4096]) {
      products.push({ shape, n, flops: await measureProduct(device, time, shape, n) });
    }
  }
  const fma: number[] = [];
  for (const shape of fmaShapes) fma.push(await measureFMA(device, time, shape));
  return {
    fma: Math.max(...fma),
    products,
    bandwidth: await measureBandwidth(device, time),
    ...await measureOverheads(device, time),
    clock,
  };
}
