/**
 * Tables in numpy's .npy files: named columns of numbers and texts in rows of fixed length.
 */
import { createAtomicFile } from "./atomic_file.ts";
import {
  createField,
  encodeNpyHeader,
  type NpyField,
  type NpyHeader,
  parseNpyHeader,
  readNpyStart,
  START_BYTES,
} from "./npy_header.ts";
import { openFile } from "./open_file.ts";
import { distinctRows, textOf } from "./npy_text.ts";

/** A table in memory, its rows as stored. */
export interface NpyTable extends NpyHeader {
  /** Where it came from, for messages. */
  readonly name: string;
  /** The rows, [count, rowBytes]. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether there is a column of that name. */
  has(column: string): boolean;
  /**
   * A column as numbers, [count, elements].
   *
   * @throws {RangeError} if there is no such column; {SyntaxError} if it holds text
   */
  numbers(column: string): Float64Array;
  /** A column of whole numbers of 64 bits, [count, elements]. */
  integers(column: string): BigUint64Array;
  /** The different texts of a column (first elements) in the order they appear, and which each row has. */
  texts(column: string): { readonly values: readonly string[]; readonly of: Uint32Array };
}

/** How each kind of number is got from a view. */
const getters: Readonly<
  Record<string, (view: DataView, at: number, little: boolean) => number>
> = {
  f2: (view, at, little) => view.getFloat16(at, little),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  b1: (view, at) => view.getUint8(at),
};

/** A table of rows in memory. */
export function createNpyTable(
  { name, fields, count, rowBytes, bytes }: NpyHeader & Pick<NpyTable, "name" | "bytes">,
): NpyTable {
  const byName = new Map(fields.map((field) => [field.name, field]));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fieldOf = (column: string, kinds: string, wanted: string): NpyField => {
    const field = byName.get(column);
    if (field === undefined) throw new RangeError(`Cannot read ${name}: no column ${column}`);
    if (kinds.includes(field.kind)) return field;
    throw new SyntaxError(
      `Cannot read ${name}: column ${column} of kind ${field.kind}${field.width}, wanted ${wanted}`,
    );
  };
  return {
    name,
    fields,
    count,
    rowBytes,
    bytes,
    has: (column) => byName.has(column),
    numbers(column) {
      const field = fieldOf(column, "fiub", "numbers"), { kind, width, elements, offset } = field;
      const out = new Float64Array(count * elements), { little } = field;
      // Nearly all there is; a loop of its own, because a call for each number takes longer than the number.
      if (kind === "f" && width === 4) {
        for (let row = 0, i = 0; row < count; row++) {
          let at = row * rowBytes + offset;
          for (let k = 0; k < elements; k++, at += 4) out[i++] = view.getFloat32(at, little);
        }
        return out;
      }
      const get = getters[`${kind}${width}`];
      for (let row = 0, i = 0; row < count; row++) {
        let at = row * rowBytes + offset;
        for (let k = 0; k < elements; k++, at += width) out[i++] = get(view, at, little);
      }
      return out;
    },
    integers(column) {
      const field = fieldOf(column, "iu", "whole numbers"), { width, elements, little } = field;
      const out = new BigUint64Array(count * elements);
      const get = getters[`${field.kind}${width}`];
      for (let row = 0, i = 0; row < count; row++) {
        let at = row * rowBytes + field.offset;
        for (let k = 0; k < elements; k++, at += width) {
          out[i++] = width === 8
            ? view.getBigUint64(at, little)
            : BigInt.asUintN(64, BigInt(get(view, at, little)));
        }
      }
      return out;
    },
    texts(column) {
      const field = fieldOf(column, "SU", "texts");
      const { first, of } = distinctRows(bytes, { ...field, elements: 1, count, rowBytes });
      return { values: Array.from(first, (row) => textOf(view, row * rowBytes, field)), of };
    },
  };
}

/** First bytes of a file: all of the start, fewer if the file is shorter. */
function startOf(file: { bytes: number; read(offset: number, into: Uint8Array): void }) {
  const start = new Uint8Array(Math.min(START_BYTES, file.bytes));
  file.read(0, start);
  const padded = new Uint8Array(START_BYTES);
  padded.set(start);
  return padded;
}

/**
 * Reads a table.
 *
 * @param refuse throws about the first twelve bytes, if they are those of something that is known
 * @throws {SyntaxError} if it is no .npy file, or no table of numbers and texts; {RangeError} if it is cut
 * off or goes on after its rows
 */
export function readNpy(path: string, refuse: (start: Uint8Array) => void = () => {}): NpyTable {
  using file = openFile(path);
  const bytes = startOf(file);
  refuse(bytes);
  const { at, length, encoding } = readNpyStart(bytes, { name: path, fileBytes: file.bytes });
  const header = new Uint8Array(length);
  file.read(at, header);
  const rowsBytes = file.bytes - at - length;
  const { fields, count, rowBytes } = parseNpyHeader(new TextDecoder(encoding).decode(header), {
    name: path,
    rowsBytes,
  });
  const rows = new Uint8Array(rowsBytes);
  file.read(at + length, rows);
  return createNpyTable({ name: path, fields, count, rowBytes, bytes: rows });
}

/** Writes a table whole or not at all. */
export function writeNpy(path: string, table: NpyHeader & Pick<NpyTable, "bytes">): Promise<void> {
  return new Promise((resolve) => {
    using file = createAtomicFile(path);
    file.write(encodeNpyHeader(table));
    file.write(table.bytes);
    resolve(file.commit());
  });
}

/** Columns of a table that become columns of another. */
export interface NpyPart {
  readonly table: NpyTable;
  /** Names of the columns taken, in this order; all that have a meaning unless given. */
  readonly columns?: readonly string[];
  /** Row of `table` for each row made, [count]; the same rows unless given. */
  readonly rows?: Uint32Array;
}

/**
 * A table of columns of others, byte by byte.
 *
 * @param name for messages
 */
export function combineTables(name: string, parts: readonly NpyPart[]): NpyTable {
  const count = parts[0].rows?.length ?? parts[0].table.count;
  let rowBytes = 0;
  const columns = parts.flatMap(({ table, columns, rows }) => {
    const names = columns ??
      table.fields.filter(({ kind }) => kind !== "V").map((field) => field.name);
    return names.map((column) => {
      const field = table.fields.find((field) => field.name === column)!;
      const to = { ...field, offset: rowBytes };
      rowBytes += field.width * field.elements;
      return { table, rows, from: field.offset, to };
    });
  });
  const bytes = new Uint8Array(count * rowBytes);
  for (const { table, rows, from, to } of columns) {
    const length = to.width * to.elements;
    for (let row = 0; row < count; row++) {
      const start = (rows ? rows[row] : row) * table.rowBytes + from;
      const at = row * rowBytes + to.offset;
      for (let k = 0; k < length; k++) bytes[at + k] = table.bytes[start + k];
    }
  }
  return createNpyTable({ name, fields: columns.map(({ to }) => to), count, rowBytes, bytes });
}

/** A column to be made; its numbers are [count, elements]. */
export type NewColumn =
  & { readonly name: string; readonly shape?: readonly number[] }
  & (
    | { readonly type: "<f4" | "<f8" | "<i4" | "<u4"; readonly numbers: ArrayLike<number> }
    | { readonly type: "<u8"; readonly integers: BigUint64Array }
    | { readonly type: "S"; readonly texts: readonly string[] }
  );

/** Puts one number in a row. */
const setters = {
  "<f4": (view: DataView, at: number, value: number) => view.setFloat32(at, value, true),
  "<f8": (view: DataView, at: number, value: number) => view.setFloat64(at, value, true),
  "<i4": (view: DataView, at: number, value: number) => view.setInt32(at, value, true),
  "<u4": (view: DataView, at: number, value: number) => view.setUint32(at, value, true),
} as const;

/**
 * A table of new columns. Texts are UTF-8, as wide as the longest.
 *
 * @throws {RangeError} if a column has not one value for each row and element
 */
export function tableOfColumns(
  name: string,
  count: number,
  columns: readonly NewColumn[],
): NpyTable {
  let rowBytes = 0;
  const encoder = new TextEncoder();
  const made = columns.map((column) => {
    const texts = column.type === "S" ? column.texts.map((text) => encoder.encode(text)) : [];
    const widest = texts.reduce((most, { length }) => Math.max(most, length), 1);
    const type = column.type === "S" ? `|S${widest}` : column.type;
    const field = createField(column.name, type, column.shape ?? [], rowBytes);
    rowBytes += field.width * field.elements;
    const values = column.type === "S"
      ? texts
      : column.type === "<u8"
      ? column.integers
      : column.numbers;
    if (values.length !== count * field.elements) {
      throw new RangeError(
        `Cannot make column ${column.name}: ${values.length} values, wanted ${count} x ` +
          `${field.elements}`,
      );
    }
    return { column, field, texts };
  });
  const bytes = new Uint8Array(count * rowBytes), view = new DataView(bytes.buffer);
  for (const { column, field: { width, elements, offset }, texts } of made) {
    for (let row = 0, i = 0; row < count; row++) {
      let at = row * rowBytes + offset;
      for (let k = 0; k < elements; k++, at += width, i++) {
        if (column.type === "S") bytes.set(texts[i], at);
        else if (column.type === "<u8") view.setBigUint64(at, column.integers[i], true);
        else setters[column.type](view, at, column.numbers[i]);
      }
    }
  }
  return createNpyTable({
    name,
    fields: made.map(({ field }) => field),
    count,
    rowBytes,
    bytes,
  });
}
