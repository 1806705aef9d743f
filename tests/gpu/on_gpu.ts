import { type Adapter, findAdapter, missingAdapter, requireAdapter } from "../../gpu/adapter.ts";
import { type Device, openDevice } from "../../gpu/device.ts";

/** Whether a missing GPU is a failure: where one has been set up for the tests. */
export const required = Deno.env.get("VITREOUS_REQUIRE_GPU") === "1";

// where it is not set, a driver complains on standard error
if (!Deno.env.get("XDG_RUNTIME_DIR")) Deno.env.set("XDG_RUNTIME_DIR", "/nonexistent");

/** The adapter that tests run on, software or not. */
export const adapter: Adapter | undefined = await findAdapter();

/** Whether tests that need an adapter are to be left out. */
export const ignored = adapter === undefined && !required;
if (ignored) console.log(`GPU tests are ignored: ${missingAdapter}`);

/** One device for all tests of a file: a device costs memory that is not given back. */
let device: Promise<Device> | undefined;
globalThis.addEventListener("unload", () => {
  device?.then((device) => device[Symbol.asyncDispose]());
});

/** A test on the file's device; ignored without an adapter, failed if one is required. */
export function gpuTest(name: string, run: (device: Device) => Promise<void> | void): void {
  Deno.test({
    name,
    ignore: ignored,
    async fn() {
      device ??= freshDevice();
      const opened = await device;
      await run(opened);
      opened.requireAlive();
    },
  });
}

/** A device of its own, for a test that breaks it or wants other options. */
export async function freshDevice(options?: Parameters<typeof openDevice>[1]): Promise<Device> {
  return await openDevice(await requireAdapter("test on a GPU"), options);
}
