import type { Problem } from "../lib/backend.ts";
import { createNoise, type Noise } from "../lib/noise.ts";
import type { Binder, Dispatch } from "./binder.ts";
import type { DeviceImages, Page } from "./images.ts";
import { encodeCall } from "./marginalization.ts";
import type { Memory } from "./memory.ts";
import type { Sizes } from "./sizes.ts";
import { sortingTable } from "./tables.ts";

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
  { problem, sizes: s, memory: { at }, stores, write }: {
    problem: Problem;
    sizes: Sizes;
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
    const { factors } = sortingTable(s.symmetry, s.coefficients, current.inverse);
    await write(at.columnFactors, Float32Array.from(factors));
    await write(at.inverse, Float32Array.from(current.variance, (v) => 1 / v));
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
