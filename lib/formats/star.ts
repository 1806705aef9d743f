/**
 * STAR files (Hall 1991) as RELION writes and reads them: data blocks of one loop or of name-value pairs.
 *
 * Understood: comments from a "#" that starts a word to the end of the line, values in '...' or "..."
 * (closed by the same quote before a blank or the line's end), blank lines anywhere, CRLF, a missing
 * final newline. One row of a loop is one line. Multi-line values (";") are refused.
 */
import { createSTARBlock, type STARBlock } from "./star_block.ts";
import { decodeNumber, decodeWord, parseNumber } from "./star_word.ts";

/** A STAR file: its blocks in order, names all different. */
export interface STARFile {
  /** Where it came from, for messages. */
  readonly name: string;
  /** In the order of the file. */
  readonly blocks: readonly STARBlock[];
}

const NEWLINE = 10,
  SPACE = 32,
  HASH = 35,
  SINGLE = 39,
  DOUBLE = 34,
  SEMICOLON = 59,
  UNDERSCORE = 95;

/** U+FEFF in UTF-8. */
const BYTE_ORDER_MARK = "\xef\xbb\xbf";

/** Everything up to the blank, and control characters, separates words. */
const isBlank = (code: number) => code <= SPACE;

/** First position after the word that starts at `at`; the closing quote included; -1 if it is missing. */
function endOfWord(text: Uint8Array, at: number): number {
  const quote = text[at];
  let end = at + 1;
  if (quote === SINGLE || quote === DOUBLE) {
    for (; end < text.length; end++) {
      if (text[end] === NEWLINE) return -1;
      if (text[end] === quote && (end + 1 === text.length || isBlank(text[end + 1]))) {
        return end + 1;
      }
    }
    return -1;
  }
  while (end < text.length && text[end] > SPACE) end++;
  return end;
}

/** The word that starts at `at`, without its quotes. */
function valueAt(text: Uint8Array, at: number): string {
  const quote = text[at], end = endOfWord(text, at);
  return quote === SINGLE || quote === DOUBLE
    ? decodeWord(text, at + 1, end - 1)
    : decodeWord(text, at, end);
}

/** The number that the word at `at` is, or NaN. */
function numberAt(text: Uint8Array, at: number): number {
  const quote = text[at];
  return quote === SINGLE || quote === DOUBLE
    ? parseNumber(valueAt(text, at))
    : decodeNumber(text, at);
}

/** Whether the word at `at` begins like this. */
function startsWith(text: Uint8Array, at: number, start: string): boolean {
  for (let i = 0; i < start.length; i++) if (text[at + i] !== start.charCodeAt(i)) return false;
  return true;
}

/** Growing list of word positions. */
interface Positions {
  at: Uint32Array;
  length: number;
}

function push(positions: Positions, at: number): void {
  if (positions.length === positions.at.length) {
    const larger = new Uint32Array(2 * positions.length);
    larger.set(positions.at);
    positions.at = larger;
  }
  positions.at[positions.length++] = at;
}

function pushAll(positions: Positions, { at, length }: Positions): void {
  const after = positions.length + length;
  if (after > positions.at.length) {
    const larger = new Uint32Array(2 * after);
    larger.set(positions.at);
    positions.at = larger;
  }
  for (let i = 0; i < length; i++) positions.at[positions.length + i] = at[i];
  positions.length = after;
}

/** Every width-th word from the first-th on, decoded at once: no word holds a line's end. */
function valuesAt(
  text: Uint8Array,
  { at, length }: Positions,
  first: number,
  width: number,
): string[] {
  if (length <= first) return [];
  let bytes = 0;
  for (let i = first; i < length; i += width) bytes += endOfWord(text, at[i]) - at[i] + 1;
  const words = new Uint8Array(bytes);
  let to = 0;
  for (let i = first; i < length; i += width) {
    const quote = text[at[i]], isQuoted = quote === SINGLE || quote === DOUBLE ? 1 : 0;
    const end = endOfWord(text, at[i]) - isQuoted;
    for (let k = at[i] + isQuoted; k < end; k++) words[to++] = text[k];
    words[to++] = NEWLINE;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(words.subarray(0, to - 1)).split(
    "\n",
  );
}

/** What is known of the block being read. */
interface OpenBlock {
  readonly name: string;
  readonly comment: string;
  kind: "loop" | "pairs";
  readonly columns: string[];
  readonly seen: Set<string>;
  readonly values: Positions;
}

/**
 * Parses a STAR file. Values stay in the text until asked for: 4 bytes per value beside it.
 *
 * @param source the text, or its UTF-8 bytes, which must stay as they are
 * @param name for messages
 * @throws {SyntaxError} naming the line: a row of the wrong length, a repeated column or block, an open
 * quote, text outside any block, or no block at all
 */
export function parseSTAR(source: string | Uint8Array, name: string): STARFile {
  const text = typeof source === "string" ? new TextEncoder().encode(source) : source;
  const blocks: STARBlock[] = [];
  const names = new Set<string>();
  let block: OpenBlock | undefined;
  let comment = "", line = 0, position = startsWith(text, 0, BYTE_ORDER_MARK) ? 3 : 0;
  const words: Positions = { at: new Uint32Array(64), length: 0 };

  const fail = (found: string, wanted: string): never => {
    throw new SyntaxError(`Cannot read ${name}: line ${line} ${found}, wanted ${wanted}`);
  };
  const close = () => {
    if (!block) return;
    const { name: blockName, comment, kind, columns, values } = block;
    const width = columns.length;
    blocks.push(createSTARBlock({
      file: name,
      name: blockName,
      comment,
      kind,
      columns,
      rowCount: kind === "pairs" ? 1 : values.length / Math.max(1, width),
      at: (row, column) => valueAt(text, values.at[row * width + column]),
      number: (row, column) => numberAt(text, values.at[row * width + column]),
      all: (column) => valuesAt(text, values, column, Math.max(1, width)),
    }));
  };
  const addColumn = (word: string, { columns, seen }: OpenBlock) => {
    const column = word.slice(1);
    if (column === "") fail("has a name without letters", "_name");
    if (seen.has(column)) fail(`repeats ${word}`, "each name once in a block");
    seen.add(column);
    columns.push(column);
  };

  while (position < text.length) {
    line++;
    // The words of this line.
    words.length = 0;
    for (; position < text.length; position++) {
      const code = text[position];
      if (code === NEWLINE) break;
      if (code <= SPACE) continue;
      if (code === HASH) {
        const newline = text.indexOf(NEWLINE, position);
        const end = newline < 0 ? text.length : newline;
        if (words.length === 0) comment = decodeWord(text, position + 1, end).trim();
        position = end;
        break;
      }
      push(words, position);
      position = endOfWord(text, position);
      if (position < 0) fail("has a quote that is not closed", "the same quote and a blank");
      position--;
    }
    position++;
    if (words.length === 0) continue;

    const at = words.at[0], first = text[at];
    if (first === SEMICOLON && (at === 0 || text[at - 1] === NEWLINE)) {
      fail("starts a value of several lines", "values of one line");
    }
    // A row may start with a file in a directory "data_..."; a block's line has one word.
    const isRow = block?.kind === "loop" && block.columns.length > 0 && words.length > 1;
    if (startsWith(text, at, "data_") && !isRow) {
      if (words.length > 1) fail("has more than a block name", "data_name alone");
      close();
      const blockName = valueAt(text, at).slice(5);
      if (names.has(blockName)) fail(`repeats data_${blockName}`, "each block once");
      names.add(blockName);
      block = {
        name: blockName,
        comment,
        kind: "pairs",
        columns: [],
        seen: new Set(),
        values: { at: new Uint32Array(64), length: 0 },
      };
      comment = "";
      continue;
    }
    if (!block) {
      throw new SyntaxError(
        `Cannot read ${name}: line ${line} is text outside a block, wanted a STAR file (data_...)`,
      );
    }
    if (startsWith(text, at, "loop_") && endOfWord(text, at) === at + 5) {
      if (words.length > 1) fail("has more than loop_", "loop_ alone");
      if (block.kind === "loop" || block.columns.length > 0) {
        fail(`starts another table in data_${block.name}`, "one loop or only pairs in a block");
      }
      block.kind = "loop";
    } else if (first === UNDERSCORE && block.kind === "pairs") {
      if (words.length !== 2) fail(`has ${words.length} words`, "a name and one value");
      addColumn(valueAt(text, at), block);
      push(block.values, words.at[1]);
    } else if (first === UNDERSCORE) {
      if (block.values.length > 0) fail("has a name after values", "a row, data_ or quotes");
      if (words.length > 1) {
        fail(`has ${words.length} words`, "a column name, or a comment after #");
      }
      addColumn(valueAt(text, at), block);
    } else {
      const { columns, values } = block;
      if (block.kind === "pairs") fail("has a value without a name", "_name value, or loop_");
      if (words.length !== columns.length) {
        fail(
          `has ${words.length} values`,
          `${columns.length}, one for each column of data_${block.name}`,
        );
      }
      pushAll(values, words);
    }
  }
  close();
  if (blocks.length === 0) {
    throw new SyntaxError(`Cannot read ${name}: no data_ block, wanted a STAR file`);
  }
  return { name, blocks };
}
