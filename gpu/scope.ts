/**
 * Runs make() in the three error scopes of a device and throws what they caught, with the cause in
 * words: WebGPU itself reports errors to nobody. make() must be synchronous: the scopes of a device
 * are one stack, and another task would find its own errors in them.
 *
 * @param act what is done, for "Cannot <act>: ..."
 * @throws {Error} with the GPUError as its cause.
 */
export async function inScopes<T>(device: GPUDevice, act: string, make: () => T): Promise<T> {
  for (const filter of ["internal", "out-of-memory", "validation"] as const) {
    device.pushErrorScope(filter);
  }
  let value: T | undefined, thrown: { readonly error: unknown } | undefined;
  try {
    value = make();
  } catch (error) {
    thrown = { error };
  }
  // three pops before the first await: the stack is back as it was when another task runs
  const pops = ["validation", "out-of-memory", "internal"].map(() => device.popErrorScope());
  const errors = await Promise.all(pops);
  if (thrown) throw thrown.error;
  const error = errors.find((error) => error !== null);
  if (error) throw new Error(`Cannot ${act}: ${inWords(error)}`, { cause: error });
  return value as T;
}

/** A GPU error on one line. */
export function inWords(error: GPUError): string {
  const kind = error instanceof GPUOutOfMemoryError ? "the device is out of memory, " : "";
  return kind + error.message.trim().replace(/\s*\n\s*/g, "; ");
}
