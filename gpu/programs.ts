import type { Device } from "./device.ts";
import { type Binding, type KernelName, kernels } from "./kernels.ts";

/** A compiled kernel. */
export interface Program {
  /** Its kernel. */
  readonly name: KernelName;
  /** For the pass. */
  readonly pipeline: GPUComputePipeline;
  /** Binds buffers in the order of the kernel's bindings. */
  bind(buffers: readonly GPUBuffer[]): GPUBindGroup;
}

/** Compiles kernels, each once for given constants. */
export interface Programs {
  get(name: KernelName, constants?: Readonly<Record<string, number>>): Promise<Program>;
}

/** Bytes of a call: what a "call" binding shows of the buffer it is in. */
export const CALL_BYTES = 256;

const types: Record<Binding, GPUBufferBindingLayout> = {
  uniform: { type: "uniform" },
  call: { type: "uniform", hasDynamicOffset: true, minBindingSize: 0 },
  read: { type: "read-only-storage" },
  write: { type: "storage" },
};

/** The programs of a device. */
export function createPrograms(device: Device): Programs {
  const compiled = new Map<string, Promise<Program>>();

  const compile = async (
    name: KernelName,
    constants: Readonly<Record<string, number>>,
  ): Promise<Program> => {
    const { code, bindings, workgroup, workgroupBytes } = kernels[name];
    const layout = await device.checked(`lay out ${name}`, () =>
      device.gpu.createBindGroupLayout({
        label: name,
        entries: bindings.map((binding, i) => ({
          binding: i,
          visibility: GPUShaderStage.COMPUTE,
          buffer: types[binding],
        })),
      }));
    const pipeline = await device.pipeline({
      label: name,
      code,
      constants,
      layout: device.gpu.createPipelineLayout({ label: name, bindGroupLayouts: [layout] }),
      workgroupSize: workgroup,
      workgroupBytes,
    });
    return {
      name,
      pipeline,
      bind: (buffers) =>
        device.gpu.createBindGroup({
          label: name,
          layout,
          entries: bindings.map((binding, i) => ({
            binding: i,
            resource: binding === "call"
              ? { buffer: buffers[i], size: CALL_BYTES }
              : { buffer: buffers[i] },
          })),
        }),
    };
  };

  return {
    get(name, constants = {}) {
      const key = `${name} ${JSON.stringify(constants)}`;
      const program = compiled.get(key) ?? compile(name, constants);
      compiled.set(key, program);
      return program;
    },
  };
}
