/**
 * Particles of a STAR file with their images in MRC stacks.
 */
import { readBytes } from "./open_file.ts";
import type { OpenParticlesOptions, ParticleFile } from "./particle_file.ts";
import { openParticleImages } from "./particle_images.ts";
import { parseImageNames } from "./image_files.ts";
import { type ParticleTable, readParticleTable } from "./particle_table.ts";
import { withPoses } from "./particle_write.ts";
import { parseSTAR } from "./star.ts";
import { writeSTAR } from "./star_write.ts";

export { formatParticles, withPoses } from "./particle_write.ts";

/** An open particle STAR file: the table and its images. */
export interface StarParticles extends ParticleFile, ParticleTable {
  readonly poses: ParticleTable["poses"];
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
export function openStarParticles(
  path: string,
  options: OpenParticlesOptions = {},
): Promise<StarParticles> {
  return new Promise((resolve) => resolve(openNow(path, options)));
}

function openNow(
  path: string,
  { projectDirectory = ".", dataDirectory }: OpenParticlesOptions,
): StarParticles {
  const table = readParticleTable(parseSTAR(readBytes(path), path));
  const names = parseImageNames(path, table.particles.strings("rlnImageName"));
  const images = openParticleImages({
    path,
    names,
    optics: table,
    boxColumn: "rlnImageSize",
    directories: { projectDirectory, dataDirectory },
  });
  // Not a spread: that would make the poses now.
  const file = Object.assign(table, {
    path,
    names: names.names,
    ...images,
    writePoses: async (stem: string, poses: Parameters<typeof withPoses>[1]) => {
      await writeSTAR(`${stem}.star`, withPoses(file, poses));
      return [`${stem}.star`];
    },
  });
  return file;
}
