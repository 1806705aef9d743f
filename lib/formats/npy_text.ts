/**
 * Texts in the rows of a table: bytes (S) or UTF-32 (U), filled up with zeros.
 */
import type { NpyField } from "./npy_header.ts";

/** The text in the row that starts at byte `row`, without the zeros at its end; bytes are UTF-8. */
export function textOf(
  view: DataView,
  row: number,
  { kind, width, little, offset }: NpyField,
): string {
  const start = row + offset;
  if (kind === "U") {
    const codes = Array.from(
      { length: width / 4 },
      (_, i) => view.getUint32(start + 4 * i, little),
    );
    const length = codes.findLastIndex((code) => code !== 0) + 1;
    return codes.slice(0, length)
      .map((code) => code < 0x110000 ? String.fromCodePoint(code) : "\ufffd").join("");
  }
  let length = width;
  while (length > 0 && view.getUint8(start + length - 1) === 0) length--;
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + start, length));
}

/**
 * Rows that differ in a column, and which of them each row is like: no text is made for the others.
 *
 * @returns `first`: row of each different content, in the order they appear; `of`: place in `first`, [count]
 */
export function distinctRows(
  bytes: Uint8Array,
  { offset, width, elements, count, rowBytes }: NpyField & { count: number; rowBytes: number },
): { first: Uint32Array; of: Uint32Array } {
  const length = width * elements, of = new Uint32Array(count), first: number[] = [];
  const equal = (a: number, b: number) => {
    const x = a * rowBytes + offset, y = b * rowBytes + offset;
    for (let k = 0; k < length; k++) if (bytes[x + k] !== bytes[y + k]) return false;
    return true;
  };
  // Open addressing, half full at most; FNV-1a over the bytes.
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2))).fill(-1);
  for (let row = 0; row < count; row++) {
    if (row > 0 && equal(row, row - 1)) {
      of[row] = of[row - 1];
      continue;
    }
    let hash = 0x811c9dc5;
    for (let k = 0, at = row * rowBytes + offset; k < length; k++) {
      hash = Math.imul(hash ^ bytes[at + k], 0x01000193);
    }
    let slot = hash & (slots.length - 1);
    while (slots[slot] >= 0 && !equal(first[slots[slot]], row)) {
      slot = (slot + 1) & (slots.length - 1);
    }
    if (slots[slot] < 0) {
      slots[slot] = first.length;
      first.push(row);
    }
    of[row] = slots[slot];
  }
  return { first: Uint32Array.from(first), of };
}
