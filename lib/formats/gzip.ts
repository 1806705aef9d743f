import { openFile } from "./open_file.ts";

/** Deflate makes at most 1032 bytes of one (zlib technical details): a bound before anything is read. */
export const LARGEST_EXPANSION = 1032;

/** Programs that unpack what is not read here. */
const unpackers: Record<string, string> = {
  bz2: "bunzip2",
  xz: "unxz",
  zst: "unzstd",
  lz4: "unlz4",
  lzma: "unlzma",
  zip: "unzip",
  z: "uncompress",
};

/** First bytes of compressed data, whatever the file is called. */
const signatures: Record<string, readonly number[]> = {
  gzip: [0x1f, 0x8b],
  bzip2: [0x42, 0x5a, 0x68],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
  zip: [0x50, 0x4b, 0x03, 0x04],
};

/** The kind of compressed data that begins like this: "bzip2". */
export function compressionOf(bytes: Uint8Array): string | undefined {
  return Object.keys(signatures)
    .find((kind) => signatures[kind].every((byte, i) => bytes[i] === byte));
}

/** True for a name ending in .gz. */
export function isGzip(path: string): boolean {
  return /\.gz$/i.test(path);
}

/**
 * Refuses a name with the ending of another compression.
 *
 * @throws {RangeError} with the command that unpacks it
 */
export function refuseOtherCompression(path: string): void {
  const ending = path.split(".").at(-1)!.toLowerCase();
  const program = Object.hasOwn(unpackers, ending) ? unpackers[ending] : undefined;
  if (program) {
    throw new RangeError(`Cannot read ${path}: compressed, wanted what "${program} ${path}" makes`);
  }
}

/**
 * The unpacked bytes of a .gz file, piece by piece. One gzip member, its checksum verified at the end.
 *
 * @throws {SyntaxError} (while iterated) if the data is corrupt, cut off, or goes on after the first member
 */
export async function* gunzip(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = openFile(path);
  let offset = 0;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const piece = new Uint8Array(Math.min(2 ** 16, file.bytes - offset));
      if (piece.length === 0) return controller.close();
      file.read(offset, piece);
      offset += piece.length;
      controller.enqueue(piece);
    },
  });
  try {
    yield* packed.pipeThrough(new DecompressionStream("gzip"));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SyntaxError(
      `Cannot read ${path}: ${error.message}, wanted gzip data of one piece`,
      { cause: error },
    );
  }
}
