/**
 * mmCIF files (CIF 1.1; PDBx/mmCIF dictionary): the _atom_site items of the first data block that has them.
 */
import {
  type AtomFile,
  createAtomList,
  type ReadAtomsOptions,
  readPackedText,
} from "./atom_list.ts";

/** A word of a CIF: its text, whether it was quoted, and its line. */
interface Word {
  readonly text: string;
  readonly quoted: boolean;
  readonly line: number;
}

/**
 * The words of a CIF: bare ones, '...' and "..." that end before a blank, and texts of several lines between
 * semicolons that begin a line; # starts a comment.
 *
 * @throws {SyntaxError} (while iterated) if a quote or text is not closed
 */
function* wordsOf(text: string, name: string): Generator<Word> {
  const fail = (line: number, found: string): never => {
    throw new SyntaxError(`Cannot read ${name}: line ${line} ${found}, wanted it closed`);
  };
  const blank = /[ \t\r\n]/, pattern = /[^ \t\r\n]+/y;
  for (let at = 0, line = 1; at < text.length;) {
    const c = text[at];
    if (c === "\n") {
      line++, at++;
    } else if (blank.test(c)) {
      at++;
    } else if (c === "#") {
      const newline = text.indexOf("\n", at);
      at = newline < 0 ? text.length : newline;
    } else if (c === ";" && (at === 0 || text[at - 1] === "\n")) {
      const end = text.indexOf("\n;", at);
      if (end < 0) fail(line, "starts a text of several lines");
      const value = text.slice(at + 1, end);
      yield { text: value, quoted: true, line };
      line += value.split("\n").length;
      at = end + 2;
    } else if (c === "'" || c === '"') {
      let end = at + 1;
      while (end < text.length && !(text[end] === c && blank.test(text[end + 1] ?? " "))) {
        if (text[end] === "\n") fail(line, "has an open quote");
        end++;
      }
      if (end >= text.length) fail(line, "has an open quote");
      yield { text: text.slice(at + 1, end), quoted: true, line };
      at = end + 1;
    } else {
      pattern.lastIndex = at;
      const [word] = pattern.exec(text)!;
      yield { text: word, quoted: false, line };
      at += word.length;
    }
  }
}

/** Items of an atom that have to be there, without _atom_site. */
const NEEDED = ["cartn_x", "cartn_y", "cartn_z", "type_symbol"];

/** Items that are used if they are there, the first of each line that has a value. */
const USED = {
  occupancy: ["occupancy"],
  bFactor: ["b_iso_or_equiv"],
  name: ["label_atom_id", "auth_atom_id"],
  residue: ["label_comp_id", "auth_comp_id"],
  model: ["pdbx_pdb_model_num"],
};

/** Receives the atoms of a table: the items' names first, then values in their order, blank for . and ?. */
interface Receiver {
  begin(items: readonly string[], line: number): void;
  row(values: readonly string[], line: number): void;
}

const isKeyword = ({ text, quoted }: Word) =>
  !quoted && /^(data_.*|loop_|save_.*|stop_|global_)$/i.test(text);

/** Hands on the _atom_site table of the first block that has one, a loop or single items. */
function readSites(text: string, name: string, receiver: Receiver): void {
  const fail = (line: number, found: string, wanted: string): never => {
    throw new SyntaxError(`Cannot read ${name}: line ${line} ${found}, wanted ${wanted}`);
  };
  const valueOf = ({ text, quoted }: Word) => !quoted && (text === "." || text === "?") ? "" : text;
  const isSite = (item: string) => item.startsWith("_atom_site.");
  const single = new Map<string, string>();
  let state: "none" | "header" | "rows" | "single" = "none", item = "", start = 0, found = false;
  let items: string[] = [], row: string[] = [];
  const finish = (line: number) => {
    if (state === "rows" && row.length > 0) {
      fail(line, `ends a row of ${row.length} values`, `${items.length}, one for each item`);
    }
    if (state === "single") fail(line, `leaves ${item} without a value`, "one");
  };
  let last = 1;
  for (const word of wordsOf(text, name)) {
    const { line } = word;
    last = line;
    if (isKeyword(word)) {
      finish(line);
      const isBlock = /^data_/i.test(word.text);
      if (isBlock && (found || single.size > 0)) break;
      state = /^loop_$/i.test(word.text) ? "header" : "none";
      items = [], row = [], start = line;
    } else if (!word.quoted && word.text.startsWith("_")) {
      if (state === "header") {
        items.push(word.text.toLowerCase());
        continue;
      }
      finish(line);
      state = "single", item = word.text.toLowerCase();
    } else if (state === "single") {
      if (isSite(item)) single.set(item.slice(11), valueOf(word));
      state = "none";
    } else if (state === "none") {
      fail(line, `has "${word.text.slice(0, 20)}" without a name`, "an item, loop_ or data_");
    } else {
      if (state === "header") {
        if (items.length === 0) fail(line, "has a value in a loop without items", "_names first");
        state = "rows";
        if (isSite(items[0])) {
          found = true;
          receiver.begin(items.map((one) => one.slice(11)), start);
        }
      }
      row.push(valueOf(word));
      if (row.length < items.length) continue;
      if (isSite(items[0])) receiver.row(row, line);
      row = [];
    }
  }
  finish(last);
  if (!found && single.size > 0) {
    receiver.begin([...single.keys()], last);
    receiver.row([...single.values()], last);
  }
}

/**
 * Parses an mmCIF file.
 *
 * @param name for messages
 * @throws {SyntaxError} naming the line of what is not closed, cut short, not a number, or missing
 */
export function parseCIF(text: string, name: string, { model }: ReadAtomsOptions = {}): AtomFile {
  const list = createAtomList(name);
  let at: Record<keyof typeof USED, number[]>, needed: number[] = [];
  let wanted = model === undefined ? undefined : String(model), lastModel = "none";
  readSites(text, name, {
    begin(items, line) {
      needed = NEEDED.map((item) => items.indexOf(item));
      const missing = NEEDED.filter((_, i) => needed[i] < 0);
      if (missing.length > 0) {
        throw new SyntaxError(
          `Cannot read ${name}: line ${line} begins _atom_site without ${missing.join(", ")}, ` +
            "wanted coordinates and elements",
        );
      }
      at = Object.fromEntries(
        Object.entries(USED).map((
          [key, names],
        ) => [key, names.map((one) => items.indexOf(one)).filter((i) => i >= 0)]),
      ) as typeof at;
    },
    row(values, line) {
      const first = (places: readonly number[]) => {
        for (const i of places) if (values[i] !== "") return values[i];
        return "";
      };
      const number = first(at.model);
      lastModel = number || "1";
      wanted ??= lastModel;
      if (lastModel !== wanted) return;
      const [x, y, z, element] = needed.map((i) => values[i]);
      list.add({
        x,
        y,
        z,
        element,
        occupancy: first(at.occupancy),
        bFactor: first(at.bFactor),
        name: first(at.name),
        residue: first(at.residue),
      }, `line ${line}`);
    },
  });
  return list.close(
    model === undefined ? "an _atom_site table" : `model ${model}, the last is ${lastModel}`,
  );
}

/**
 * Reads an mmCIF file, compressed if its name ends in .gz.
 *
 * @throws {Error} as parseCIF, or if it cannot be read
 */
export async function readCIF(path: string, options: ReadAtomsOptions = {}): Promise<AtomFile> {
  return parseCIF(await readPackedText(path), path, options);
}
