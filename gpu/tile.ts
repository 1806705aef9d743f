import type { Device } from "./device.ts";
import type { KernelName } from "./kernels.ts";
import type { Programs } from "./programs.ts";
import { TILE } from "./sizes.ts";

/** How many sums of a product a thread keeps in registers. */
export interface Tile {
  readonly kernel: KernelName;
  /** Sums along planes and along rows. */
  readonly edge: 4 | 8;
}

/** The tiles by name. Results do not depend on the choice: every sum is taken in the same order. */
export const tiles = {
  "4x4": { kernel: "multiply4x4", edge: 4 },
  "8x8": { kernel: "multiply8x8", edge: 8 },
} as const satisfies Record<string, Tile>;

/** Name of a tile. */
export type TileName = keyof typeof tiles;

/**
 * A tile by name.
 *
 * @throws {RangeError} if there is none of that name.
 */
export function parseTile(name: string): TileName {
  if (!Object.hasOwn(tiles, name)) {
    throw new RangeError(
      `Cannot use tile ${name}: wanted one of ${Object.keys(tiles).join(", ")}`,
    );
  }
  return name as TileName;
}

/** Sizes of the product that tiles are tried on: what 30 images have at r = 10. */
const LANES = 768, COLUMNS = 512, ROWS = 88;
/** Products a trial. */
const REPEATS = 8;

/**
 * Times a product with every tile.
 *
 * @returns seconds of a trial by tile, the same work for all
 */
export async function timeTiles(
  device: Device,
  programs: Programs,
): Promise<Record<TileName, number>> {
  const { gpu } = device, held: GPUBuffer[] = [];
  const make = async (label: string, bytes: number, usage: number) => {
    const buffer = await device.buffer({ label, bytes, usage: usage | GPUBufferUsage.COPY_DST });
    held.push(buffer);
    return buffer;
  };
  const { STORAGE, UNIFORM, COPY_SRC } = GPUBufferUsage;
  try {
    const product = await make("trial", 160, UNIFORM);
    const tasks = Array.from({ length: 8 }, (_, z) => [0, 0, z * COLUMNS, ROWS]);
    const pitches = [LANES / 4, COLUMNS / 4, LANES / 4, 1, 0, 1, 0, 0];
    gpu.queue.writeBuffer(product, 0, Uint32Array.from([...tasks.flat(), ...pitches]));
    const a = await make("trial slices", 4 * ROWS * LANES, STORAGE);
    const b = await make("trial images", 4 * ROWS * COLUMNS, STORAGE);
    const kept = await make("trial list", 16, STORAGE);
    const result = await make("trial products", 4 * 8 * COLUMNS * LANES, STORAGE | COPY_SRC);
    const seconds: Partial<Record<TileName, number>> = {};
    for (const [name, { kernel, edge }] of Object.entries(tiles)) {
      const program = await programs.get(kernel, { listed: 0, rowThreads: TILE / edge });
      const bindings = program.bind([product, a, b, kept, result]);
      const run = async (repeats: number) => {
        const started = performance.now();
        await device.checked("try a tile", () => {
          const encoder = gpu.createCommandEncoder(), pass = encoder.beginComputePass();
          pass.setPipeline(program.pipeline);
          pass.setBindGroup(0, bindings);
          for (let i = 0; i < repeats; i++) {
            pass.dispatchWorkgroups(LANES / TILE, COLUMNS / TILE, 8);
          }
          pass.end();
          gpu.queue.submit([encoder.finish()]);
        });
        await device.read(result, 0, 4);
        return (performance.now() - started) / 1000;
      };
      await run(1); // the first compiles
      seconds[name as TileName] = await run(REPEATS);
    }
    return seconds as Record<TileName, number>;
  } finally {
    for (const buffer of held) device.release(buffer);
  }
}

/** The tile that was fastest on a device, tried once. */
const fastest = new WeakMap<Device, Promise<TileName>>();

/** The fastest tile; on software, where speed is not the point, the smallest. */
export function chooseTile(device: Device, programs: Programs): Promise<TileName> {
  if (device.software) return Promise.resolve("4x4");
  const known = fastest.get(device) ??
    timeTiles(device, programs).then((seconds) =>
      (Object.keys(seconds) as TileName[]).reduce((a, b) => seconds[b] < seconds[a] ? b : a)
    );
  fastest.set(device, known);
  return known;
}
