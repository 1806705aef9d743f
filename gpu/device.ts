import { type Adapter, describeAdapter } from "./adapter.ts";
import { type Limits, pickLimits, requestedLimits } from "./limits.ts";
import { compile, type PipelineOptions } from "./pipeline.ts";
import { inScopes, inWords } from "./scope.ts";
import { createStaging, type Staging } from "./staging.ts";

/** How a device is to be opened. */
export interface DeviceOptions {
  /** Limits to ask for, each at most what the adapter offers; by default all that is useful. */
  readonly limits?: Partial<Limits>;
  /** Features to ask for where the adapter has them. */
  readonly features?: readonly GPUFeatureName[];
  /** Whether reads may take the data before Deno's wait has ended; see staging.ts. */
  readonly earlyRead?: boolean;
}

/** A buffer to be made. */
export interface BufferOptions {
  /** What it holds, for messages. */
  readonly label: string;
  /** Its size, a multiple of 4. */
  readonly bytes: number;
  /** GPUBufferUsage flags. */
  readonly usage: number;
}

/** An open GPU that says what went wrong. Owns its buffers. */
export interface Device extends AsyncDisposable {
  /** The device itself. */
  readonly gpu: GPUDevice;
  /** The driver's words, and whether it is software. */
  readonly description: string;
  /** Whether it runs on the processor. */
  readonly software: boolean;
  /** What it granted. */
  readonly limits: Limits;
  /** What it granted beside. */
  readonly features: ReadonlySet<string>;
  /** Bytes in buffers now. */
  readonly bytesHeld: number;
  /** Whether reads take the data early. */
  readonly earlyRead: boolean;
  /**
   * Does something on the device and throws what it reports.
   * @param act what is done, for "Cannot <act>: ..."
   * @param make synchronous
   */
  checked<T>(act: string, make: () => T): Promise<T>;
  /** Makes a buffer; destroyed with the device. */
  buffer(options: BufferOptions): Promise<GPUBuffer>;
  /** Destroys a buffer. */
  release(buffer: GPUBuffer): void;
  /** Compiles a kernel. */
  pipeline(options: PipelineOptions): Promise<GPUComputePipeline>;
  /** Memory to read results through, made once for many reads. */
  staging(bytes: number, label?: string): Promise<Staging>;
  /** Waits, and reads once what a COPY_SRC buffer holds. */
  read(buffer: GPUBuffer, offset?: number, bytes?: number): Promise<ArrayBuffer>;
  /** Throws if the device is lost or has reported an error that nobody was there to catch. */
  requireAlive(): void;
}

/**
 * Opens an adapter, which can be done once.
 *
 * @throws {Error} if the adapter does not open.
 */
export async function openDevice(
  adapter: Adapter,
  {
    limits: wanted,
    features = ["timestamp-query"],
    earlyRead = "Deno" in globalThis,
  }: DeviceOptions = {},
): Promise<Device> {
  const description = describeAdapter(adapter);
  const gpu = await adapter.gpu.requestDevice({
    label: "vitreous",
    requiredLimits: { ...requestedLimits(adapter.gpu.limits, wanted) },
    requiredFeatures: features.filter((feature) => adapter.gpu.features.has(feature)),
  }).catch((cause) => {
    throw new Error(`Cannot open ${description}: ${cause.message}`, { cause });
  });

  const limits = pickLimits((name) => gpu.limits[name]);
  const held = new Map<GPUBuffer, number>();
  let bytesHeld = 0, disposed = false, lost: string | undefined;
  const uncaptured: GPUError[] = [];

  gpu.lost.then(({ reason, message }) => {
    lost = reason === "destroyed" ? "it was destroyed" : `it was lost, ${message || "unexplained"}`;
  });
  gpu.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    uncaptured.push((event as GPUUncapturedErrorEvent).error);
  });

  const requireAlive = () => {
    if (disposed) throw new Error(`Cannot use ${description}: it was closed`);
    if (lost !== undefined) throw new Error(`Cannot use ${description}: ${lost}`);
    const error = uncaptured.shift();
    if (error) throw new Error(`Cannot use ${description}: ${inWords(error)}`, { cause: error });
  };

  const checked = async <T>(act: string, make: () => T): Promise<T> => {
    requireAlive();
    const value = await inScopes(gpu, act, make);
    requireAlive();
    return value;
  };

  const release = (buffer: GPUBuffer) => {
    bytesHeld -= held.get(buffer) ?? 0;
    held.delete(buffer);
    buffer.destroy();
  };

  const buffer = async ({ label, bytes, usage }: BufferOptions) => {
    if (!(Number.isSafeInteger(bytes) && bytes > 0 && bytes % 4 === 0)) {
      throw new RangeError(`Cannot create ${label}: ${bytes} bytes, wanted a multiple of 4`);
    }
    if (bytes > limits.maxBufferSize) {
      throw new RangeError(
        `Cannot create ${label}: ${bytes} bytes, wanted at most ${limits.maxBufferSize} ` +
          `on ${description}`,
      );
    }
    const made = await checked(
      `create ${label} of ${bytes} bytes beside ${bytesHeld} held`,
      () => gpu.createBuffer({ label, size: bytes, usage }),
    );
    held.set(made, bytes);
    bytesHeld += bytes;
    return made;
  };

  const staging = async (bytes: number, label = "staging") => {
    const memory = await buffer({
      label,
      bytes,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const context = { earlyRead, requireAlive };
    return await createStaging(context, memory, () => release(memory));
  };

  return {
    gpu,
    description,
    software: adapter.software,
    limits,
    features: new Set(gpu.features),
    get bytesHeld() {
      return bytesHeld;
    },
    earlyRead,
    checked,
    buffer,
    release,
    pipeline: (options) => compile({ gpu, limits, checked }, options),
    staging,
    async read(source, offset = 0, bytes = source.size - offset) {
      const through = await staging(bytes, `copy of ${source.label}`);
      try {
        await checked(`read ${source.label}`, () => {
          const encoder = gpu.createCommandEncoder();
          through.copyInto(encoder, source, { from: offset });
          gpu.queue.submit([encoder.finish()]);
        });
        return (await through.read()).buffer;
      } finally {
        through.release();
      }
    },
    requireAlive,
    async [Symbol.asyncDispose]() {
      if (disposed) return;
      disposed = true;
      for (const owned of held.keys()) owned.destroy();
      held.clear();
      bytesHeld = 0;
      gpu.destroy();
      await gpu.lost;
    },
  };
}
