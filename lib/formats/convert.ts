/**
 * Particle tables from one program's form to another's.
 */
import { csOfStar } from "./cs_of_star.ts";
import { readCSParticles } from "./cs_particles.ts";
import { readCS } from "./cs.ts";
import { readCSG } from "./csg.ts";
import {
  findFiles,
  type ImageDirectories,
  type ImageNames,
  listFiles,
  parseImageNames,
} from "./image_files.ts";
import { openMRCSync } from "./mrc.ts";
import { writeNpy } from "./npy.ts";
import { readBytes } from "./open_file.ts";
import type { OpenParticlesOptions } from "./particle_file.ts";
import { projectOf } from "./particle_cs.ts";
import { readParticleTable } from "./particle_table.ts";
import { asRelion31 } from "./particle_write.ts";
import { parseSTAR } from "./star.ts";
import { leftOutOfStar, starOfCS } from "./star_of_cs.ts";
import { writeSTAR } from "./star_write.ts";

/** What has been converted. */
export interface Conversion {
  /** Particles. */
  readonly count: number;
  /** What could not be carried over, and what one should know, a line each. */
  readonly notes: readonly string[];
}

/** Where images are, and their size where nothing says. */
export interface ConvertOptions extends OpenParticlesOptions {
  /** N, px, if neither the table nor an image says; else it must be the same. */
  readonly boxSize?: number;
}

/** N of the images: what the table says, else the first image that is there, else what was given. */
function boxOf(
  path: string,
  said: number | undefined,
  given: number | undefined,
  files: readonly (string | undefined)[],
): number {
  const file = files.find((file) => file !== undefined);
  let box = said;
  if (box === undefined && file !== undefined) {
    using stack = openMRCSync(file);
    box = stack.header.size[0];
  }
  if (box !== undefined && given !== undefined && given !== box) {
    throw new RangeError(`Cannot convert ${path}: images of ${box} px, wanted ${given}`);
  }
  box ??= given;
  if (box !== undefined) return box;
  throw new RangeError(
    `Cannot convert ${path}: the box is not in it and no image is found, wanted --box PX`,
  );
}

/** A line about images that are found from one table and would not be from the other. */
function lostImages(
  output: string,
  { files }: ImageNames,
  found: readonly (string | undefined)[],
  directories: ImageDirectories,
): string[] {
  const again = findFiles(output, files, directories);
  const lost = found.filter((file, i) => file !== undefined && again[i] === undefined);
  return lost.length === 0 ? [] : [
    `${lost.length} image files are not found from ${output}, whose names are relative to another ` +
    `folder: ${listFiles(lost as string[])}`,
  ];
}

const left = (columns: readonly string[]): string[] =>
  columns.length === 0 ? [] : [`not carried over: ${columns.join(", ")}`];

async function fromSTAR(
  input: string,
  output: string,
  { projectDirectory = ".", dataDirectory, boxSize: given }: ConvertOptions,
): Promise<Conversion> {
  const table = readParticleTable(parseSTAR(readBytes(input), input));
  const names = parseImageNames(input, table.particles.strings("rlnImageName"));
  const directories = { projectDirectory, dataDirectory };
  const found = findFiles(input, names.files, directories);
  const boxSize = boxOf(input, table.groups[0].boxSize, given, found);
  const lost = lostImages(output, names, found, directories);
  if (!isCS(output)) {
    await writeSTAR(output, asRelion31(Object.assign(table, { boxSize })));
    return { count: table.count, notes: lost };
  }
  const { table: made, dropped } = csOfStar(table, names, { boxSize });
  await writeNpy(output, made);
  return { count: table.count, notes: [...left(dropped), ...lost] };
}

async function fromCS(
  input: string,
  output: string,
  { projectDirectory = ".", dataDirectory, passthrough, boxSize: given }: ConvertOptions,
): Promise<Conversion> {
  const table = readCS(input, passthrough), particles = readCSParticles(table);
  const { count, images, negative, groups } = particles;
  const directories = { projectDirectory, dataDirectory };
  const found = findFiles(input, images.files, { ...directories, others: projectOf(input) });
  const boxSize = boxOf(input, groups[0].boxSize, given, found);
  if (isCS(output)) {
    await writeNpy(output, table);
    const others = projectOf(output);
    return { count, notes: lostImages(output, images, found, { ...directories, others }) };
  }
  await writeSTAR(output, starOfCS(particles, { boxSize }));
  const black = negative.reduce((sum, one) => sum + one, 0);
  return {
    count,
    notes: [
      ...left(leftOutOfStar(particles)),
      ...black === 0 ? [] : [
        `blob/sign is -1 for ${black} images, which STAR cannot say: RELION wants them with their ` +
        `sign changed (relion_image_handler --multiply_constant -1)`,
      ],
      ...lostImages(output, images, found, directories),
    ],
  };
}

const isCS = (path: string) => /\.cs$/i.test(path);

/**
 * Converts particles: STAR of any RELION version, .cs or .csg, to STAR of RELION 3.1 or .cs, as the names end.
 * Image names, CTF, poses, half sets and classes are kept, of a STAR file from a STAR file all columns; a
 * .cs written as .cs has its passthrough files joined to it. Images are not touched, and need not be there.
 *
 * @throws {SyntaxError} {RangeError} {Error} as openStarParticles() and openCSParticles() of the table; if
 * nothing says how large the images are; if the disk refuses
 */
export function convertParticles(
  input: string,
  output: string,
  options: ConvertOptions = {},
): Promise<Conversion> {
  if (!/\.(cs|star)$/i.test(output)) {
    return Promise.reject(
      new RangeError(`Cannot write ${output}: wanted a name ending in .star or .cs`),
    );
  }
  if (isCS(input)) return fromCS(input, output, options);
  if (!/\.csg$/i.test(input)) return fromSTAR(input, output, options);
  return new Promise((resolve) => {
    const { main, passthrough } = readCSG(input);
    resolve(fromCS(main, output, { ...options, passthrough }));
  });
}
