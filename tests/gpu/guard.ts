import assert from "node:assert/strict";
import type { Device } from "../../gpu/device.ts";

const TAIL = 256, NaNs = 0x7fc00001;

/**
 * A device whose storage buffers are filled with NaN and have a tail of it.
 *
 * @returns the device, and a check that every tail is as it was, which returns how many there are
 */
export function guard(device: Device): { guarded: Device; checkTails(): Promise<number> } {
  const made: { buffer: GPUBuffer; bytes: number }[] = [];
  const guarded: Device = {
    ...device,
    async buffer({ label, bytes, usage }) {
      const filled = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
      if ((usage & filled) !== filled) return await device.buffer({ label, bytes, usage });
      usage |= GPUBufferUsage.COPY_SRC;
      const buffer = await device.buffer({ label, bytes: bytes + TAIL, usage });
      const fill = new Uint32Array((bytes + TAIL) / 4).fill(NaNs);
      device.gpu.queue.writeBuffer(buffer, 0, fill);
      made.push({ buffer, bytes });
      return buffer;
    },
  };
  return {
    guarded,
    async checkTails() {
      for (const { buffer, bytes } of made) {
        const tail = new Uint32Array(await device.read(buffer, bytes, TAIL));
        assert.ok(tail.every((v) => v === NaNs), `${buffer.label} was written beyond its end`);
      }
      return made.length;
    },
  };
}
