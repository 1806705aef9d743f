import { cannot } from "./open_file.ts";

/** A file being written under a temporary name; it takes its own name when complete. */
export interface AtomicFile extends Disposable {
  /** Writes at the present position. */
  write(bytes: Uint8Array): void;
  /** Moves the position, counted in bytes from the start. */
  seek(offset: number): void;
  /** Closes the file and gives it its name, replacing a file of that name. */
  commit(): void;
}

/**
 * Opens PATH.partial beside `path` for writing. Whoever reads `path` sees the old file or the whole new
 * one: disposing without commit() removes what was written. Disk errors read "Cannot write path: ...".
 */
export function createAtomicFile(path: string): AtomicFile {
  const partial = `${path}.partial`;
  const attempt = <T>(step: () => T): T => {
    try {
      return step();
    } catch (error) {
      throw cannot(`write ${path}`, error);
    }
  };
  const file = attempt(() => Deno.openSync(partial, { write: true, create: true, truncate: true }));
  let closed = false, committed = false;
  return {
    write(bytes) {
      for (let done = 0; done < bytes.length;) {
        done += attempt(() => file.writeSync(bytes.subarray(done)));
      }
    },
    seek: (offset) => void attempt(() => file.seekSync(offset, Deno.SeekMode.Start)),
    commit() {
      file.close();
      closed = true;
      attempt(() => Deno.renameSync(partial, path));
      committed = true;
    },
    [Symbol.dispose]() {
      if (!closed) file.close();
      if (!committed) Deno.removeSync(partial);
      closed = committed = true;
    },
  };
}

/** Characters gathered before they are written. */
const GATHERED = 2 ** 20;

/** Writes a text file whole or not at all, from its pieces. */
export function writeText(path: string, pieces: Iterable<string>): void {
  using file = createAtomicFile(path);
  const encoder = new TextEncoder();
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < GATHERED) continue;
    file.write(encoder.encode(text));
    text = "";
  }
  file.write(encoder.encode(text));
  file.commit();
}
