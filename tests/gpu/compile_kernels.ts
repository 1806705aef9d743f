/** What is compiled: WGSL whose entry point is main, and its bindings in order. */
export interface Kernel {
  readonly code: string;
  readonly bindings: readonly ("uniform" | "call" | "read" | "write")[];
}

/**
 * Compiles kernels for a device with no more than the standard's default limits, and returns what the
 * compiler says of each: nothing, if all is well. It refers to nothing outside itself, so that its text
 * can run in a browser's page.
 */
export async function compileKernels(
  kernels: Record<string, Kernel>,
): Promise<Record<string, string[]>> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("Cannot compile: no adapter");
  const device = await adapter.requestDevice();
  const said: Record<string, string[]> = {};
  for (const [label, { code, bindings }] of Object.entries(kernels)) {
    said[label] = [];
    const say = (error: { message: string } | null) => error && said[label].push(error.message);
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label, code });
    const { messages } = await module.getCompilationInfo();
    for (const { type, lineNum, linePos, message } of messages) {
      said[label].push(`${type} at ${lineNum}:${linePos}: ${message}`);
    }
    const entries = bindings.map((binding, i) => ({
      binding: i,
      visibility: GPUShaderStage.COMPUTE,
      buffer: {
        type: ({
          uniform: "uniform",
          call: "uniform",
          read: "read-only-storage",
          write: "storage",
        } as const)[binding],
        hasDynamicOffset: binding === "call",
      },
    }));
    const layout = device.createPipelineLayout({
      bindGroupLayouts: [device.createBindGroupLayout({ entries })],
    });
    await device.createComputePipelineAsync({
      label,
      layout,
      compute: { module, entryPoint: "main" },
    }).catch(say);
    say(await device.popErrorScope());
  }
  device.destroy();
  return said;
}
