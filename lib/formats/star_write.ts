import { writeText } from "./atomic_file.ts";
import type { STARFile } from "./star.ts";

/** Words that would be taken for something else without quotes. */
const SPECIAL = /^(?:data_|loop_|save_|global_|stop_)|^[_#'";]/i;
const BLANK = /[\0- ]/;

/** A value as a word, in quotes where it needs them; undefined if no quotes can hold it. */
function quoted(value: string): string | undefined {
  if (value !== "" && !BLANK.test(value) && !SPECIAL.test(value)) return value;
  if (value.includes("\n")) return undefined;
  for (const quote of ['"', "'"]) {
    // A quote inside is harmless unless a blank follows it.
    if (!value.includes(quote) || !new RegExp(`${quote}[\\0- ]`).test(value)) {
      return quote + value + quote;
    }
  }
  return undefined;
}

/** The text of a STAR file in pieces of whole lines. */
function* pieces({ name, blocks }: STARFile): Generator<string> {
  for (const block of blocks) {
    const { columns, kind, rowCount } = block;
    const version = Number(/^version (\d+)$/.exec(block.comment)?.[1] ?? 0);
    yield `\n# version ${Math.max(30001, version)}\n\ndata_${block.name}\n\n`;
    const word = (row: number, column: string): string => {
      const value = block.value(row, column);
      const text = quoted(value);
      if (text !== undefined) return text;
      throw new RangeError(
        `Cannot write ${name}: row ${row + 1} of data_${block.name} has ${column} ` +
          `${JSON.stringify(value)}, wanted one line without both kinds of quotes`,
      );
    };
    if (kind === "pairs") {
      yield columns.map((column) => `_${column} ${word(0, column)}\n`).join("") + "\n";
      continue;
    }
    yield "loop_ \n" + columns.map((column, i) => `_${column} #${i + 1} \n`).join("");
    for (let row = 0; row < rowCount; row++) {
      let line = "";
      for (const column of columns) line += word(row, column) + " ";
      yield line + "\n";
    }
    yield "\n";
  }
}

/**
 * The text of a STAR file in the style of RELION 3.1 and later: "# version 30001" before each block
 * (or the later version it had), columns numbered.
 *
 * @throws {RangeError} naming row and column if a value has a line break, or both quotes before blanks
 */
export function formatSTAR(file: STARFile): string {
  return [...pieces(file)].join("");
}

/**
 * Writes a STAR file whole or not at all.
 *
 * @throws {RangeError} as formatSTAR; {Error} if the disk refuses
 */
export function writeSTAR(path: string, file: STARFile): Promise<void> {
  return new Promise((resolve) => resolve(writeText(path, pieces({ ...file, name: path }))));
}
