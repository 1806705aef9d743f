/**
 * cryoSPARC's .cs tables: numpy structured arrays, one row a particle, columns named group/field, rows of
 * different files belonging together by their uid.
 */
import { realPath } from "./open_file.ts";
import { combineTables, type NpyTable, readNpy } from "./npy.ts";

/** "CSDAT", after a byte that counts versions. */
const COMPRESSED = [0x43, 0x53, 0x44, 0x41, 0x54];

/** A .cs file in memory; refuses the newer compressed form, saying how to get the other. */
function readTable(path: string): NpyTable {
  return readNpy(path, (start) => {
    if (COMPRESSED.some((byte, i) => start[i + 1] !== byte)) return;
    throw new SyntaxError(
      `Cannot read ${path}: cryoSPARC's newer compressed form (CSDAT), wanted numpy's, which ` +
        `cryosparc-tools makes in Python: from cryosparc.dataset import Dataset; ` +
        `Dataset.load("${path}").save("numpy.cs")`,
    );
  });
}

/** The uids of a table, all different. */
function uidsOf(table: NpyTable): BigUint64Array {
  if (!table.has("uid")) {
    throw new SyntaxError(`Cannot use ${table.name}: no column uid, wanted a .cs of cryoSPARC`);
  }
  const uids = table.integers("uid"), sorted = uids.slice().sort();
  if (uids.length !== table.count) {
    throw new SyntaxError(`Cannot use ${table.name}: several uids a row, wanted one`);
  }
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] === sorted[i - 1]) {
      throw new RangeError(
        `Cannot use ${table.name}: two rows of uid ${sorted[i]}, wanted one each`,
      );
    }
  }
  return uids;
}

/** Row of `other` for each row of `uids`. */
function rowsOf(main: NpyTable, uids: BigUint64Array, other: NpyTable): Uint32Array {
  const theirs = uidsOf(other);
  if (theirs.length === uids.length && theirs.every((uid, i) => uid === uids[i])) {
    return Uint32Array.from(uids, (_, i) => i);
  }
  const row = new Map<bigint, number>();
  theirs.forEach((uid, i) => row.set(uid, i));
  const missing = uids.filter((uid) => !row.has(uid));
  if (missing.length > 0) {
    throw new RangeError(
      `Cannot use ${other.name}: ${missing.length} of the ${uids.length} uids of ${main.name} are ` +
        `not in it (${missing[0]}${missing.length > 1 ? ", ..." : ""}), wanted all of them`,
    );
  }
  return Uint32Array.from(uids, (uid) => row.get(uid)!);
}

/**
 * Reads a .cs file and joins its passthrough files to it: rows by uid, columns that it does not have itself;
 * of a column in several passthrough files, the first one's.
 *
 * @throws {SyntaxError} if a file is none of numpy's tables, or has no uid; {RangeError} if a uid is there
 * twice or missing from a passthrough file, or a file is given twice
 */
export function readCS(path: string, passthrough: readonly string[] = []): NpyTable {
  const given = new Set([realPath(path)]);
  for (const other of passthrough) {
    const real = realPath(other);
    if (given.has(real)) {
      throw new RangeError(
        `Cannot use passthrough ${other}: the same file as ${
          real === realPath(path) ? path : "another"
        }, wanted different ones`,
      );
    }
    given.add(real);
  }
  const main = readTable(path), uids = uidsOf(main);
  if (passthrough.length === 0) return main;
  const known = new Set(main.fields.map(({ name }) => name));
  const parts = passthrough.map((other) => {
    const table = readTable(other), rows = rowsOf(main, uids, table);
    const columns = table.fields.filter(({ name, kind }) => kind !== "V" && !known.has(name))
      .map(({ name }) => name);
    columns.forEach((name) => known.add(name));
    return { table, rows, columns };
  });
  return combineTables(path, [{ table: main }, ...parts]);
}
