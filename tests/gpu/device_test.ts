import assert from "node:assert/strict";
import { limitNames, requestedLimits, usefulLimits } from "../../gpu/limits.ts";
import { inScopes } from "../../gpu/scope.ts";
import { freshDevice, gpuTest } from "./on_gpu.ts";

const kernel = (body: string) => `@compute @workgroup_size(1) fn main() {\n  ${body}\n}`;

gpuTest(
  "what the device refuses is thrown, with the act and the cause in words",
  async (device) => {
    await assert.rejects(
      device.buffer({ label: "mixed", bytes: 8, usage: GPUBufferUsage.MAP_READ | 0x80 }),
      /^Error: Cannot create mixed of 8 bytes beside \d+ held: .*MAP/,
    );
    const encoder = device.gpu.createCommandEncoder();
    const { gpu } = device;
    const buffer = await device.buffer({
      label: "small",
      bytes: 8,
      usage: GPUBufferUsage.COPY_DST,
    });
    await assert.rejects(
      device.checked("copy too much", () => {
        encoder.copyBufferToBuffer(buffer, 0, buffer, 0, 64);
        gpu.queue.submit([encoder.finish()]);
      }),
      /^Error: Cannot copy too much: /,
    );
    await assert.rejects(
      device.checked("compute", () => {
        throw new RangeError("mine");
      }),
      /^RangeError: mine$/,
    );
    device.release(buffer);
    assert.equal(await device.checked("count", () => 3), 3);
  },
);

gpuTest("two acts at a time keep their own errors", async (device) => {
  const outcomes = await Promise.allSettled([
    device.buffer({ label: "first", bytes: 8, usage: 0x81 }),
    device.buffer({ label: "second", bytes: 8, usage: GPUBufferUsage.STORAGE }),
    device.pipeline({ label: "third", code: kernel("let x: u32 = 1.5;") }),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status), ["rejected", "fulfilled", "rejected"]);
  const [first, second, third] = outcomes;
  assert.match(String((first as PromiseRejectedResult).reason), /Cannot create first/);
  assert.match(String((third as PromiseRejectedResult).reason), /Cannot compile third/);
  device.release((second as PromiseFulfilledResult<GPUBuffer>).value);
});

gpuTest(
  "a kernel that does not compile is named, with line, column and reason, on one line",
  async (device) => {
    const rejects = (code: string, pattern: RegExp, constants?: Record<string, number>) =>
      assert.rejects(device.pipeline({ label: "wave", code, constants }), pattern);
    await rejects(
      kernel("let x: u32 = 1.5;"),
      /^Error: Cannot compile wave: line 2, column \d+: [^\n]*u32[^\n]*$/,
    );
    await rejects("fn other() {}", /^Error: Cannot compile wave: [^\n]*entry point[^\n]*$/);
    const sized = "override N: u32; @compute @workgroup_size(N) fn main() {}";
    await rejects(sized, /^Error: Cannot compile wave: [^\n]*'?N'?[^\n]*$/);
    await rejects(sized, /^Error: Cannot compile wave: [^\n]*$/, { N: 1, M: 2 });
    await device.pipeline({ label: "wave", code: sized, constants: { N: 4 } });
  },
);

gpuTest(
  "workgroups beyond what is granted are refused before they are compiled",
  async (device) => {
    const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = device.limits;
    const most = { label: "wave", code: kernel("") };
    await device.pipeline({
      ...most,
      workgroupSize: [maxComputeInvocationsPerWorkgroup],
      workgroupBytes: maxComputeWorkgroupStorageSize,
    });
    for (
      const beyond of [
        { workgroupBytes: maxComputeWorkgroupStorageSize + 1 },
        { workgroupSize: [2, maxComputeInvocationsPerWorkgroup] },
        { workgroupSize: [1, 1, device.limits.maxComputeWorkgroupSizeZ + 1] },
      ]
    ) {
      await assert.rejects(
        device.pipeline({ ...most, ...beyond }),
        /^RangeError: Cannot compile wave: \d+ .*, wanted at most \d+$/,
      );
    }
  },
);

gpuTest(
  "buffers are counted; those beyond the limit or of odd sizes are refused",
  async (device) => {
    const before = device.bytesHeld, usage = GPUBufferUsage.STORAGE;
    const buffer = await device.buffer({ label: "counted", bytes: 4096, usage });
    assert.equal(device.bytesHeld, before + 4096);
    for (const bytes of [0, 6, -4, NaN, 2.5]) {
      await assert.rejects(
        device.buffer({ label: "odd", bytes, usage }),
        RangeError,
        String(bytes),
      );
    }
    await assert.rejects(
      device.buffer({
        label: "huge",
        bytes: 4 * Math.ceil(device.limits.maxBufferSize / 4) + 4,
        usage,
      }),
      /^RangeError: Cannot create huge: \d+ bytes, wanted at most \d+ on /,
    );
    assert.equal(device.bytesHeld, before + 4096);
    device.release(buffer);
    device.release(buffer);
    assert.equal(device.bytesHeld, before);
  },
);

gpuTest(
  "an error that nobody was there to catch is thrown by the next act, once",
  async (device) => {
    device.gpu.createBuffer({ label: "stray", size: 8, usage: 0x81 });
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setTimeout(resolve, 0));
    await assert.rejects(device.checked("go on", () => {}), /^Error: Cannot use .*MAP/);
    await device.checked("go on", () => {});
  },
);

gpuTest("limits are asked for by name, each as far as the adapter goes", async () => {
  {
    await using device = await freshDevice({ limits: { maxStorageBufferBindingSize: 2 ** 40 } });
    assert.ok(device.limits.maxStorageBufferBindingSize >= 2 ** 27);
    assert.ok(device.limits.maxStorageBufferBindingSize < 2 ** 40);
  }
  await using least = await freshDevice({
    limits: { maxComputeWorkgroupStorageSize: 1, maxBufferSize: 1 },
    features: [],
  });
  // a device has the standard's default at least
  assert.equal(least.limits.maxComputeWorkgroupStorageSize, 16384);
  assert.equal(least.limits.maxBufferSize, 2 ** 28);
  assert.ok(!least.features.has("timestamp-query"));
  await assert.rejects(
    freshDevice({ limits: { maxBindingSize: 1 } as Record<string, number> }),
    /^RangeError: Cannot open the device: limit maxBindingSize, wanted one of /,
  );
});

Deno.test("an adapter's limit beyond all numbers is asked for as far as it is of use", () => {
  const offered = Object.fromEntries(limitNames.map((name) => [name, 2 ** 64]));
  assert.deepEqual(requestedLimits(offered as unknown as GPUSupportedLimits), usefulLimits);
});

gpuTest("a lost device says so at every use, and closes", async () => {
  const device = await freshDevice();
  const staging = await device.staging(16);
  const code = kernel("");
  device.gpu.destroy();
  await device.gpu.lost;
  const said = /^Error: Cannot use .*: it was destroyed$/;
  await assert.rejects(device.buffer({ label: "late", bytes: 4, usage: 8 }), said);
  await assert.rejects(device.pipeline({ label: "late", code }), said);
  await assert.rejects(staging.read(), said);
  assert.throws(() => device.requireAlive(), said);
  await device[Symbol.asyncDispose]();
  assert.equal(device.bytesHeld, 0);
});

gpuTest("a device that is lost within an act fails it; closing twice is closing", async () => {
  for (const earlyRead of [true, false]) {
    const device = await freshDevice({ earlyRead });
    const staging = await device.staging(16);
    const reading = staging.read();
    device.gpu.destroy();
    await assert.rejects(reading, /^Error: Cannot use .*: it was destroyed$/, String(earlyRead));
    await device[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
    assert.throws(() => device.requireAlive(), /it was closed$/);
  }
});

Deno.test("out of memory is said in words, with the bytes that were wanted", async () => {
  const answers = [null, new GPUOutOfMemoryError("Not enough memory"), null];
  const full = {
    pushErrorScope() {},
    popErrorScope: () => Promise.resolve(answers.shift()),
  } as unknown as GPUDevice;
  await assert.rejects(
    inScopes(full, "create scores of 1000000 bytes beside 0 held", () => {}),
    /^Error: Cannot create scores of 1000000 bytes beside 0 held: the device is out of memory/,
  );
});
