/**
 * A cryoSPARC particle table in the form of RELION 3.1 and later.
 */
import type { Pose } from "../particles.ts";
import type { CSParticles } from "./cs_particles.ts";
import { checkCount, ctfColumns, opticsBlock, poseColumns } from "./particle_write.ts";
import { blockOfColumns } from "./star_block.ts";
import type { STARFile } from "./star.ts";

/** Where a .cs names the micrograph of a particle. */
const MICROGRAPHS = ["micrograph_blob/path", "location/micrograph_path"];

/** rlnImageName of each: RELION takes a file for a stack by its ending, or by ":mrcs" after it. */
function imageNames({ images }: CSParticles): string[] {
  const suffix = images.files.map((file) => /\.mrcs$/i.test(file) ? "" : ":mrcs");
  return images.names.map((name, i) => name + suffix[images.fileOf[i]]);
}

/** rlnMicrographName of each, if the table names them. */
function micrographNames({ table }: CSParticles): string[] | undefined {
  const column = MICROGRAPHS.find((column) => table.has(column));
  if (column === undefined) return undefined;
  const { values, of } = table.texts(column);
  const names = values.map((path) => path.replace(/^>/, ""));
  return Array.from(of, (i) => names[i]);
}

/**
 * data_optics, a group for each exposure group, and data_particles: images, micrographs, CTF, poses, half
 * sets where there are two.
 *
 * @param boxSize N of the images
 * @param poses to be written; those of the table unless given
 * @throws {RangeError} if poses are not one for each image
 */
export function starOfCS(
  particles: CSParticles,
  { boxSize, poses = particles.poses }: { boxSize: number; poses?: readonly Pose[] },
): STARFile {
  const { table, count, groups, groupOf, pixelSize } = particles;
  checkCount("poses", poses?.length ?? count, count);
  const micrographs = micrographNames(particles);
  const split = table.has("alignments3D/split") ? table.numbers("alignments3D/split") : [];
  return {
    name: table.name,
    blocks: [
      opticsBlock(groups, boxSize),
      blockOfColumns("particles", {
        rlnImageName: imageNames(particles),
        ...micrographs && { rlnMicrographName: micrographs },
        rlnOpticsGroup: Array.from(groupOf, (group) => String(groups[group].number)),
        ...ctfColumns(Array.from({ length: count }, (_, i) => particles.ctf(i))),
        ...poses && poseColumns(poses, pixelSize),
        ...new Set(split).size > 1 && {
          rlnRandomSubset: Array.from(split, (half) => String(half + 1)),
        },
      }),
    ],
  };
}
