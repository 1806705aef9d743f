/** Bytes on their way from the device to the host. */
export interface Staging {
  /** Its size. */
  readonly bytes: number;
  /** Copies part of a buffer here: bytes from `from` of the source to `to`; multiples of 4. */
  copyInto(
    encoder: GPUCommandEncoder,
    source: GPUBuffer,
    part?: { readonly from?: number; readonly to?: number; readonly bytes?: number },
  ): void;
  /**
   * Waits for the submitted work and returns what was copied here, the first `bytes`.
   * @param into written and returned if given; as long as what is read, in numbers
   */
  read(
    options?: { readonly bytes?: number; readonly into?: Float32Array<ArrayBuffer> },
  ): Promise<Float32Array<ArrayBuffer>>;
  /** Frees it. */
  release(): void;
}

/** What a staging buffer needs of its device. */
export interface StagingContext {
  /**
   * Whether a read may take the data when the mapAsync() call returns, before its promise settles.
   * Deno's call waits for the device and maps the buffer, then its promise sleeps 10 ms.
   */
  readonly earlyRead: boolean;
  /** Throws if the device is lost or an error is waiting. */
  requireAlive(): void;
}

/** Longest time without a turn of the event loop, ms: signals, timers and progress come in there. */
const TURN = 20;

/** When the event loop last turned for sure, ms of performance.now(). */
let turned = 0;

/** Lets the event loop turn once; a message costs 0.03 ms, a timer 2 ms. */
async function turnEventLoop(): Promise<void> {
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
  turned = performance.now();
}

/**
 * Makes a buffer of staging memory usable for reading; see Staging.
 * @param buffer MAP_READ | COPY_DST, not in use
 * @param release frees the buffer
 */
export async function createStaging(
  { earlyRead, requireAlive }: StagingContext,
  buffer: GPUBuffer,
  release: () => void,
): Promise<Staging> {
  const label = buffer.label || "staging";
  const size = buffer.size;
  let reading = false;

  const range = async (bytes: number): Promise<ArrayBuffer> => {
    const mapped = buffer.mapAsync(GPUMapMode.READ, 0, bytes);
    if (earlyRead) {
      // nobody awaits it once the data is here; a failure shows in getMappedRange() too
      mapped.catch(() => {});
      try {
        return buffer.getMappedRange(0, bytes);
      } catch {
        // not mapped yet
      }
    }
    await mapped;
    requireAlive();
    return buffer.getMappedRange(0, bytes);
  };

  // Deno aborts if getMappedRange() comes before the first awaited map of a buffer has ended
  await buffer.mapAsync(GPUMapMode.READ);
  buffer.unmap();

  return {
    bytes: size,
    copyInto(encoder, source, { from = 0, to = 0, bytes = size - to } = {}) {
      encoder.copyBufferToBuffer(source, from, buffer, to, bytes);
    },
    async read({ bytes = size, into = new Float32Array(bytes / 4) } = {}) {
      if (!(bytes > 0 && bytes <= size && bytes % 4 === 0)) {
        throw new RangeError(
          `Cannot read ${label}: ${bytes} bytes, wanted a multiple of 4 up to ${size}`,
        );
      }
      if (into.byteLength !== bytes) {
        throw new RangeError(
          `Cannot read ${label}: ${bytes} bytes into ${into.byteLength}, wanted as many`,
        );
      }
      if (reading) throw new Error(`Cannot read ${label}: the last read has not ended`);
      requireAlive();
      reading = true;
      try {
        into.set(new Float32Array(await range(bytes)));
        buffer.unmap();
      } catch (cause) {
        // that the device is lost is heard of only after a turn
        await turnEventLoop();
        requireAlive();
        throw new Error(`Cannot read ${label}: ${(cause as Error).message}`, { cause });
      } finally {
        reading = false;
      }
      if (performance.now() - turned > TURN) await turnEventLoop();
      requireAlive();
      return into;
    },
    release,
  };
}
