/**
 * The header of a numpy .npy file that holds a table (NEP 1: versions 1, 2 and 3).
 */
import { type Literal, parseLiteral } from "./python_literal.ts";

/** One column of a table: a number, text or small array in every row. */
export interface NpyField {
  /** As in the file: "ctf/df1_A". */
  readonly name: string;
  /** Float, signed, unsigned, boolean, bytes, UTF-32, or bytes without meaning. */
  readonly kind: "f" | "i" | "u" | "b" | "S" | "U" | "V";
  /** Bytes of one element. */
  readonly width: number;
  /** Byte order of an element. */
  readonly little: boolean;
  /** Of the small array; [] for a single element. */
  readonly shape: readonly number[];
  /** Elements in a row: the product of the shape. */
  readonly elements: number;
  /** Of the first element, bytes from the start of the row. */
  readonly offset: number;
}

/** What a header says: rows of `rowBytes` bytes from `start` on, one after another. */
export interface NpyHeader {
  /** In the order of the file. */
  readonly fields: readonly NpyField[];
  /** Rows. */
  readonly count: number;
  /** Bytes of a row. */
  readonly rowBytes: number;
}

/** "\x93NUMPY" */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Bytes before the text of the header, and its length, both needed to read on. */
export interface NpyStart {
  /** Where the text begins, bytes. */
  readonly at: number;
  /** Its length, bytes; the rows follow. */
  readonly length: number;
  /** Its encoding. */
  readonly encoding: "latin1" | "utf-8";
}

/** Most bytes of a header that are read: what a table of ten thousand columns takes. */
const LONGEST_HEADER = 2 ** 20;

/** Bytes that readNpyStart() takes. */
export const START_BYTES = 12;

/**
 * Reads the first bytes of a file.
 *
 * @throws {SyntaxError} if they are not those of an .npy file of a known version
 */
export function readNpyStart(
  bytes: Uint8Array,
  { name, fileBytes }: { name: string; fileBytes: number },
): NpyStart {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new SyntaxError(
      `Cannot read ${name}: no "NUMPY" in its first bytes, wanted an .npy file`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset), version = bytes[6];
  if (version < 1 || version > 3) {
    throw new SyntaxError(`Cannot read ${name}: .npy version ${version}, wanted 1, 2 or 3`);
  }
  const at = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (at + length > fileBytes || length > LONGEST_HEADER) {
    throw new RangeError(
      `Cannot read ${name}: a header of ${length} bytes, wanted at most ` +
        `${Math.max(0, Math.min(fileBytes - at, LONGEST_HEADER))}`,
    );
  }
  return { at, length, encoding: version === 3 ? "utf-8" : "latin1" };
}

const WIDTHS: Readonly<Record<string, readonly number[]>> = {
  f: [2, 4, 8],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  b: [1],
};

/** A column from its name, its type ("<f4", "|S61") and its shape; throws what is wrong with it. */
export function createField(
  name: string,
  type: string,
  shape: readonly number[],
  offset: number,
): NpyField {
  const [, order, kind, digits] = /^([<>|=]?)([fiubSUV])(\d{1,9})$/.exec(type) ?? [];
  const length = Number(digits), width = kind === "U" ? 4 * length : length;
  const known = kind !== undefined && (WIDTHS[kind]?.includes(width) ?? true);
  if (!known) {
    throw new SyntaxError(
      `field ${name} of type ${type}, wanted numbers (f, i, u, b) or text (S, U)`,
    );
  }
  const elements = shape.reduce((product, n) => product * n, 1);
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || !(elements * width < 2 ** 31)) {
    throw new SyntaxError(`field ${name} of shape (${shape.join(", ")}), wanted a small one`);
  }
  return {
    name,
    kind: kind as NpyField["kind"],
    width,
    little: order !== ">",
    shape,
    elements,
    offset,
  };
}

function fieldsOf(descr: Literal | undefined): NpyField[] {
  if (!Array.isArray(descr)) {
    const found = typeof descr === "string" ? `plain numbers (${descr})` : "no descr";
    throw new SyntaxError(`${found}, wanted a table with named columns`);
  }
  const fields: NpyField[] = [], seen = new Set<string>();
  let offset = 0;
  for (const entry of descr) {
    const [name, type, shape = []] = Array.isArray(entry) ? entry : [];
    if (typeof name !== "string" || typeof type !== "string" || /\p{Cc}/u.test(name + type)) {
      throw new SyntaxError(
        `column ${fields.length + 1} without a plain name and type, wanted ('name', '<f4')`,
      );
    }
    const sizes = Array.isArray(shape) ? shape : [shape];
    const field = createField(
      name,
      type,
      sizes.map((n) => typeof n === "number" ? n : NaN),
      offset,
    );
    if (seen.has(name)) throw new SyntaxError(`two columns ${name}, wanted different names`);
    if (field.kind !== "V") seen.add(name);
    fields.push(field);
    offset += field.width * field.elements;
  }
  return fields;
}

/**
 * Reads the text of a header and checks the length of the file against it.
 *
 * @param text of the header
 * @param name for messages
 * @param rowsBytes bytes that follow the header
 * @throws {SyntaxError} if it describes no table of numbers and texts; {RangeError} if the file is cut off
 * or has more than its rows
 */
export function parseNpyHeader(
  text: string,
  { name, rowsBytes }: { name: string; rowsBytes: number },
): NpyHeader {
  try {
    const header = parseLiteral(text);
    if (!(header instanceof Map)) throw new SyntaxError("no dictionary, wanted {'descr': ...}");
    const fields = fieldsOf(header.get("descr")), shape = header.get("shape");
    if (header.get("fortran_order") !== false) {
      throw new SyntaxError("fortran_order is not False, wanted rows one after another");
    }
    const [count] = Array.isArray(shape) && shape.length === 1 ? shape : [];
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new SyntaxError(`shape ${JSON.stringify(shape ?? null)}, wanted one number of rows`);
    }
    const rowBytes = fields.reduce((sum, { width, elements }) => sum + width * elements, 0);
    if (rowBytes === 0) throw new SyntaxError("rows of 0 bytes, wanted columns");
    if (count * rowBytes !== rowsBytes) {
      throw new RangeError(
        `${rowsBytes} bytes of rows, wanted ${count * rowBytes} (${count} rows of ${rowBytes})`,
      );
    }
    return { fields, count, rowBytes };
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new SyntaxError(`Cannot read ${name}: header with ${error.message}`, { cause: error });
    }
    if (error instanceof RangeError) {
      throw new RangeError(`Cannot read ${name}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** The type of a column as numpy writes it: "<f4", "|S61", "<U5". */
export function typeOf({ kind, width, little }: NpyField): string {
  const order = kind === "S" || kind === "V" || (width === 1 && kind !== "U")
    ? "|"
    : little
    ? "<"
    : ">";
  return `${order}${kind}${kind === "U" ? width / 4 : width}`;
}

/** A text as Python writes it. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&").replace(/\n/g, "\\n")}'`;
}

/**
 * The bytes before the rows of a table, of version 1, or 2 where its 65,535 bytes are not enough, or 3 where
 * names are not Latin-1. The rows begin at a multiple of 64 bytes.
 */
export function encodeNpyHeader({ fields, count }: NpyHeader): Uint8Array<ArrayBuffer> {
  const descr = fields.map((field) => {
    const { name, shape } = field;
    const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
    return `(${quote(name)}, ${quote(typeOf(field))}${shape.length ? `, ${tuple}` : ""})`;
  });
  const text = `{'descr': [${descr.join(", ")}], 'fortran_order': False, 'shape': (${count},), }`;
  const isLatin = /^[\0-\xff]*$/.test(text);
  const encoded = isLatin
    ? Uint8Array.from(text, (letter) => letter.charCodeAt(0))
    : new TextEncoder().encode(text);
  const version = !isLatin ? 3 : encoded.length + 64 > 0xffff ? 2 : 1;
  const at = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(Math.ceil((at + encoded.length + 1) / 64) * 64).fill(32);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  bytes.set([version, 0], 6);
  if (version === 1) view.setUint16(8, bytes.length - at, true);
  else view.setUint32(8, bytes.length - at, true);
  bytes.set(encoded, at);
  bytes[bytes.length - 1] = 10;
  return bytes;
}
