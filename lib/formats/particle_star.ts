/**
 * Particles of a STAR file with their images in MRC stacks.
 */
import type { ParticleStack } from "../particles.ts";
import { openImageFiles, parseImageNames, requireFiles } from "./image_files.ts";
import { readText } from "./open_file.ts";
import { titleOf } from "./optics.ts";
import { type ParticleTable, readParticleTable } from "./particle_table.ts";
import { parseSTAR } from "./star.ts";

export { formatParticles, withPoses } from "./particle_write.ts";

/** An open particle set: the table and its images. */
export interface ParticleFile extends ParticleStack, ParticleTable, Disposable {
  /** The STAR file. */
  readonly path: string;
  /** rlnImageName of each image. */
  readonly names: readonly string[];
}

/** Where the images of a STAR file are looked for. */
export interface OpenParticlesOptions {
  /** Directory to which RELION's names are relative: where it was run. */
  readonly projectDirectory?: string;
  /** Searched before all others. */
  readonly dataDirectory?: string;
}

/** Refuses an image that is constant or has a pixel that is not finite. */
function checkImage(pixels: Float32Array, boxSize: number, title: () => string): void {
  const [first] = pixels;
  let constant = true;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i];
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `Cannot use ${title()}: pixel (${i % boxSize}, ${Math.floor(i / boxSize)}) is ${value}, ` +
          `wanted finite numbers`,
      );
    }
    if (value !== first) constant = false;
  }
  if (constant) {
    throw new RangeError(`Cannot use ${title()}: all pixels are ${first}, wanted an image`);
  }
}

/**
 * Opens a particle STAR file of any RELION version. Image names are looked up in the data directory, if
 * given, then in the project directory, then beside the STAR file. Where STAR and MRC header differ in
 * pixel size, the STAR file is right: stacks often do not say.
 *
 * All is checked before any pixel is read: columns, values, files (all that are missing in one error),
 * sections and boxes. read() refuses a constant image and pixels that are not finite (x, y from 0; images
 * are numbered from 1 as in rlnImageName).
 *
 * @throws {SyntaxError} {RangeError} {Deno.errors.NotFound} with one line that names the file, what was
 * found and what is wanted; see readParticleTable and openImageFiles
 */
export function openParticles(
  path: string,
  { projectDirectory = ".", dataDirectory }: OpenParticlesOptions = {},
): Promise<ParticleFile> {
  return new Promise((resolve) => resolve(openNow(path, { projectDirectory, dataDirectory })));
}

function openNow(
  path: string,
  directories: { projectDirectory: string; dataDirectory: string | undefined },
): ParticleFile {
  const table = readParticleTable(parseSTAR(readText(path), path));
  const { count, groups, groupOf } = table;
  const names = parseImageNames(path, table.particles.strings("rlnImageName"));
  const paths = requireFiles(path, names.files, directories);
  const files = openImageFiles(path, names, paths);
  const { fileOf, sectionOf } = names;
  try {
    const boxOf = (i: number) => files.boxSizes[fileOf[i]];
    for (let i = 0; i < count; i++) {
      const group = groups[groupOf[i]];
      if (boxOf(i) !== boxOf(0)) {
        throw new RangeError(
          `Cannot use ${path}: box ${boxOf(0)} px in ${paths[fileOf[0]]}, ` +
            `${titleOf(groups[groupOf[0]])}, and ${boxOf(i)} px in ${paths[fileOf[i]]}, ` +
            `${titleOf(group)}, wanted one size`,
        );
      }
      if (group.boxSize !== undefined && group.boxSize !== boxOf(i)) {
        throw new RangeError(
          `Cannot use ${path}: ${titleOf(group)} has rlnImageSize ${group.boxSize}, ` +
            `but images in ${paths[fileOf[i]]} are ${boxOf(i)} px, wanted the same`,
        );
      }
    }
    const boxSize = boxOf(0), area = boxSize * boxSize;
    const read = (indices: ArrayLike<number>): Float32Array => {
      for (let j = 0; j < indices.length; j++) {
        if (!(Number.isInteger(indices[j]) && indices[j] >= 0 && indices[j] < count)) {
          throw new RangeError(
            `Cannot read image ${indices[j]} of ${path}: wanted 0 to ${count - 1}`,
          );
        }
      }
      const images = files.read(indices);
      for (let j = 0; j < indices.length; j++) {
        const i = indices[j];
        checkImage(
          images.subarray(j * area, (j + 1) * area),
          boxSize,
          () => `image ${Math.max(1, sectionOf[i])} of ${paths[fileOf[i]]}`,
        );
      }
      return images;
    };
    // Not a spread: that would make the poses now.
    return Object.assign(table, {
      path,
      names: names.names,
      boxSize,
      read: (indices: ArrayLike<number>) =>
        new Promise<Float32Array>((resolve) => resolve(read(indices))),
      [Symbol.dispose]: () => files[Symbol.dispose](),
    });
  } catch (error) {
    files[Symbol.dispose]();
    throw error;
  }
}
