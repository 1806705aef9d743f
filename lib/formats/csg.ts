/**
 * cryoSPARC's result groups (.csg): which .cs files hold the parts of a set of particles. YAML of the form
 *
 *     results:
 *       blob:
 *         metafile: '>J12_particles.cs'
 *
 * ">" stands for the folder of the .csg itself, else names are relative to the project, the folder above it.
 */
import { dirname, join } from "node:path";
import { readText } from "./open_file.ts";

/** The .cs with the images, and those that belong to it. */
export interface CSGroup {
  readonly main: string;
  readonly passthrough: readonly string[];
}

/** A scalar without its quotes. */
function scalar(text: string): string {
  const [, quote, inner] = /^(['"])(.*)\1$/.exec(text) ?? [];
  return quote === undefined ? text : inner;
}

/**
 * Reads a result group of particles.
 *
 * @throws {SyntaxError} if it names no .cs with images (blob); {RangeError} if a name leads out of the
 * project, which cryoSPARC's never do
 */
export function readCSG(path: string): CSGroup {
  const files = new Map<string, string>();
  let section = "", result = "";
  for (const line of readText(path).split(/\r?\n/)) {
    const [, indent, key, value] = /^( *)([\w./-]+):(.*)$/.exec(line) ?? [];
    if (indent === undefined) continue;
    if (indent === "") section = key;
    else if (indent.length === 2) result = key;
    else if (section === "results" && key === "metafile") files.set(result, scalar(value.trim()));
  }
  const blob = files.get("blob");
  if (blob === undefined) {
    throw new SyntaxError(
      `Cannot use ${path}: no metafile of a result blob in it, wanted a result group of particles`,
    );
  }
  const place = (name: string): string => {
    const file = name.replace(/^>/, "");
    if (!/\.cs$/i.test(file) || /\p{Cc}/u.test(file) || /^\/|(^|\/)\.\.(\/|$)/.test(file)) {
      throw new RangeError(
        `Cannot use ${path}: metafile ${JSON.stringify(name)}, wanted a .cs of the project`,
      );
    }
    return join(dirname(path), name.startsWith(">") ? "." : "..", file);
  };
  const main = place(blob), others = new Set([...files.values()].map(place));
  others.delete(main);
  return { main, passthrough: [...others] };
}
