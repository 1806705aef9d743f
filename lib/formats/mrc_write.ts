/**
 * Writing MRC files: mode 2, little endian, under a temporary name until complete.
 */
import type { Volume } from "../volume.ts";
import { createAtomicFile } from "./atomic_file.ts";
import { isGzip } from "./gzip.ts";
import { encodeHeader, HEADER_BYTES } from "./mrc_header.ts";
import { accumulateStatistics } from "./mrc_statistics.ts";

/** Pixels written at once. */
const SLAB_PIXELS = 2 ** 20;

/** The bytes of numbers, slab by slab, copied out of memory that may be shared. */
function* slabs(values: Float32Array): Generator<Uint8Array<ArrayBuffer>> {
  for (let from = 0; from < values.length; from += SLAB_PIXELS) {
    yield new Uint8Array(values.slice(from, from + SLAB_PIXELS).buffer);
  }
}

function refuseName(path: string, ending: RegExp, wanted: string): void {
  if (!ending.test(path)) throw new RangeError(`Cannot write ${path}: wanted a name in ${wanted}`);
}

/** What may be said about a written file. */
export interface WriteOptions {
  /** Follows "vitreous" in the header's label; printable ASCII, cut after 71 characters. */
  readonly label?: string;
}

const labelOf = (label: string) => `vitreous ${label}`.trim();

/**
 * Writes a map as .mrc or .map, with .gz compressed.
 *
 * @throws {RangeError} if the name ends otherwise or a voxel is not finite; {Error} if the disk refuses
 */
export async function writeVolume(
  path: string,
  { boxSize: n, pixelSize, voxels }: Volume,
  { label = "" }: WriteOptions = {},
): Promise<void> {
  refuseName(path, /\.(mrc|map)(\.gz)?$/i, ".mrc, .map, .mrc.gz or .map.gz");
  const statistics = accumulateStatistics((at, value) => {
    const z = Math.floor(at / (n * n)), y = Math.floor(at / n) % n;
    return new RangeError(
      `Cannot write map ${path}: voxel (${at % n}, ${y}, ${z}) is ${value}, wanted finite numbers`,
    );
  });
  statistics.add(voxels);
  const header = encodeHeader({
    size: [n, n, n],
    pixelSize,
    isStack: false,
    statistics: statistics.statistics(),
    label: labelOf(label),
  });
  using file = createAtomicFile(path);
  const pieces = ReadableStream.from((function* () {
    yield header;
    yield* slabs(voxels);
  })());
  const packed = isGzip(path) ? pieces.pipeThrough(new CompressionStream("gzip")) : pieces;
  for await (const piece of packed) file.write(piece);
  file.commit();
}

/** A stack being written. Disposed before it is closed, it leaves nothing behind. */
export interface StackWriter extends Disposable {
  /** Images written so far. */
  readonly count: number;
  /** Adds images [images, N, N]. */
  append(images: Float32Array): Promise<void>;
  /** Completes the header and gives the file its name. */
  close(): Promise<void>;
}

/**
 * Starts a stack (.mrcs) of N x N images; any number of them may follow.
 *
 * @throws {RangeError} if the name does not end in .mrcs; {Error} if the disk refuses. append() throws a
 * RangeError if a pixel is not finite or the last image is not whole, close() if there is no image.
 */
export function createStackWriter(
  path: string,
  { boxSize, pixelSize, label = "" }: { boxSize: number; pixelSize: number } & WriteOptions,
): Promise<StackWriter> {
  return new Promise((resolve) => {
    refuseName(path, /\.mrcs$/i, ".mrcs");
    const area = boxSize * boxSize;
    const statistics = accumulateStatistics((at, value) => {
      const x = at % boxSize, y = Math.floor(at / boxSize) % boxSize, image = Math.floor(at / area);
      return new RangeError(
        `Cannot write image ${image + 1} of ${path}: pixel (${x}, ${y}) is ${value}, ` +
          `wanted finite numbers`,
      );
    });
    const file = createAtomicFile(path);
    file.seek(HEADER_BYTES);
    let count = 0;
    const append = (images: Float32Array) => {
      if (images.length % area !== 0) {
        throw new RangeError(
          `Cannot write to ${path}: ${images.length} pixels, wanted whole images of ` +
            `${boxSize} x ${boxSize}`,
        );
      }
      statistics.add(images);
      for (const slab of slabs(images)) file.write(slab);
      count += images.length / area;
    };
    const close = () => {
      if (count === 0) throw new RangeError(`Cannot write ${path}: 0 images, wanted 1 or more`);
      file.seek(0);
      file.write(encodeHeader({
        size: [boxSize, boxSize, count],
        pixelSize,
        isStack: true,
        statistics: statistics.statistics(),
        label: labelOf(label),
      }));
      file.commit();
    };
    resolve({
      get count() {
        return count;
      },
      append: (images) => new Promise((done) => done(append(images))),
      close: () => new Promise((done) => done(close())),
      [Symbol.dispose]: () => file[Symbol.dispose](),
    });
  });
}
