import { modes, type MRCHeader, type MRCMode } from "./mrc_header.ts";

/** Stored numbers of each mode as an array over the same bytes (all platforms are little endian). */
const views = {
  0: Int8Array,
  1: Int16Array,
  2: Float32Array,
  6: Uint16Array,
  12: Float16Array,
} as const satisfies Record<MRCMode, unknown>;

function swapBytes(bytes: Uint8Array, width: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (width === 2) {
    for (let at = 0; at < bytes.length; at += 2) view.setUint16(at, view.getUint16(at), true);
  } else if (width === 4) {
    for (let at = 0; at < bytes.length; at += 4) view.setUint32(at, view.getUint32(at), true);
  }
}

/**
 * Stored pixels as float32, exactly: every value of every mode is one.
 *
 * @param bytes of whole pixels, at an offset that is a multiple of their size; overwritten when big endian
 * @param out one number per pixel
 */
export function decodePixels(
  bytes: Uint8Array<ArrayBuffer>,
  { mode, byteOrder }: Pick<MRCHeader, "mode" | "byteOrder">,
  out: Float32Array,
): void {
  const width = modes[mode].bytes;
  if (byteOrder === "big") swapBytes(bytes, width);
  out.set(new views[mode](bytes.buffer, bytes.byteOffset, bytes.length / width));
}

/**
 * Copies one stored section [rows, columns] to where it belongs in [z, y, x].
 *
 * @param start element of `out` of the section's first pixel
 */
export function scatterSection(
  section: Float32Array,
  { size, axes }: Pick<MRCHeader, "size" | "axes">,
  out: Float32Array,
  start: number,
): void {
  const step = [1, size[0], size[0] * size[1]];
  const column = step[axes[0]], row = step[axes[1]], columns = size[axes[0]];
  if (column === 1 && row === columns) {
    out.set(section, start);
    return;
  }
  for (let at = 0, line = start; at < section.length; line += row) {
    for (let c = 0, to = line; c < columns; c++, at++, to += column) out[to] = section[at];
  }
}
