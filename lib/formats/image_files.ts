/**
 * The image files a particle table names: found, checked before any pixel is read, and read by range.
 */
import { dirname, isAbsolute, join, normalize } from "node:path";
import { type MRCFile, openMRCSync } from "./mrc.ts";
import { cannot } from "./open_file.ts";

/** Files named in one error at most. */
const NAMED = 10;
/** Files kept open at once. */
const OPEN = 32;

/** Where image names are looked up. */
export interface ImageDirectories {
  /** The directory RELION runs in, to which its names are relative. */
  readonly projectDirectory: string;
  /** The user's own word where the images are; comes first. */
  readonly dataDirectory: string | undefined;
  /** Looked in last: where the kind of file has its names relative to. */
  readonly others?: readonly string[];
}

/** All of them, in the order they are searched. */
function searched(
  list: string,
  { dataDirectory, projectDirectory, others = [] }: ImageDirectories,
): string[] {
  const directories = [dataDirectory, projectDirectory, dirname(list), ...others];
  return [...new Set(directories.filter((directory) => directory !== undefined))];
}

/** Image names taken apart. */
export interface ImageNames {
  /** rlnImageName of each image. */
  readonly names: readonly string[];
  /** The different files, as named. */
  readonly files: readonly string[];
  /** Place in `files` of each image. */
  readonly fileOf: Uint32Array;
  /** Section of each image, counted from 1; 0 for a name without "@". */
  readonly sectionOf: Uint32Array;
}

/**
 * Takes names like "000001@Extract/stack.mrcs" (section 1 of a stack) or "image.mrc" apart. What RELION lets
 * follow a name to say what it is, ":mrcs", is left out.
 *
 * @throws {SyntaxError} naming the row whose name is neither
 */
export function parseImageNames(star: string, names: readonly string[]): ImageNames {
  // As written, and without ":mrcs": what is written differently may be the same file.
  const written = new Map<string, number>(), place = new Map<string, number>();
  const sectionOf = new Uint32Array(names.length);
  const fileOf = Uint32Array.from(names, (name, i) => {
    const at = name.indexOf("@"), file = at < 0 ? name : name.slice(at + 1);
    const section = at < 0 ? 0 : sectionIn(name, at), known = written.get(file);
    if (Number.isNaN(section) || (known === undefined && (file === "" || hasControl(file)))) {
      throw new SyntaxError(
        `Cannot use ${star}: image name ${
          hasControl(name) ? JSON.stringify(name) : `"${name}"`
        } in ` +
          `row ${i + 1}, wanted number@file from 1, or a file`,
      );
    }
    sectionOf[i] = section;
    if (known !== undefined) return known;
    const path = file.replace(/:mrcs?$/, ""), number = place.get(path) ?? place.size;
    written.set(file, number);
    place.set(path, number);
    return number;
  });
  return { names, files: [...place.keys()], fileOf, sectionOf };
}

const hasControl = (text: string) => /\p{Cc}/u.test(text);

/** The number that the first letters of a name are, 1 to 2^31 - 1; NaN if they are none. */
function sectionIn(name: string, length: number): number {
  let section = 0;
  for (let i = 0; i < length; i++) {
    const digit = name.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    section = 10 * section + digit;
  }
  return section >= 1 && section < 2 ** 31 ? section : NaN;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw cannot(`read ${path}`, error);
  }
}

/**
 * The path of each file, undefined where there is none: looked for in the data directory, if one is given,
 * then in the project directory, then beside the list, then in the others.
 */
export function findFiles(
  star: string,
  files: readonly string[],
  where: ImageDirectories,
): (string | undefined)[] {
  const directories = searched(star, where);
  return files.map((file) =>
    (isAbsolute(file) ? [file] : directories.map((directory) => join(directory, file))).find(exists)
  );
}

/** "a, b and 3 more" */
export function listFiles(files: readonly string[]): string {
  const named = files.slice(0, NAMED).join(", ");
  return files.length > NAMED ? `${named} and ${files.length - NAMED} more` : named;
}

/**
 * The path of each file.
 *
 * @throws {Deno.errors.NotFound} one error that lists all missing files (ten by name)
 */
export function requireFiles(
  star: string,
  files: readonly string[],
  directories: ImageDirectories,
): string[] {
  const paths = findFiles(star, files, directories);
  const missing = files.filter((_, i) => paths[i] === undefined);
  if (missing.length > 0) {
    throw new Deno.errors.NotFound(
      `Cannot open ${star}: ${missing.length} of ${files.length} image files not found ` +
        `(${listFiles(missing)}), wanted under ${searched(star, directories).join(", ")}`,
    );
  }
  return paths as string[];
}

/** Whether a path is one of a directory, by their names alone: links are not followed. */
function isInside(directory: string, path: string): boolean {
  const [from, to] = [directory, path].map((name) => normalize(name).replace(/(?<=.)\/$/, ""));
  if (isAbsolute(from) !== isAbsolute(to)) {
    let here: string;
    try {
      here = Deno.cwd();
    } catch {
      return false; // may not be known, so that it cannot be told
    }
    const absolute = (name: string) => isAbsolute(name) ? name : join(here, name);
    return isInside(absolute(from), absolute(to));
  }
  const start = from === "." ? "" : from === "/" ? "/" : `${from}/`;
  return to.startsWith(start) && !/^\.\.(\/|$)/.test(to.slice(start.length));
}

/** Those of the found files that lie in none of the directories: named by absolute paths or by "..". */
export function findOutside(
  star: string,
  paths: readonly string[],
  where: ImageDirectories,
): string[] {
  const directories = searched(star, where);
  return paths.filter((path) => !directories.some((directory) => isInside(directory, path)));
}

/** "2 of 3 image files lie outside the folders of particles.star: ../a.mrcs, /b.mrcs" */
export function outsideNote(list: string, outside: readonly string[], count: number): string {
  return `${outside.length} of ${count} image files lie outside the folders of ${list}: ` +
    listFiles(outside);
}

/** Images in files. */
export interface ImageFiles extends Disposable {
  /** N, pixels per edge of each file's images, [files]. */
  readonly boxSizes: readonly number[];
  /** Pixels of images, [images, N, N] in the order asked; all must have the same N. */
  read(images: ArrayLike<number>): Float32Array;
}

/**
 * Opens every file once to check it; a few stay open.
 *
 * @param paths of names.files
 * @throws {RangeError} for a file whose images are not square or have an odd edge, or that has fewer
 * sections than a name asks for; otherwise as openMRC
 */
export function openImageFiles(
  star: string,
  names: ImageNames,
  paths: readonly string[],
): ImageFiles {
  const { fileOf, sectionOf } = names;
  const open = new Map<number, MRCFile>();
  const file = (i: number): MRCFile => {
    let stack = open.get(i);
    if (stack === undefined) {
      stack = openMRCSync(paths[i]);
      if (open.size === OPEN) {
        const [oldest, unused] = open.entries().next().value!;
        unused[Symbol.dispose]();
        open.delete(oldest);
      }
    }
    // Last in the map is the last used.
    open.delete(i);
    open.set(i, stack);
    return stack;
  };
  const dispose = () => {
    for (const stack of open.values()) stack[Symbol.dispose]();
    open.clear();
  };
  try {
    const sizes = paths.map((_, i) => file(i).header.size);
    sizes.forEach(([nx, ny], i) => {
      if (nx !== ny || nx % 2 !== 0) {
        throw new RangeError(
          `Cannot use ${
            paths[i]
          }: images of ${nx} x ${ny} px, wanted square ones with an even edge`,
        );
      }
    });
    for (let i = 0; i < fileOf.length; i++) {
      const sections = sizes[fileOf[i]][2], path = paths[fileOf[i]];
      if (sectionOf[i] > sections) {
        throw new RangeError(
          `Cannot use ${star}: row ${i + 1} asks for image ${sectionOf[i]} of ${path}, ` +
            `wanted 1 to ${sections}`,
        );
      }
      if (sectionOf[i] === 0 && sections !== 1) {
        throw new RangeError(
          `Cannot use ${star}: row ${i + 1} names ${path} without a number, but it has ` +
            `${sections} images, wanted number@file`,
        );
      }
    }
    return {
      boxSizes: sizes.map(([nx]) => nx),
      read(images) {
        const asked = Map.groupBy(
          Array.from(images, (image, place) => ({ image, place })),
          ({ image }) => fileOf[image],
        );
        let out: Float32Array | undefined;
        for (const [i, list] of asked) {
          const stack = file(i);
          out ??= new Float32Array(images.length * stack.header.size[0] ** 2);
          stack.readSectionsSync(
            out,
            list.map(({ image }) => Math.max(1, sectionOf[image]) - 1),
            list.map(({ place }) => place),
          );
        }
        return out ?? new Float32Array(0);
      },
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
