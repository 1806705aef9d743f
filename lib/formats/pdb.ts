/**
 * PDB files (wwPDB format 3.3): ATOM and HETATM records by their columns, MODEL and ENDMDL.
 */
import {
  type AtomFile,
  createAtomList,
  type ReadAtomsOptions,
  readPackedText,
} from "./atom_list.ts";

/**
 * The element of an atom: columns 77-78, or where they are blank columns 13-14 of its name, whose second
 * letter stands alone unless it has a first one: " CA " is carbon, "CA  " calcium, "1HB " hydrogen.
 */
function elementOfLine(line: string): string {
  const given = line.slice(76, 78).trim();
  if (given !== "") return given;
  const two = line.slice(12, 14);
  return /^[A-Za-z]{2}$/.test(two) ? two : two[1] ?? "";
}

/**
 * Parses a PDB file.
 *
 * @param name for messages
 * @throws {SyntaxError} naming the line of a record that is cut short or has no number where one belongs;
 * {RangeError} if there is no such model
 */
export function parsePDB(text: string, name: string, { model }: ReadAtomsOptions = {}): AtomFile {
  const list = createAtomList(name);
  let open = model === undefined, seen = 0, last = "none";
  let at = 0;
  for (let line = 1; at < text.length; line++) {
    const newline = text.indexOf("\n", at), end = newline < 0 ? text.length : newline;
    const record = text.slice(at, text[end - 1] === "\r" ? end - 1 : end);
    at = end + 1;
    if (record.startsWith("MODEL ")) {
      seen++;
      last = record.slice(6).trim();
      open = model === undefined ? seen === 1 : Number(last) === model;
    } else if (record.startsWith("ENDMDL")) {
      open = false;
    } else if (open && /^(ATOM {2}|HETATM)/.test(record)) {
      if (record.length < 54) {
        throw new SyntaxError(
          `Cannot read ${name}: line ${line} has ${record.length} columns, wanted 54 or more`,
        );
      }
      list.add({
        x: record.slice(30, 38),
        y: record.slice(38, 46),
        z: record.slice(46, 54),
        occupancy: record.slice(54, 60),
        bFactor: record.slice(60, 66),
        element: elementOfLine(record),
        name: record.slice(12, 16),
        residue: record.slice(17, 20),
      }, `line ${line}`);
    }
  }
  return list.close(
    model === undefined ? "ATOM or HETATM records" : `model ${model}, the last is ${last}`,
  );
}

/**
 * Reads a PDB file, compressed if its name ends in .gz.
 *
 * @throws {Error} as parsePDB, or if it cannot be read
 */
export async function readPDB(path: string, options: ReadAtomsOptions = {}): Promise<AtomFile> {
  return parsePDB(await readPackedText(path), path, options);
}
