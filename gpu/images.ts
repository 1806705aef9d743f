import type { ImageStore } from "../lib/backend.ts";
import { transferParameters } from "../lib/ctf.ts";
import { requirePlaces, requireRoom } from "../lib/image_store.ts";
import type { Device } from "./device.ts";

/** As many images as one binding holds. */
export interface Page {
  /** Images. */
  readonly count: number;
  /** Oversampled transforms, [count, height, width, 2]. */
  readonly patches: GPUBuffer;
  /** CTFs as transferParameters() has them, |D|^2 / 2 in their last place, [count, 8]. */
  readonly transfers: GPUBuffer;
  /** Power by shell, [count, shells]. */
  readonly powers: GPUBuffer;
}

/** Images on the device, in pages. */
export interface DeviceImages extends ImageStore {
  readonly pages: readonly Page[];
  /** Images of a page. */
  readonly pageSize: number;
}

/**
 * Room for images; pages are made when their first image comes.
 *
 * @param prepare turns staged pixels into patches of a page
 */
export function createDeviceImages(
  device: Device,
  { capacity, pageSize, patchBytes, shells, boxSize, pixelSize, staged, pixels, prepare }: {
    capacity: number;
    pageSize: number;
    patchBytes: number;
    /** Of the band. */
    shells: number;
    boxSize: number;
    pixelSize: number;
    /** Images that `pixels` holds. */
    staged: number;
    /** Takes pixels, [staged, N, N]. */
    pixels: GPUBuffer;
    /** Prepares the first `count` staged images into places of a page. */
    prepare(page: Page, place: number, count: number): Promise<void>;
  },
): DeviceImages {
  const pages: Page[] = [];
  /** Powers of pages as they were last read. */
  const known = new Map<number, Float32Array>();
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
  const pageOf = async (index: number): Promise<Page> => {
    for (let p = pages.length; p <= index; p++) {
      const count = Math.min(pageSize, capacity - p * pageSize);
      pages.push({
        count,
        patches: await device.buffer({ label: "patches", bytes: count * patchBytes, usage }),
        transfers: await device.buffer({ label: "transfers", bytes: 32 * count, usage }),
        powers: await device.buffer({
          label: "image powers",
          bytes: 4 * shells * count,
          usage: usage | GPUBufferUsage.COPY_SRC,
        }),
      });
    }
    return pages[index];
  };
  return {
    capacity,
    pages,
    pageSize,
    bytes: capacity * (patchBytes + 32 + 4 * shells),
    async set(first, data, ctfs) {
      const size = boxSize ** 2;
      requireRoom({ capacity, at: first, count: ctfs.length, pixels: data.length, boxSize });
      for (let from = 0; from < ctfs.length;) {
        const index = Math.floor((first + from) / pageSize), place = (first + from) % pageSize;
        const page = await pageOf(index);
        const count = Math.min(staged, page.count - place, ctfs.length - from);
        const transfers = ctfs.slice(from, from + count)
          .flatMap((ctf) => transferParameters(ctf, boxSize * pixelSize));
        device.requireAlive();
        const { queue } = device.gpu;
        queue.writeBuffer(page.transfers, 32 * place, Float32Array.from(transfers));
        // a copy: the source may be shared memory, which the standard does not take
        queue.writeBuffer(pixels, 0, data.slice(from * size, (from + count) * size));
        await prepare(page, place, count);
        from += count;
      }
      known.clear();
    },
    async power(which) {
      requirePlaces(capacity, which, "measure");
      const power = new Float64Array(which.length * shells);
      for (let b = 0; b < which.length; b++) {
        const index = Math.floor(which[b] / pageSize), place = which[b] % pageSize;
        const { powers, count } = await pageOf(index);
        const all = known.get(index) ??
          new Float32Array(await device.read(powers, 0, 4 * shells * count));
        known.set(index, all);
        power.set(all.subarray(place * shells, (place + 1) * shells), b * shells);
      }
      return power;
    },
  };
}
