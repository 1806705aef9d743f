import type { Problem } from "../lib/backend.ts";
import { createNoise, type Noise } from "../lib/noise.ts";
import type { Binder, Dispatch } from "./binder.ts";
import { encodeCall } from "./comparison.ts";
import type { DeviceImages, Page } from "./images.ts";
import type { Memory } from "./memory.ts";

/** The noise of a session, on the device. */
export interface DeviceNoise {
  /** As it is now. */
  readonly current: Noise;
  /** Another one, for the images that are stored too; white unless given. */
  set(variance?: ArrayLike<number>): Promise<void>;
  /** Powers of images of a page, at places from..from + count - 1. */
  measure(page: Page, from: number, count: number): Promise<void>;
}

/**
 * White noise, until it is set.
 *
 * @param write writes a buffer after all steps so far
 */
export async function createDeviceNoise(
  bind: Binder,
  { problem, memory: { at, before }, stores, write }: {
    problem: Problem;
    memory: Memory;
    stores: Iterable<DeviceImages>;
    write(to: GPUBuffer, values: Float32Array<ArrayBuffer>): Promise<void>;
  },
): Promise<DeviceNoise> {
  const powers = new Map<Page, Dispatch>();
  let current: Noise;
  const measure = async (page: Page, from: number, count: number) => {
    // deno-fmt-ignore
    const power = powers.get(page) ?? await bind("power", [
      "sizes", "calls", "window", page.patches, "k", "shells", "inverse", page.transfers, page.powers,
    ]);
    powers.set(page, power);
    await power([count], encodeCall({ first: from }));
  };
  const set = async (variance?: ArrayLike<number>) => {
    current = createNoise(problem.band, variance);
    await write(at.noise, Float32Array.from(current.inverse));
    await write(at.inverse, Float32Array.from(current.variance, (v) => 1 / v));
    for (let l = 0; l < before.length; l++) {
      const { inverse } = createNoise(problem.coarse![l].band, variance);
      await write(before[l].noise, Float32Array.from(inverse));
    }
    for (const { pages } of stores) for (const page of pages) await measure(page, 0, page.count);
  };
  await set();
  return {
    get current() {
      return current;
    },
    set,
    measure,
  };
}
