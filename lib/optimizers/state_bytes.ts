import type { OptimizerState } from "./optimizer.ts";

/** Bytes of what an optimizer remembers: 8 a number, of arrays their elements. */
export function stateBytes(state: OptimizerState): number {
  let bytes = 0;
  for (const value of Object.values(state)) {
    const parts = Array.isArray(value) ? value : [value];
    for (const part of parts) bytes += typeof part === "number" ? 8 : part.byteLength;
  }
  return bytes;
}
