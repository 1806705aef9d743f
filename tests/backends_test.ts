import assert from "node:assert/strict";
import { backendFor, chooseBackend } from "../lib/backends.ts";

Deno.test("auto is webgpu on a real GPU only, else cpu, and says why", () => {
  assert.deepEqual(backendFor({ description: "NVIDIA H200", software: false }), {
    name: "webgpu",
    reason: "GPU adapter NVIDIA H200 found",
  });
  assert.deepEqual(backendFor({ description: "llvmpipe", software: true }), {
    name: "cpu",
    reason: "the GPU adapter llvmpipe is software",
  });
  assert.deepEqual(backendFor(undefined), { name: "cpu", reason: "no GPU adapter found" });
});

Deno.test("a runtime without WebGPU has no adapter: nothing of gpu/ is asked", async () => {
  const gpu = Object.getOwnPropertyDescriptor(Navigator.prototype, "gpu")!;
  Object.defineProperty(Navigator.prototype, "gpu", { value: undefined, configurable: true });
  try {
    assert.deepEqual(await chooseBackend(), backendFor(undefined));
  } finally {
    Object.defineProperty(Navigator.prototype, "gpu", gpu);
  }
});
