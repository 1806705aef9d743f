import type { Limits } from "./limits.ts";

/** A kernel to be compiled. */
export interface PipelineOptions {
  /** Its name, for messages. */
  readonly label: string;
  /** WGSL. */
  readonly code: string;
  /** Values of its `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** The function to run; needed only if there are several. */
  readonly entryPoint?: string;
  /** Bindings; read off the code unless given. */
  readonly layout?: GPUPipelineLayout;
  /** Invocations of a workgroup along x, y and z, to be held against the limits. */
  readonly workgroupSize?: readonly number[];
  /** Bytes of its workgroup variables, to be held against the limit. */
  readonly workgroupBytes?: number;
}

/** What compiling needs of a device. */
interface Compiler {
  readonly gpu: GPUDevice;
  readonly limits: Limits;
  checked<T>(act: string, make: () => T): Promise<T>;
}

/**
 * Compiles a kernel.
 *
 * @throws {RangeError} if a workgroup is larger than the device grants, which Deno does not check.
 * @throws {Error} with the compiler's words, lines and columns.
 */
export async function compile(
  { gpu, limits, checked }: Compiler,
  { label, code, constants, entryPoint, layout, workgroupSize, workgroupBytes }: PipelineOptions,
): Promise<GPUComputePipeline> {
  const act = `compile ${label}`;
  requireWorkgroup(act, limits, workgroupSize, workgroupBytes);
  let module!: GPUShaderModule;
  await checked(act, () => {
    module = gpu.createShaderModule({ label, code });
  }).catch(async (cause) => {
    const messages = module === undefined ? [] : (await module.getCompilationInfo()).messages;
    if (messages.length === 0) throw cause;
    throw new Error(`Cannot ${act}: ${messages.map(onOneLine).join("; ")}`, { cause });
  });
  return await gpu.createComputePipelineAsync({
    label,
    layout: layout ?? "auto",
    compute: { module, entryPoint, constants: constants && { ...constants } },
  }).catch((cause) => {
    throw new Error(`Cannot ${act}: ${cause.message}`, { cause });
  });
}

function requireWorkgroup(
  act: string,
  limits: Limits,
  size: readonly number[] = [],
  bytes = 0,
): void {
  const bounds: [string, number, number][] = [
    ["bytes of workgroup memory", bytes, limits.maxComputeWorkgroupStorageSize],
    [
      "invocations in a workgroup",
      size.reduce((product, n) => product * n, 1),
      limits.maxComputeInvocationsPerWorkgroup,
    ],
    ["invocations along x", size[0] ?? 1, limits.maxComputeWorkgroupSizeX],
    ["invocations along y", size[1] ?? 1, limits.maxComputeWorkgroupSizeY],
    ["invocations along z", size[2] ?? 1, limits.maxComputeWorkgroupSizeZ],
  ];
  for (const [what, found, most] of bounds) {
    if (!(found <= most)) {
      throw new RangeError(`Cannot ${act}: ${found} ${what}, wanted at most ${most}`);
    }
  }
}

/** Line, column and text of a message, without the picture of the source that may follow it. */
export function onOneLine({ lineNum, linePos, message }: GPUCompilationMessage): string {
  const text = message.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !/^(\d+\s*)?[\u2500-\u257f]/.test(line));
  return `line ${lineNum}, column ${linePos}: ${text.join(" ")}`;
}
