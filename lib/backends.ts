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

/**
 * Starts a backend; "auto" is the fastest of those this machine has.
 *
 * @throws {RangeError} if there is no backend of that name.
 */
export async function createBackend(
  name: BackendName | "auto" = "auto",
  options: BackendOptions = {},
): Promise<Backend> {
  const chosen = name === "auto" ? "cpu" : name;
  if (!Object.hasOwn(backends, chosen)) {
    throw new RangeError(
      `Cannot use backend ${name}: wanted auto or one of ${Object.keys(backends).join(", ")}`,
    );
  }
  return await (await backends[chosen]())(options);
}
