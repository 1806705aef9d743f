import { type Element, elementOf, ELEMENTS } from "../atoms/elements.ts";
import type { AtomicModel } from "../atoms/model.ts";
import { gunzip, isGzip, refuseOtherCompression } from "./gzip.ts";
import { readText } from "./open_file.ts";
import { parseNumber } from "./star_word.ts";

/** Which atoms of a file are taken. */
export interface ReadAtomsOptions {
  /** Number of the model; the first of the file unless given. */
  model?: number;
}

/** What a file holds. */
export interface AtomFile {
  /** The atoms of one model, water left out; alternate places count with their occupancies. */
  readonly model: AtomicModel;
  /** Atoms of water that were left out. */
  readonly waters: number;
}

/** One atom as it is written. */
export interface AtomRow {
  readonly x: string;
  readonly y: string;
  readonly z: string;
  /** 1 if blank. */
  readonly occupancy: string;
  /** 0 if blank. */
  readonly bFactor: string;
  readonly element: string;
  /** Of the atom: CA. */
  readonly name: string;
  /** Of the residue: HOH. */
  readonly residue: string;
}

const WATERS = new Set(["HOH", "DOD", "WAT", "H2O"]);

/** Growing lists of the atoms of a file. */
export interface AtomList {
  /**
   * Adds an atom.
   *
   * @param where it is in the file: "line 12"
   * @throws {SyntaxError} if a number is none or out of range, or the element is unknown.
   */
  add(row: AtomRow, where: string): void;
  /**
   * All of them.
   *
   * @param wanted what the file should have had, for the message
   * @throws {SyntaxError} if there is none.
   */
  close(wanted: string): AtomFile;
}

/** An empty list. */
export function createAtomList(path: string): AtomList {
  const positions: number[] = [], bFactors: number[] = [], occupancies: number[] = [];
  const elements: Element[] = [];
  let waters = 0, others = 0;
  return {
    add({ x, y, z, occupancy, bFactor, element: symbol, name, residue }, where) {
      const value = (text: string, what: string, least: number): number => {
        const number = parseNumber(text.replace(/\(\d+\)$/, ""));
        if (number >= least) return number;
        throw new SyntaxError(
          `Cannot read ${path}: ${where} has ${what} "${text.trim()}", wanted a finite number` +
            (least === 0 ? ", 0 or more" : ""),
        );
      };
      const point = [value(x, "x", -Infinity), value(y, "y", -Infinity), value(z, "z", -Infinity)];
      const part = occupancy.trim() === "" ? 1 : value(occupancy, "occupancy", 0);
      const b = bFactor.trim() === "" ? 0 : value(bFactor, "B factor", 0);
      const element = elementOf(symbol.trim());
      if (element === undefined) {
        throw new SyntaxError(
          `Cannot read ${path}: ${where} has element "${symbol.trim()}", wanted one from ` +
            `${ELEMENTS[0]} to ${ELEMENTS.at(-1)}`,
        );
      }
      if (WATERS.has(residue.trim())) {
        waters++;
        return;
      }
      if (element !== "C" || name.trim() !== "CA") others++;
      positions.push(...point);
      bFactors.push(b);
      occupancies.push(part);
      elements.push(element);
    },
    close(wanted) {
      if (!occupancies.some((part) => part > 0)) {
        throw new SyntaxError(`Cannot read ${path}: no atoms, wanted ${wanted}`);
      }
      return {
        model: {
          count: elements.length,
          positions: Float64Array.from(positions),
          elements,
          bFactors: Float64Array.from(bFactors),
          occupancies: Float64Array.from(occupancies),
          isTrace: others === 0,
        },
        waters,
      };
    },
  };
}

/** Most bytes of text unpacked. */
const LONGEST = 2 ** 29 - 24;

/**
 * The text of a file, unpacked if its name ends in .gz.
 *
 * @throws {Error} if it cannot be read, is damaged or too long.
 */
export async function readPackedText(path: string): Promise<string> {
  refuseOtherCompression(path);
  if (!isGzip(path)) return readText(path);
  const decoder = new TextDecoder(), pieces: string[] = [];
  let bytes = 0;
  for await (const piece of gunzip(path)) {
    bytes += piece.length;
    if (bytes > LONGEST) {
      throw new RangeError(`Cannot read ${path}: unpacked text of more than ${LONGEST} bytes`);
    }
    pieces.push(decoder.decode(piece, { stream: true }));
  }
  return pieces.join("") + decoder.decode();
}
