/**
 * File formats by the ending of the name. A new format: one file, one line here.
 */
import { readCSG } from "./csg.ts";
import { describeCIF, describePDB } from "./describe_atoms.ts";
import { describeCS } from "./describe_cs.ts";
import { describeMRC } from "./describe_mrc.ts";
import { describeSTAR } from "./describe_star.ts";
import type { DescribeOptions, FileDescription } from "./description.ts";
import { refuseOtherCompression } from "./gzip.ts";
import { openCSParticles } from "./particle_cs.ts";
import type { OpenParticlesOptions, ParticleFile } from "./particle_file.ts";
import { openStarParticles } from "./particle_star.ts";

/** A kind of file. */
export interface FileFormat {
  /** For people. */
  readonly name: string;
  /** Reads what `info` says. */
  describe(path: string, options: DescribeOptions): Promise<FileDescription>;
  /** Opens the particles it lists, if it is a list of particles. */
  openParticles?(path: string, options: OpenParticlesOptions): Promise<ParticleFile>;
}

/** Does with the .cs files of a result group what is done with a .cs and its passthrough files. */
async function inGroup<O, T extends { readonly path: string }>(
  path: string,
  options: O,
  work: (path: string, options: O & { passthrough: readonly string[] }) => Promise<T>,
): Promise<T> {
  const { main, passthrough } = readCSG(path);
  return Object.assign(await work(main, { ...options, passthrough }), { path });
}

/** The format of each ending, without the dot. */
export const formats = {
  mrc: { name: "MRC map or stack", describe: describeMRC },
  map: { name: "MRC map", describe: describeMRC },
  mrcs: { name: "MRC stack", describe: describeMRC },
  "mrc.gz": { name: "compressed MRC map or stack", describe: describeMRC },
  "map.gz": { name: "compressed MRC map", describe: describeMRC },
  "mrcs.gz": { name: "compressed MRC stack", describe: describeMRC },
  star: { name: "STAR table", describe: describeSTAR, openParticles: openStarParticles },
  cs: { name: "cryoSPARC table", describe: describeCS, openParticles: openCSParticles },
  csg: {
    name: "cryoSPARC result group",
    describe: (path, options) => inGroup(path, options, describeCS),
    openParticles: (path, options) => inGroup(path, options, openCSParticles),
  },
  pdb: { name: "PDB atomic model", describe: describePDB },
  cif: { name: "mmCIF atomic model", describe: describeCIF },
  "pdb.gz": { name: "compressed PDB atomic model", describe: describePDB },
  "cif.gz": { name: "compressed mmCIF atomic model", describe: describeCIF },
} as const satisfies Record<string, FileFormat>;

/** An ending that can be read. */
export type FileEnding = keyof typeof formats;

/**
 * The ending of a path, in lower case.
 *
 * @throws {RangeError} if no format has it
 */
export function endingOf(path: string): FileEnding {
  refuseOtherCompression(path);
  const name = path.toLowerCase();
  if (/\.(star|cs)\.gz$/.test(name)) {
    throw new RangeError(`Cannot read ${path}: compressed, wanted what "gunzip ${path}" makes`);
  }
  const ending = (Object.keys(formats) as FileEnding[]).find((known) => name.endsWith(`.${known}`));
  if (ending === undefined) {
    throw new RangeError(
      `Cannot read ${path}: wanted a name ending in .${Object.keys(formats).join(", .")}`,
    );
  }
  return ending;
}

/** Refuses passthrough files with a file that is no .cs. */
function refusePassthrough(
  path: string,
  ending: FileEnding,
  { passthrough: [first] = [] }: OpenParticlesOptions,
): void {
  if (first === undefined || ending === "cs") return;
  throw new RangeError(`Cannot use passthrough ${first} with ${path}: wanted a .cs of cryoSPARC`);
}

/**
 * What `info` says about a file.
 *
 * @throws {Error} "Cannot ..." if it cannot be read at all
 */
export function describeFile(
  path: string,
  options: DescribeOptions = {},
): Promise<FileDescription> {
  return new Promise((resolve) => {
    const ending = endingOf(path);
    refusePassthrough(path, ending, options);
    resolve(formats[ending].describe(path, options));
  });
}

/** Endings of the files that list particles. */
export const particleEndings: readonly string[] = Object.entries(formats)
  .filter(([, format]) => "openParticles" in format).map(([ending]) => ending);

/**
 * Opens the particles of a file, of whatever format its name says: STAR of any RELION version, or .cs of
 * cryoSPARC.
 *
 * @throws {RangeError} if the name has another ending; {Error} "Cannot ..." as openStarParticles() and
 * openCSParticles()
 */
export function openParticles(
  path: string,
  options: OpenParticlesOptions = {},
): Promise<ParticleFile> {
  return new Promise((resolve) => {
    const ending = endingOf(path), format: FileFormat = formats[ending];
    refusePassthrough(path, ending, options);
    if (format.openParticles === undefined) {
      throw new RangeError(
        `Cannot use ${path}: ${format.name}, wanted particles in .${particleEndings.join(" or .")}`,
      );
    }
    resolve(format.openParticles(path, options));
  });
}
