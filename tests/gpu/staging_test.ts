import assert from "node:assert/strict";
import { createStaging } from "../../gpu/staging.ts";
import { freshDevice, gpuTest } from "./on_gpu.ts";

const USAGE = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

gpuTest(
  "both ways of reading give what was copied, each time, from the first to the last number",
  async () => {
    for (const [earlyRead, times] of [[true, 200], [false, 3]] as const) {
      await using device = await freshDevice({ earlyRead });
      const { queue } = device.gpu;
      const source = await device.buffer({ label: "source", bytes: 4 * 1000, usage: USAGE });
      const staging = await device.staging(4 * 1002);
      const into = new Float32Array(1002);
      for (let t = 1; t <= times; t++) {
        queue.writeBuffer(source, 0, Float32Array.from({ length: 1000 }, (_, i) => i * t));
        await device.checked("copy", () => {
          const encoder = device.gpu.createCommandEncoder();
          staging.copyInto(encoder, source, { to: 8, bytes: 4000 });
          staging.copyInto(encoder, source, { from: 4, to: 0, bytes: 8 });
          queue.submit([encoder.finish()]);
        });
        assert.equal(await staging.read({ into }), into);
        const expected = Float32Array.from({ length: 1002 }, (_, i) => t * (i < 2 ? i + 1 : i - 2));
        assert.deepEqual(into, expected, `read ${t}`);
      }
      assert.deepEqual(await staging.read({ bytes: 8 }), into.slice(0, 2));
      staging.release();
      assert.deepEqual(
        new Float32Array(await device.read(source, 40, 12)),
        Float32Array.of(10 * times, 11 * times, 12 * times),
      );
      assert.equal(device.bytesHeld, 4000);
    }
  },
);

gpuTest("reading in a loop leaves timers and signals their turn", async (device) => {
  const staging = await device.staging(16);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  // ends when a timer has run; without turns of the event loop never
  for (let reads = 0; turns === 0; reads++) {
    assert.ok(reads < 1e6);
    await staging.read();
  }
  clearInterval(timer);
  staging.release();
});

gpuTest(
  "a read refuses sizes that do not fit and a second read at the same time",
  async (device) => {
    const staging = await device.staging(16);
    for (const bytes of [0, 6, 20]) {
      await assert.rejects(
        staging.read({ bytes }),
        /^RangeError: Cannot read staging: \d+ bytes, wanted a multiple of 4 up to 16$/,
      );
    }
    await assert.rejects(staging.read({ into: new Float32Array(3) }), /16 bytes into 12/);
    const [first, second] = await Promise.allSettled([staging.read(), staging.read()]);
    assert.deepEqual([first.status, second.status], ["fulfilled", "rejected"]);
    await staging.read();
    staging.release();
  },
);

/** A buffer that keeps its promises late: mapped some turns after mapAsync() returns. */
function lateBuffer(fails: () => boolean) {
  let mapped = false, early = 0;
  const buffer = {
    label: "late",
    size: 8,
    async mapAsync() {
      if (mapped) throw new Error("mapped twice");
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (fails()) throw new Error("no luck");
      mapped = true;
    },
    getMappedRange() {
      if (!mapped) {
        early++;
        throw new Error("not mapped");
      }
      return Float32Array.of(5, 6).buffer;
    },
    unmap: () => mapped = false,
  };
  return { buffer: buffer as unknown as GPUBuffer, early: () => early };
}

Deno.test("where the data is not there early, the read waits for it", async () => {
  const { buffer, early } = lateBuffer(() => false);
  const staging = await createStaging({ earlyRead: true, requireAlive() {} }, buffer, () => {});
  for (let t = 1; t <= 2; t++) {
    assert.deepEqual(await staging.read(), Float32Array.of(5, 6));
    assert.equal(early(), t);
  }
});

Deno.test("a failed wait is thrown by the read, and leaves no rejection behind", async () => {
  for (const earlyRead of [true, false]) {
    let fails = false;
    const { buffer, early } = lateBuffer(() => fails);
    const staging = await createStaging({ earlyRead, requireAlive() {} }, buffer, () => {});
    fails = true;
    await assert.rejects(staging.read(), /^Error: Cannot read late: no luck$/);
    assert.equal(early(), earlyRead ? 1 : 0);
    fails = false;
    assert.deepEqual(await staging.read(), Float32Array.of(5, 6));
    // a rejection nobody handles would end the test run here
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
});
