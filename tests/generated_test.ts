import assert from "node:assert/strict";
import { buildKernels } from "../lib/cpu/build.ts";

Deno.test("kernels_wasm.ts is what the compiler makes of lib/cpu/assembly, to the byte", async () => {
  const file = new URL("../lib/cpu/kernels_wasm.ts", import.meta.url);
  const found = await Deno.readTextFile(file);
  const built = await buildKernels();
  // not assert.equal(): its report would be the files
  assert.ok(found === built, "kernels_wasm.ts is out of date: run deno task build:wasm");
});
