import { parseNumber } from "./star_word.ts";

/**
 * One block of a STAR file: a table (loop) or a list of names and values (pairs, one row).
 *
 * Names are without the leading underscore: "rlnImageName".
 */
export interface STARBlock {
  /** What follows data_; may be empty. */
  readonly name: string;
  /** Last comment line before the block, without "#": "version 30001". */
  readonly comment: string;
  /** A table, or names with one value each. */
  readonly kind: "loop" | "pairs";
  /** Names in order. */
  readonly columns: readonly string[];
  /** Rows of a loop; 1 for pairs. */
  readonly rowCount: number;
  /** Whether there is a column of that name. */
  has(column: string): boolean;
  /** One value, without quotes; rows are counted from 0. */
  value(row: number, column: string): string;
  /** All values of a column. */
  strings(column: string): string[];
  /**
   * All values of a column as numbers.
   *
   * @throws {SyntaxError} naming file, block, row (counted from 1), column and the value that is no finite number
   */
  numbers(column: string): Float64Array;
  /** Several columns as numbers, row by row, which is faster than one after another. */
  numbersOf(columns: readonly string[]): Float64Array[];
}

/**
 * A block over values that are fetched when asked for.
 *
 * @param file for messages
 * @param at the value in a row and a column, both by number
 * @param number the same as a number, NaN for what is none: where there is a faster way than by its text
 * @param all all values of a column: where there is a faster way than one by one
 */
export function createSTARBlock(
  {
    file,
    name,
    comment = "version 30001",
    kind = "loop",
    columns,
    rowCount,
    at,
    number = (row, column) => parseNumber(at(row, column)),
    all = (column) => Array.from({ length: rowCount }, (_, row) => at(row, column)),
  }: {
    file: string;
    name: string;
    comment?: string;
    kind?: "loop" | "pairs";
    columns: readonly string[];
    rowCount: number;
    at: (row: number, column: number) => string;
    number?: (row: number, column: number) => number;
    all?: (column: number) => string[];
  },
): STARBlock {
  const index = new Map(columns.map((column, i) => [column, i]));
  const indexOf = (column: string): number => {
    const i = index.get(column);
    if (i === undefined) {
      throw new RangeError(`Cannot read ${file}: no column ${column} in data_${name}`);
    }
    return i;
  };
  const numbersOf = (names: readonly string[]): Float64Array[] => {
    const places = names.map(indexOf), out = names.map(() => new Float64Array(rowCount));
    for (let row = 0; row < rowCount; row++) {
      for (let i = 0; i < places.length; i++) {
        const value = out[i][row] = number(row, places[i]);
        if (!Number.isNaN(value)) continue;
        throw new SyntaxError(
          `Cannot read ${file}: row ${row + 1} of data_${name} has ${names[i]} ` +
            `"${at(row, places[i])}", wanted a finite number`,
        );
      }
    }
    return out;
  };
  return {
    name,
    comment,
    kind,
    columns,
    rowCount,
    has: (column) => index.has(column),
    value(row, column) {
      if (!(row >= 0 && row < rowCount)) {
        throw new RangeError(
          `Cannot read ${file}: row ${row} of data_${name}, wanted 0 to ${rowCount - 1}`,
        );
      }
      return at(row, indexOf(column));
    },
    strings: (column) => all(indexOf(column)),
    numbers: (column) => numbersOf([column])[0],
    numbersOf,
  };
}

/**
 * A block of given columns, for writing: { rlnImageName: [...], ... }.
 *
 * @throws {RangeError} if the columns differ in length
 */
export function blockOfColumns(
  name: string,
  columns: Readonly<Record<string, readonly string[]>>,
): STARBlock {
  const values = Object.values(columns);
  const rowCount = values[0]?.length ?? 0;
  if (values.some(({ length }) => length !== rowCount)) {
    const lengths = values.map(({ length }) => length).join(", ");
    throw new RangeError(`Cannot make data_${name}: columns of ${lengths} rows, wanted equal ones`);
  }
  return createSTARBlock({
    file: `data_${name}`,
    name,
    columns: Object.keys(columns),
    rowCount,
    at: (row, column) => values[column][row],
  });
}

/** A loop with columns replaced, added at the end, or left out. */
export function withColumns(
  block: STARBlock,
  { set, drop = [] }: {
    set: Readonly<Record<string, readonly string[]>>;
    drop?: readonly string[];
  },
): STARBlock {
  const kept = block.columns.filter((column) => !drop.includes(column));
  const columns = [...kept, ...Object.keys(set).filter((column) => !kept.includes(column))];
  const values = columns.map((column) => Object.hasOwn(set, column) ? set[column] : undefined);
  return createSTARBlock({
    ...block,
    file: `data_${block.name}`,
    columns,
    at: (row, column) => values[column]?.[row] ?? block.value(row, columns[column]),
  });
}
