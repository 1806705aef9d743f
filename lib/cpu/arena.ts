const PAGE = 65536, MOST_PAGES = 65536;

/** Shared memory that only grows. */
export interface Arena {
  readonly memory: WebAssembly.Memory;
  /** Takes a region from the end of the memory; returns where it begins, bytes. */
  take(size: number): number;
}

/**
 * A memory that begins with so many bytes in use.
 *
 * @throws {RangeError} beyond 4 GiB, what a 32-bit address can reach.
 */
export function createArena(bytes: number): Arena {
  const pages = (size: number) => Math.ceil(size / PAGE);
  if (pages(bytes) > MOST_PAGES) {
    throw new RangeError(
      `Cannot open a cpu session: it needs ${
        (bytes / 2 ** 30).toFixed(1)
      } GiB, wanted at most 4; ` +
        "a lower maximum frequency or fewer shifts need less",
    );
  }
  const memory = new WebAssembly.Memory({
    initial: pages(bytes),
    maximum: MOST_PAGES,
    shared: true,
  });
  let end = bytes;
  return {
    memory,
    take(size: number): number {
      const at = Math.ceil(end / 64) * 64,
        missing = pages(at + size) - memory.buffer.byteLength / PAGE;
      if (pages(at + size) > MOST_PAGES) {
        throw new RangeError(
          `Cannot hold the images: ${
            (size / 2 ** 30).toFixed(1)
          } GiB more, wanted at most 4 in all`,
        );
      }
      if (missing > 0) memory.grow(missing);
      end = at + size;
      return at;
    },
  };
}
