/**
 * File formats by the ending of the name. A new format: one file, one line here.
 */
import { describeMRC } from "./describe_mrc.ts";
import { describeSTAR } from "./describe_star.ts";
import type { DescribeOptions, FileDescription } from "./description.ts";
import { refuseOtherCompression } from "./gzip.ts";

/** A kind of file. */
export interface FileFormat {
  /** For people. */
  readonly name: string;
  /** Reads what `info` says. */
  describe(path: string, options: DescribeOptions): Promise<FileDescription>;
}

/** The format of each ending, without the dot. */
export const formats = {
  mrc: { name: "MRC map or stack", describe: describeMRC },
  map: { name: "MRC map", describe: describeMRC },
  mrcs: { name: "MRC stack", describe: describeMRC },
  "mrc.gz": { name: "compressed MRC map or stack", describe: describeMRC },
  "map.gz": { name: "compressed MRC map", describe: describeMRC },
  "mrcs.gz": { name: "compressed MRC stack", describe: describeMRC },
  star: { name: "STAR table", describe: describeSTAR },
} as const satisfies Record<string, FileFormat>;

/** An ending that can be read. */
export type FileEnding = keyof typeof formats;

/**
 * The ending of a path, in lower case.
 *
 * @throws {RangeError} if no format has it
 */
export function endingOf(path: string): FileEnding {
  refuseOtherCompression(path);
  const name = path.toLowerCase();
  const ending = (Object.keys(formats) as FileEnding[]).find((known) => name.endsWith(`.${known}`));
  if (ending === undefined) {
    throw new RangeError(
      `Cannot read ${path}: wanted a name ending in .${Object.keys(formats).join(", .")}`,
    );
  }
  return ending;
}

/**
 * What `info` says about a file.
 *
 * @throws {Error} "Cannot ..." if it cannot be read at all
 */
export function describeFile(
  path: string,
  options: DescribeOptions = {},
): Promise<FileDescription> {
  return new Promise((resolve) => resolve(formats[endingOf(path)].describe(path, options)));
}
