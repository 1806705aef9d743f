/**
 * Reading MRC files: sections of stacks by range, maps whole.
 */
import { createVolume, type Volume } from "../volume.ts";
import { gunzip, isGzip, LARGEST_EXPANSION, refuseOtherCompression } from "./gzip.ts";
import { expectedBytes, HEADER_BYTES, modes, type MRCHeader, parseHeader } from "./mrc_header.ts";
import { decodePixels, scatterSection } from "./mrc_pixels.ts";
import { bytesOf, type OpenFile, openFile } from "./open_file.ts";

/** Most bytes read at once, unless one section is larger. */
const SLAB_BYTES = 2 ** 22;

/** An open MRC file. Its length was checked against its header; pixels are read when asked for. */
export interface MRCFile extends Disposable {
  /** As opened. */
  readonly path: string;
  /** What the first 1024 bytes say. */
  readonly header: MRCHeader;
  /** Bytes of the file. */
  readonly bytes: number;
  /**
   * Pixels of the sections (counted from 0) in the order asked, [sections, ny, nx].
   *
   * @throws {RangeError} if there is no such section, or z is not the slowest axis
   */
  readSections(sections: ArrayLike<number>): Promise<Float32Array>;
  /**
   * The same at once and into given memory: sections[j] becomes image places[j] of out [images, ny, nx].
   * Runs of consecutive sections are read together, whatever the order asked.
   */
  readSectionsSync(
    out: Float32Array,
    sections: ArrayLike<number>,
    places: ArrayLike<number>,
  ): void;
}

/**
 * Opens an uncompressed MRC file of any size.
 *
 * @throws {SyntaxError} if it is no MRC file of a readable mode; {RangeError} if it is truncated or
 * compressed; {Deno.errors.NotFound} if it is not there
 */
export function openMRC(path: string): Promise<MRCFile> {
  return new Promise((resolve) => resolve(openMRCSync(path)));
}

/** openMRC at once. */
export function openMRCSync(path: string): MRCFile {
  refuseOtherCompression(path);
  if (isGzip(path)) {
    throw new RangeError(
      `Cannot read sections of ${path}: compressed, wanted what "gunzip -k ${path}" makes`,
    );
  }
  const file = openFile(path);
  try {
    if (file.bytes < HEADER_BYTES) {
      throw new RangeError(
        `Cannot read ${path}: ${file.bytes} bytes, wanted ${HEADER_BYTES} of MRC header`,
      );
    }
    const start = new Uint8Array(HEADER_BYTES);
    file.read(0, start);
    const header = parseHeader(start, { name: path, fileBytes: file.bytes });
    return {
      path,
      header,
      bytes: file.bytes,
      readSections: (sections) =>
        new Promise((resolve) => {
          const out = new Float32Array(sections.length * header.size[0] * header.size[1]);
          readInto(file, header, out, sections, Uint32Array.from(sections, (_, i) => i));
          resolve(out);
        }),
      readSectionsSync: (out, sections, places) => readInto(file, header, out, sections, places),
      [Symbol.dispose]: () => file[Symbol.dispose](),
    };
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

/** Sections of an open file into memory; see readSectionsSync. */
function readInto(
  file: OpenFile,
  header: MRCHeader,
  out: Float32Array,
  sections: ArrayLike<number>,
  places: ArrayLike<number>,
): void {
  const [nx, ny, nz] = header.size, { axes, mode } = header;
  if (axes[2] !== 2) {
    throw new RangeError(
      `Cannot read sections of ${file.path}: axes stored as ${axes.map((axis) => axis + 1)}, ` +
        `wanted z (3) slowest`,
    );
  }
  for (let j = 0; j < sections.length; j++) {
    if (!(Number.isInteger(sections[j]) && sections[j] >= 0 && sections[j] < nz)) {
      throw new RangeError(
        `Cannot read section ${sections[j]} of ${file.path}: wanted 0 to ${nz - 1}`,
      );
    }
  }
  const pixels = nx * ny, sectionBytes = pixels * modes[mode].bytes;
  const longest = Math.max(1, Math.floor(SLAB_BYTES / sectionBytes));
  const order = Uint32Array.from(sections, (_, j) => j).sort((a, b) => sections[a] - sections[b]);
  let stored = new Uint8Array(0), decoded = new Float32Array(0);
  for (let from = 0, to = 0; from < order.length; from = to) {
    const first = sections[order[from]];
    let count = 1;
    for (to = from + 1; to < order.length; to++) {
      const next = sections[order[to]] - first;
      if (next > count || next >= longest) break;
      count = next + 1;
    }
    if (decoded.length < count * pixels) {
      stored = new Uint8Array(count * sectionBytes);
      decoded = new Float32Array(count * pixels);
    }
    const run = stored.subarray(0, count * sectionBytes);
    file.read(HEADER_BYTES + header.extendedBytes + first * sectionBytes, run);
    decodePixels(run, header, decoded);
    for (let j = from; j < to; j++) {
      const at = (sections[order[j]] - first) * pixels;
      scatterSection(decoded.subarray(at, at + pixels), header, out, places[order[j]] * pixels);
    }
  }
}

async function* plainPieces(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = openFile(path);
  for (let offset = 0; offset < file.bytes; offset += SLAB_BYTES) {
    const piece = new Uint8Array(Math.min(SLAB_BYTES, file.bytes - offset));
    file.read(offset, piece);
    yield await Promise.resolve(piece);
  }
}

/** One stored section of a file read from front to back. */
export interface ScannedSection {
  /** The same for all sections. */
  readonly header: MRCHeader;
  /** Number of the section as stored, from 0. */
  readonly section: number;
  /** As stored, [rows, columns]; overwritten by the next section. */
  readonly pixels: Float32Array;
}

/**
 * Every section as stored, in order, of a plain or .gz file: for maps and statistics.
 *
 * @throws {Error} (while iterated) as openMRC; a .gz file that is cut off or corrupt says so at the end
 */
export async function* scanSections(path: string): AsyncGenerator<ScannedSection> {
  refuseOtherCompression(path);
  const gzip = isGzip(path);
  const start = new Uint8Array(HEADER_BYTES);
  let header: MRCHeader | undefined;
  let stored = start, decoded = new Float32Array(0);
  let filled = 0, skip = 0, section = 0, sections = 1, total = 0;
  for await (let piece of gzip ? gunzip(path) : plainPieces(path)) {
    total += piece.length;
    while (piece.length > 0 && section < sections) {
      if (skip > 0) {
        const skipped = Math.min(skip, piece.length);
        piece = piece.subarray(skipped);
        skip -= skipped;
        continue;
      }
      const part = piece.subarray(0, stored.length - filled);
      stored.set(part, filled);
      filled += part.length;
      piece = piece.subarray(part.length);
      if (filled < stored.length) continue;
      filled = 0;
      if (header === undefined) {
        const fileBytes = bytesOf(path) * (gzip ? LARGEST_EXPANSION : 1);
        header = parseHeader(start, { name: path, fileBytes });
        const [columns, rows, depth] = header.axes.map((axis) => header!.size[axis]);
        sections = depth;
        skip = header.extendedBytes;
        stored = new Uint8Array(columns * rows * modes[header.mode].bytes);
        decoded = new Float32Array(columns * rows);
      } else {
        decodePixels(stored, header, decoded);
        yield { header, section: section++, pixels: decoded };
      }
    }
  }
  const wanted = header ? expectedBytes(header) : HEADER_BYTES;
  if (total < wanted) {
    throw new RangeError(
      `Cannot read ${path}: ${total} bytes, wanted ${wanted}${header ? "" : " of MRC header"}`,
    );
  }
}

/** The edge of a voxel in A, if the header describes a cube of an even edge and of cubic voxels. */
function checkCube(path: string, { size, pixelSizes, isStack }: MRCHeader): number {
  const [n] = size;
  if (size.some((m) => m !== n) || n % 2 !== 0) {
    throw new RangeError(
      `Cannot read map ${path}: ${size.join(" x ")} voxels, wanted a cube with an even edge`,
    );
  }
  if (isStack) {
    throw new RangeError(
      `Cannot read map ${path}: a stack of ${n} images by its name or header, wanted one map`,
    );
  }
  const [a] = pixelSizes;
  if (pixelSizes.some((b) => Number.isNaN(b))) {
    throw new RangeError(
      `Cannot read map ${path}: no pixel size in its header, wanted cella, mx, my, mz above 0`,
    );
  }
  if (!pixelSizes.every((b) => Math.abs(b - a) <= 1e-3 * a)) {
    throw new RangeError(
      `Cannot read map ${path}: voxels of ${pixelSizes.join(" x ")} A, wanted cubes (cella / mx)`,
    );
  }
  return a;
}

/**
 * A map, [z, y, x] whatever its axes; .mrc, .map and both with .gz. Its position in a larger frame
 * (nxstart, origin) is ignored: the rotation centre is voxel N/2.
 *
 * @throws {RangeError} if it is a stack, no cube with an even edge, has no pixel size or a voxel that is not
 * finite, or is truncated; {SyntaxError} if it is no MRC file; {Deno.errors.NotFound}
 */
export async function readVolume(path: string): Promise<Volume> {
  let volume: Volume | undefined;
  for await (const { header, section, pixels } of scanSections(path)) {
    volume ??= createVolume({ boxSize: header.size[0], pixelSize: checkCube(path, header) });
    const { boxSize: n, voxels } = volume;
    const step = [1, n, n * n], [, , slow] = header.axes;
    const bad = pixels.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const stored = [bad % n, Math.floor(bad / n), section], value = pixels[bad];
      const [x, y, z] = [0, 1, 2].map((axis) => stored[header.axes.indexOf(axis)]);
      throw new RangeError(
        `Cannot read map ${path}: voxel (${x}, ${y}, ${z}) is ${value}, wanted finite numbers`,
      );
    }
    scatterSection(pixels, header, voxels, section * step[slow]);
  }
  return volume!;
}
