/**
 * STAR files (Hall 1991) as RELION writes and reads them: data blocks of one loop or of name-value pairs.
 *
 * Understood: comments from a "#" that starts a word to the end of the line, values in '...' or "..."
 * (closed by the same quote before a blank or the line's end), blank lines anywhere, CRLF, a missing
 * final newline. One row of a loop is one line. Multi-line values (";") are refused.
 */
import { createSTARBlock, type STARBlock } from "./star_block.ts";

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

/** Everything up to the blank, and control characters, separates words. */
const isBlank = (code: number) => code <= SPACE;

/** First position after the word that starts at `at`; the closing quote included; -1 if it is missing. */
function endOfWord(text: string, at: number): number {
  const quote = text.charCodeAt(at);
  let end = at + 1;
  if (quote === SINGLE || quote === DOUBLE) {
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === NEWLINE) return -1;
      if (code === quote && (end + 1 === text.length || isBlank(text.charCodeAt(end + 1)))) {
        return end + 1;
      }
    }
    return -1;
  }
  while (end < text.length && !isBlank(text.charCodeAt(end))) end++;
  return end;
}

/** The value of the word that starts at `at`, without its quotes. */
function valueAt(text: string, at: number): string {
  const quote = text.charCodeAt(at), end = endOfWord(text, at);
  return quote === SINGLE || quote === DOUBLE ? text.slice(at + 1, end - 1) : text.slice(at, end);
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
 * @param name for messages
 * @throws {SyntaxError} naming the line: a row of the wrong length, a repeated column or block, an open
 * quote, text outside any block, or no block at all
 */
export function parseSTAR(text: string, name: string): STARFile {
  const blocks: STARBlock[] = [];
  const names = new Set<string>();
  let block: OpenBlock | undefined;
  let comment = "", line = 0, position = text.charCodeAt(0) === 0xfeff ? 1 : 0;
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
      const code = text.charCodeAt(position);
      if (code === NEWLINE) break;
      if (isBlank(code)) continue;
      if (code === HASH) {
        const newline = text.indexOf("\n", position);
        const end = newline < 0 ? text.length : newline;
        if (words.length === 0) comment = text.slice(position + 1, end).trim();
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

    const at = words.at[0], first = text.charCodeAt(at);
    if (first === SEMICOLON && (at === 0 || text.charCodeAt(at - 1) === NEWLINE)) {
      fail("starts a value of several lines", "values of one line");
    }
    // A row may start with a file in a directory "data_..."; a block's line has one word.
    const isRow = block?.kind === "loop" && block.columns.length > 0 && words.length > 1;
    if (text.startsWith("data_", at) && !isRow) {
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
    if (text.startsWith("loop_", at) && endOfWord(text, at) === at + 5) {
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
      for (let i = 0; i < words.length; i++) push(values, words.at[i]);
    }
  }
  close();
  if (blocks.length === 0) {
    throw new SyntaxError(`Cannot read ${name}: no data_ block, wanted a STAR file`);
  }
  return { name, blocks };
}
