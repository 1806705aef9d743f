/**
 * The 1024-byte header of MRC2014 (Cheng et al. 2015, J. Struct. Biol. 192:146-150) and of the older
 * files that real programs write. Byte offsets below are those of the standard.
 */
import { compressionOf } from "./gzip.ts";

/** Bytes before the extended header. */
export const HEADER_BYTES = 1024;

/** How a pixel is stored: mode number to its name and size in bytes. Mode 0 is signed. */
export const modes = {
  0: { name: "8-bit signed integer", bytes: 1 },
  1: { name: "16-bit signed integer", bytes: 2 },
  2: { name: "32-bit float", bytes: 4 },
  6: { name: "16-bit unsigned integer", bytes: 2 },
  12: { name: "16-bit float", bytes: 2 },
} as const;

/** A pixel mode that can be read. */
export type MRCMode = keyof typeof modes;

/** Minimum, maximum, mean and rms deviation from the mean of all pixels. */
export interface MRCStatistics {
  /** Least. */
  readonly minimum: number;
  /** Largest. */
  readonly maximum: number;
  /** Sum over count. */
  readonly mean: number;
  /** Root of the mean squared deviation from the mean. */
  readonly rms: number;
}

/** What the header says. The map's position in a larger frame (nxstart, origin) is not kept. */
export interface MRCHeader {
  /** [nx, ny, nz], pixels along x, y, z, however the axes are stored. */
  readonly size: readonly [number, number, number];
  /** Axis (0 x, 1 y, 2 z) of the stored columns (fastest), rows and sections. */
  readonly axes: readonly [number, number, number];
  /** How a pixel is stored. */
  readonly mode: MRCMode;
  /** Edge of a pixel along x, y, z in A; NaN where the header does not say. */
  readonly pixelSizes: readonly [number, number, number];
  /** Edge of a pixel along x in A, NaN where the header does not say. */
  readonly pixelSize: number;
  /** Images one after another, not one map; decided as `parseHeader` says. */
  readonly isStack: boolean;
  /** As written, not checked; programs that do not know write minimum > maximum, or zeros. */
  readonly statistics: MRCStatistics;
  /** Text of the labels in use. */
  readonly labels: readonly string[];
  /** Length of the extended header, skipped. */
  readonly extendedBytes: number;
  /** Of every number in the file. */
  readonly byteOrder: "little" | "big";
}

/** A float32 has seven significant digits: 11.199999809 is 11.2. */
function sevenDigits(x: number): number {
  return Number(x.toPrecision(7));
}

const isMode = (mode: number): mode is MRCMode => Object.hasOwn(modes, mode);

/** Bytes of the whole file a header describes. */
export function expectedBytes(
  { size: [nx, ny, nz], mode, extendedBytes }: Pick<MRCHeader, "size" | "mode" | "extendedBytes">,
): number {
  return HEADER_BYTES + extendedBytes + nx * ny * nz * modes[mode].bytes;
}

/** Byte orders in which the four size words make sense for a file of this length. */
function plausibleOrders(view: DataView, fileBytes: number): boolean[] {
  return [true, false].filter((little) => {
    const [nx, ny, nz, mode] = [0, 4, 8, 12].map((at) => view.getInt32(at, little));
    const extendedBytes = view.getInt32(92, little);
    return nx > 0 && ny > 0 && nz > 0 && isMode(mode) && extendedBytes >= 0 &&
      expectedBytes({ size: [nx, ny, nz], mode, extendedBytes }) <= fileBytes;
  });
}

/** True for little endian: the machine stamp says so, or else the only order that makes sense. */
function littleEndian(view: DataView, name: string, fileBytes: number): boolean {
  const stamp = view.getUint16(212);
  if (stamp === 0x4444 || stamp === 0x4441) return true;
  if (stamp === 0x1111) return false;
  const orders = plausibleOrders(view, fileBytes);
  if (orders.length === 1) return orders[0];
  const packed = compressionOf(new Uint8Array(view.buffer, view.byteOffset));
  if (orders.length === 0 && packed !== undefined) {
    throw new SyntaxError(
      `Cannot read ${name}: ${packed} data by its first bytes, wanted it unpacked` +
        `${packed === "gzip" ? ", or a name ending in .gz" : ""}`,
    );
  }
  const found = `machine stamp 0x${stamp.toString(16).padStart(4, "0")}`;
  throw new SyntaxError(
    orders.length === 0
      ? `Cannot read ${name}: ${found} and no sensible size, wanted an MRC file`
      : `Cannot read ${name}: ${found} and a size that fits both byte orders, wanted 0x4444 or 0x1111`,
  );
}

/** ISO 8859-1 text of the labels in use (ten at most); blank ones are left out. */
function labelsOf(bytes: Uint8Array, count: number): string[] {
  const labels: string[] = [];
  for (let at = 224; at < 224 + 80 * Math.min(10, count); at += 80) {
    const text = String.fromCharCode(...bytes.subarray(at, at + 80));
    // deno-lint-ignore no-control-regex
    const label = text.replace(/[\0-\x1f\x7f-\x9f]+/g, " ").trim();
    if (label) labels.push(label);
  }
  return labels;
}

/**
 * Reads a header and checks that the file is long enough for what it promises.
 *
 * - Byte order: the machine stamp; without a valid one, the order in which size and mode make sense.
 * - Axes: 0 0 0 (files older than the field) is 1 2 3.
 * - A stack is a file named .mrcs, one of space group 0 that is no cube or has mz = 1, or one of another
 *   space group that is no cube and gives no cell edge along z. Everything else is a map.
 *
 * @param bytes the first 1024 bytes
 * @param name for messages; its ending decides too
 * @param fileBytes length of the (uncompressed) file; at least what the header asks for
 * @throws {SyntaxError} if this is no MRC file or one of another mode; {RangeError} if it is truncated
 */
export function parseHeader(
  bytes: Uint8Array,
  { name, fileBytes }: { name: string; fileBytes: number },
): MRCHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const little = littleEndian(view, name, fileBytes);
  const int = (at: number) => view.getInt32(at, little);
  const float = (at: number) => view.getFloat32(at, little);
  const fail = (found: string, wanted: string): never => {
    throw new SyntaxError(`Cannot read ${name}: ${found}, wanted ${wanted}`);
  };

  const stored = [int(0), int(4), int(8)];
  if (stored.some((n) => n <= 0)) fail(`size ${stored.join(" x ")}`, "an MRC file, all sizes > 0");
  const mode = int(12);
  if (!isMode(mode)) {
    throw new SyntaxError(
      `Cannot read ${name}: MRC mode ${mode} is not one of ${Object.keys(modes).join(", ")}`,
    );
  }
  // IMOD's stamp "IMOD" and flags (bytes 152 and 156): bit 0 is set when mode 0 is signed.
  if (mode === 0 && int(152) === 1146047817 && (int(156) & 1) === 0) {
    fail("mode 0 marked unsigned by IMOD", "signed bytes (newstack -mode 1 converts them)");
  }
  const extendedBytes = int(92);
  if (extendedBytes < 0) fail(`extended header of ${extendedBytes} bytes`, "0 or more");

  const map = [int(64), int(68), int(72)];
  const axes = (map.every((axis) => axis === 0) ? [0, 1, 2] : map.map((axis) => axis - 1)) as [
    number,
    number,
    number,
  ];
  if (axes.toSorted().join() !== "0,1,2") {
    fail(`axes ${map.join(" ")}`, "a permutation of 1 2 3 (mapc, mapr, maps)");
  }
  const size: [number, number, number] = [0, 0, 0];
  axes.forEach((axis, i) => size[axis] = stored[i]);

  const header = { size, mode, extendedBytes };
  if (expectedBytes(header) > fileBytes) {
    throw new RangeError(
      `Cannot read ${name}: ${fileBytes} bytes, wanted ${expectedBytes(header)} ` +
        `(${stored.join(" x ")} pixels of mode ${mode})`,
    );
  }

  const pixelSizes = [0, 1, 2].map((axis) => {
    const edge = float(40 + 4 * axis), intervals = int(28 + 4 * axis);
    return edge > 0 && intervals > 0 && edge < Infinity ? sevenDigits(edge / intervals) : NaN;
  }) as [number, number, number];

  const [nx, ny, nz] = size;
  const cube = nx === ny && ny === nz, group = int(88);
  const isStack = /\.mrcs(\.gz)?$/i.test(name) ||
    (group === 0 ? !cube || int(36) === 1 : !cube && Number.isNaN(pixelSizes[2]));

  return {
    ...header,
    axes,
    pixelSizes,
    pixelSize: pixelSizes[0],
    isStack,
    statistics: { minimum: float(76), maximum: float(80), mean: float(84), rms: float(216) },
    labels: labelsOf(bytes, int(220)),
    byteOrder: little ? "little" : "big",
  };
}

/** What a new file's header is made of. */
export interface NewHeader {
  /** [nx, ny, nz] */
  readonly size: readonly [number, number, number];
  /** A, the same along x, y, z. */
  readonly pixelSize: number;
  /** Images one after another: space group 0, mz = 1. */
  readonly isStack: boolean;
  /** Of all pixels. */
  readonly statistics: MRCStatistics;
  /** Cut after 80 characters; what is not printable ASCII becomes "?". */
  readonly label: string;
}

/** A header of MRC2014 (20140), mode 2, little endian, axes 1 2 3; space group 0 for a stack, else 1. */
export function encodeHeader(
  { size: [nx, ny, nz], pixelSize, isStack, statistics, label }: NewHeader,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const ints = (at: number, ...values: number[]) =>
    values.forEach((value, i) => view.setInt32(at + 4 * i, value, true));
  const floats = (at: number, ...values: number[]) =>
    values.forEach((value, i) => view.setFloat32(at + 4 * i, value, true));
  const mz = isStack ? 1 : nz;
  ints(0, nx, ny, nz, 2);
  ints(28, nx, ny, mz);
  floats(40, nx * pixelSize, ny * pixelSize, mz * pixelSize, 90, 90, 90);
  ints(64, 1, 2, 3);
  floats(76, statistics.minimum, statistics.maximum, statistics.mean);
  ints(88, isStack ? 0 : 1);
  ints(108, 20140);
  new TextEncoder().encodeInto("MAP ", bytes.subarray(208));
  bytes.set([0x44, 0x44], 212);
  floats(216, statistics.rms);
  ints(220, 1);
  const text = label.replace(/[^ -~]/g, "?").slice(0, 80).padEnd(80);
  new TextEncoder().encodeInto(text, bytes.subarray(224, 304));
  return bytes;
}
