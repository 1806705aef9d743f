/**
 * Particles of a cryoSPARC .cs with their images in MRC stacks.
 */
import { dirname, join } from "node:path";
import type { Pose } from "../particles.ts";
import { type CSParticles, readCSParticles } from "./cs_particles.ts";
import { readCS } from "./cs.ts";
import { withCSPoses } from "./cs_write.ts";
import { writeNpy } from "./npy.ts";
import type { OpenParticlesOptions, ParticleFile } from "./particle_file.ts";
import { openParticleImages } from "./particle_images.ts";
import { starOfCS } from "./star_of_cs.ts";
import { writeSTAR } from "./star_write.ts";

/** An open .cs: the table and its images. */
export interface OpenCSParticles extends ParticleFile, CSParticles {
  readonly names: CSParticles["names"];
  readonly poses: CSParticles["poses"];
}

/** Where cryoSPARC's image names are looked for beside all else: the project, above the folder of the job. */
export function projectOf(path: string): string[] {
  return [join(dirname(path), "..")];
}

/**
 * Opens the particles of a .cs, its passthrough files joined to it. Image names are looked up in the data
 * directory, if given, then in the project directory, beside the .cs, and in the folder above that one:
 * cryoSPARC names them from the project, in which the job's folder lies. All is checked before any pixel is
 * read, as of a STAR file; images of blob/sign -1 are read with their sign changed.
 *
 * @throws {SyntaxError} {RangeError} {Deno.errors.NotFound} with one line that names the file, what was
 * found and what is wanted; see readCS, readCSParticles and openImageFiles
 */
export function openCSParticles(
  path: string,
  { projectDirectory = ".", dataDirectory, passthrough }: OpenParticlesOptions = {},
): Promise<OpenCSParticles> {
  return new Promise((resolve) => {
    const particles = readCSParticles(readCS(path, passthrough));
    const { images, negative, table, pixelSize } = particles;
    const opened = openParticleImages({
      path,
      names: images,
      optics: particles,
      boxColumn: "blob/shape",
      directories: { projectDirectory, dataDirectory, others: projectOf(path) },
      negative,
    });
    // Not a spread: that would make the poses now.
    const changed = negative.reduce((sum, one) => sum + one, 0);
    const file: OpenCSParticles = Object.assign(particles, opened, {
      path,
      notes: [
        ...opened.notes,
        ...changed === 0 ? [] : [
          `${changed} of ${negative.length} images are read with their sign changed (blob/sign)`,
        ],
      ],
      inverted: negative.every((one) => one === 1),
      async writePoses(stem: string, poses: readonly Pose[]) {
        const { boxSize } = opened;
        await writeSTAR(`${stem}.star`, starOfCS(particles, { boxSize, poses }));
        await writeNpy(`${stem}.cs`, withCSPoses(table, poses, { pixelSize }));
        return [`${stem}.star`, `${stem}.cs`];
      },
    });
    resolve(file);
  });
}
