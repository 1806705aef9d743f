import type { Backend, BackendOptions } from "./backend.ts";

/** Name of a backend. */
export type BackendName = "reference" | "cpu" | "webgpu";

/** The backends by name, loaded when asked for. */
export const backends: Record<
  BackendName,
  () => Promise<(options: BackendOptions) => Promise<Backend>>
> = {
  reference: async () => (await import("./reference.ts")).createReferenceBackend,
  cpu: async () => (await import("./cpu/backend.ts")).createCPUBackend,
  webgpu: async () => (await import("../gpu/backend.ts")).createWebGPUBackend,
};

/** A backend that was chosen, and why. */
export interface BackendChoice {
  /** Its name. */
  readonly name: BackendName;
  /** In words: "no GPU adapter found". */
  readonly reason: string;
}

/** webgpu on a real GPU; cpu, which is faster, where there is none or one made of software. */
export function backendFor(
  adapter: { readonly description: string; readonly software: boolean } | undefined,
): BackendChoice {
  if (adapter === undefined) return { name: "cpu", reason: "no GPU adapter found" };
  const { description, software } = adapter;
  return software
    ? { name: "cpu", reason: `the GPU adapter ${description} is software` }
    : { name: "webgpu", reason: `GPU adapter ${description} found` };
}

/** What "auto" is on this machine. */
export async function chooseBackend(): Promise<BackendChoice> {
  if (globalThis.navigator?.gpu === undefined) return backendFor(undefined);
  const { findAdapter } = await import("../gpu/adapter.ts");
  return backendFor(await findAdapter());
}

/**
 * Starts a backend; "auto" is what chooseBackend() says.
 *
 * @throws {RangeError} if there is no backend of that name.
 * @throws {Error} if it is webgpu and there is no GPU adapter, saying what to install.
 */
export async function createBackend(
  name: BackendName | "auto" = "auto",
  options: BackendOptions = {},
): Promise<Backend> {
  const chosen = name === "auto" ? (await chooseBackend()).name : name;
  if (!Object.hasOwn(backends, chosen)) {
    throw new RangeError(
      `Cannot use backend ${name}: wanted auto or one of ${Object.keys(backends).join(", ")}`,
    );
  }
  return await (await backends[chosen]())(options);
}
