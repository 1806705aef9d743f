import { cannot } from "../formats/open_file.ts";
import { requireRead, requireWrite } from "./permission.ts";

/** A folder to write results to. */
export interface OutputDirectory {
  readonly path: string;
  /** Path of a file in it. */
  file(name: string): string;
}

/** What to do about a folder that holds something. */
export interface OutputDirectoryOptions {
  /** Write beside what is there, over files of the same name. */
  overwrite?: boolean;
  /** Go on from what is there; undefined: the command cannot. */
  resume?: boolean;
}

/**
 * Makes a folder for results, its parents too, unless it is there.
 *
 * @throws {Error} if it holds something and neither overwrite nor resume is set, is a file, or may not
 * be written.
 */
export async function openOutputDirectory(
  path: string,
  { overwrite = false, resume }: OutputDirectoryOptions = {},
): Promise<OutputDirectory> {
  await requireRead(path);
  await requireWrite(path);
  let held = 0;
  try {
    await Deno.mkdir(path, { recursive: true });
    for await (const _ of Deno.readDir(path)) held++;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotADirectory) {
      throw new Error(`Cannot write to ${path}: it is a file, wanted a folder`, { cause: error });
    }
    throw cannot(`write to ${path}`, error);
  }
  if (held > 0 && !overwrite && !resume) {
    throw new Error(
      `Cannot write to ${path}: it holds ${held} ${held === 1 ? "file" : "files"}, ` +
        `wanted an empty folder${resume === undefined ? "" : ", --resume"} or --overwrite`,
    );
  }
  return { path, file: (name) => `${path.replace(/(?<=.)\/+$/, "")}/${name}` };
}
