import type { Backend, BackendOptions, Problem } from "../lib/backend.ts";
import { requireAdapter } from "./adapter.ts";
import { type Device, openDevice } from "./device.ts";
import { type Levels, levelsOf, sessionBytes } from "./levels.ts";
import { createPrograms, type Programs } from "./programs.ts";
import type { Profile } from "./recorder.ts";
import { openSession } from "./session.ts";
import { chooseTile, parseTile, tiles } from "./tile.ts";

/** How the webgpu backend is to be set up. */
export interface WebGPUBackendOptions extends BackendOptions {
  /** A device that is open already; it is not closed. */
  device?: Device;
  /** Sums of a product that a thread keeps, "4x4" or "8x8"; by default the faster. */
  tile?: string;
  /**
   * Points that an image may be compared at, at a refined level; default 2^17. Where more would be near
   * those kept of the level before, fewer are kept.
   */
  mostPoints?: number;
  /** Called with the time of every kernel, which makes everything slower. */
  profile?: Profile;
}

/** Most images of a minibatch. */
const LARGEST_BATCH = 4096;

/** One device serves a whole process: each holds memory that is not given back before its end. */
let shared: Promise<{ device: Device; programs: Programs }> | undefined;

async function openShared() {
  const device = await openDevice(await requireAdapter("use backend webgpu"));
  device.gpu.lost.then(() => shared = undefined);
  return { device, programs: createPrograms(device) };
}

/**
 * The likelihood and its gradient on a GPU: matrix products in WGSL, float32.
 *
 * @throws {Error} if there is no adapter, saying what to install.
 * @throws {RangeError} if there is no such tile, or `mostPoints` is not a positive integer.
 */
export async function createWebGPUBackend(
  { device: given, tile: tileName, mostPoints, profile }: WebGPUBackendOptions = {},
): Promise<Backend> {
  if (mostPoints !== undefined && !(Number.isInteger(mostPoints) && mostPoints > 0)) {
    throw new RangeError(`Cannot use at most ${mostPoints} points: wanted a positive integer`);
  }
  let programs: Programs, device: Device;
  if (given) {
    device = given, programs = createPrograms(given);
  } else {
    shared ??= openShared().catch((error) => {
      shared = undefined;
      throw error;
    });
    ({ device, programs } = await shared);
  }
  const tile = tileName === undefined ? await chooseTile(device, programs) : parseTile(tileName);
  // what is in reach of what takes a while to find out
  const known = new WeakMap<Problem, Levels>();
  const levels = (problem: Problem) => {
    const found = known.get(problem) ?? levelsOf(problem, device.limits, LARGEST_BATCH, mostPoints);
    known.set(problem, found);
    return found;
  };
  return {
    name: "webgpu",
    description: `webgpu: ${device.description}, tiles of ${tile}`,
    largestBatch: LARGEST_BATCH,
    bytes: (problem) => sessionBytes(levels(problem), LARGEST_BATCH),
    imagesAtOnce: (problem) => levels(problem).own.chunk,
    bytesPerImage: (problem) => {
      const { patch, shells } = levels(problem).own;
      return 8 * patch + 32 + 4 * shells;
    },
    open: (problem) =>
      openSession(problem, {
        device,
        programs,
        levels: levels(problem),
        tile: tiles[tile],
        largestBatch: LARGEST_BATCH,
        profile,
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
