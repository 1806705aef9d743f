/** An open file that can be read at any offset, and its length in bytes. */
export interface OpenFile extends Disposable {
  /** As opened. */
  readonly path: string;
  /** Length. */
  readonly bytes: number;
  /**
   * Fills `into` with the bytes from `offset` on.
   *
   * Synchronous, so that two readers of one file cannot move each other's position.
   * @throws {RangeError} if the file ends before that.
   */
  read(offset: number, into: Uint8Array): void;
}

/** Why the system would not do it, in a few words: "no such file". */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or directory";
  if (error instanceof Deno.errors.IsADirectory) return "is a directory";
  if (error instanceof Deno.errors.NotCapable) {
    return `not allowed, ${error.message.replace(/^Requires/, "requires")}`;
  }
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0].replace(/ \(os error \d+\).*/, "");
}

/** The same failure as an error of the same class with a one-line message "Cannot <act>: <why>". */
export function cannot(act: string, error: unknown): Error {
  if (error instanceof Error && error.message.startsWith("Cannot ")) return error;
  const message = `Cannot ${act}: ${reasonOf(error)}`;
  if (error instanceof Deno.errors.NotFound) return new Deno.errors.NotFound(message);
  return new Error(message, { cause: error });
}

/**
 * Opens a file for reading by range.
 *
 * @throws {Error} if there is no such file, it is no regular file, or it may not be read.
 */
export function openFile(path: string): OpenFile {
  let file: Deno.FsFile | undefined;
  try {
    // Before it is opened: a pipe would wait for its other end.
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) throw new Error("not a regular file");
    const open = file = Deno.openSync(path);
    return {
      path,
      bytes: size,
      read(offset, into) {
        open.seekSync(offset, Deno.SeekMode.Start);
        for (let done = 0; done < into.length;) {
          const got = open.readSync(into.subarray(done));
          if (got === null) {
            throw new RangeError(
              `Cannot read ${path}: ${offset + done} bytes, wanted ${offset + into.length}`,
            );
          }
          done += got;
        }
      },
      [Symbol.dispose]: () => open.close(),
    };
  } catch (error) {
    file?.close();
    throw cannot(`read ${path}`, error);
  }
}

/**
 * The path of a file without links, by which two names of one file are known.
 *
 * @throws {Error} as openFile
 */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    throw cannot(`read ${path}`, error);
  }
}

/**
 * Length of a file.
 *
 * @throws {Error} as openFile
 */
export function bytesOf(path: string): number {
  using file = openFile(path);
  return file.bytes;
}

/**
 * All bytes of a file.
 *
 * @throws {Error} if it cannot be read, or is longer than 4 GiB.
 */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  using file = openFile(path);
  if (file.bytes >= 2 ** 32) {
    throw new RangeError(`Cannot read ${path}: ${file.bytes} bytes, wanted less than ${2 ** 32}`);
  }
  const bytes = new Uint8Array(file.bytes);
  file.read(0, bytes);
  return bytes;
}

/** Longest text file read, in bytes: a JavaScript string holds no more than 2^29 - 24 characters. */
const LONGEST_TEXT = 2 ** 29 - 24;

/**
 * The text of a UTF-8 file, without a byte order mark.
 *
 * @throws {Error} if it cannot be read, or is too long for one string.
 */
export function readText(path: string): string {
  using file = openFile(path);
  if (file.bytes > LONGEST_TEXT) {
    throw new RangeError(
      `Cannot read ${path}: ${file.bytes} bytes of text, wanted at most ${LONGEST_TEXT}`,
    );
  }
  const bytes = new Uint8Array(file.bytes);
  file.read(0, bytes);
  return new TextDecoder().decode(bytes);
}
