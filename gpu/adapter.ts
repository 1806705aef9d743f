/** A way to a GPU, not opened yet. */
export interface Adapter {
  /** What the platform gave; it opens one device. */
  readonly gpu: GPUAdapter;
  /** The driver's words: "NVIDIA H200", "llvmpipe (LLVM 15.0.6, 256 bits)". */
  readonly description: string;
  /** Whether the "GPU" is a program on the processor. */
  readonly software: boolean;
}

/** Which adapter is wanted. */
export interface AdapterOptions {
  /** Only a software one (true), only real hardware (false); either, hardware first, if not given. */
  readonly software?: boolean;
}

/** Drivers that run on the processor, by what they call themselves. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|softpipe|basic render/i;

/** What is wrong, and what to do, where there is no adapter. */
export const missingAdapter =
  "no GPU adapter found, wanted one; install the Vulkan loader (Debian and Ubuntu: libvulkan1) and " +
  "the GPU's own driver, and give a container the graphics capability; without a GPU the package " +
  "mesa-vulkan-drivers has a software one, for tests";

/** An adapter in words. */
export function describeAdapter(adapter: Adapter): string {
  return adapter.software ? `${adapter.description}, software` : adapter.description;
}

async function request(options: GPURequestAdapterOptions): Promise<Adapter | undefined> {
  const gpu = await globalThis.navigator?.gpu?.requestAdapter(options);
  if (!gpu) return undefined;
  const { description, vendor, architecture, device, isFallbackAdapter } = gpu.info;
  // browsers may keep the description to themselves
  const words = description || [vendor, architecture, device].filter(Boolean).join(" ") ||
    "unnamed adapter";
  return { gpu, description: words, software: isFallbackAdapter || SOFTWARE.test(words) };
}

/** The fastest adapter of the wanted kind, or undefined. */
export async function findAdapter(
  { software }: AdapterOptions = {},
): Promise<Adapter | undefined> {
  const found = await request({ powerPreference: "high-performance" });
  if (software === undefined || found?.software === software) return found;
  if (!software) return undefined;
  const fallback = await request({ forceFallbackAdapter: true });
  return fallback?.software ? fallback : undefined;
}

/**
 * The fastest adapter, software or not.
 *
 * @param act what needs it, for "Cannot <act>: ..."
 * @throws {Error} saying what to install, if there is none.
 */
export async function requireAdapter(act: string): Promise<Adapter> {
  const adapter = await findAdapter();
  if (!adapter) throw new Error(`Cannot ${act}: ${missingAdapter}`);
  return adapter;
}

/** Every adapter that can be asked for: the fastest, the most frugal, the software one; each once. */
export async function listAdapters(): Promise<Adapter[]> {
  const asked = [
    await request({ powerPreference: "high-performance" }),
    await request({ powerPreference: "low-power" }),
    await request({ forceFallbackAdapter: true }),
  ];
  const seen = new Map<string, Adapter>();
  for (const adapter of asked) {
    if (!adapter) continue;
    const { vendor, device } = adapter.gpu.info;
    const identity = [vendor, device, adapter.description].join("\n");
    if (!seen.has(identity)) seen.set(identity, adapter);
  }
  return [...seen.values()];
}
