/**
 * A cryoSPARC particle table in the form of RELION 3.1 and later.
 */
import type { Pose } from "../particles.ts";
import type { CSParticles } from "./cs_particles.ts";
import type { NpyField } from "./npy_header.ts";
import { checkCount, ctfColumns, opticsBlock, poseColumns } from "./particle_write.ts";
import { blockOfColumns } from "./star_block.ts";
import type { STARFile } from "./star.ts";

/** Columns whose content is in the STAR file. */
const CARRIED = new Set([
  "ctf/type",
  ...["uid", "blob/path", "blob/idx", "blob/shape", "blob/psize_A", "blob/sign"],
  ...["accel_kv", "cs_mm", "amp_contrast", "df1_A", "df2_A", "df_angle_rad", "phase_shift_rad"]
    .map((name) => `ctf/${name}`),
  ...["ctf/scale", "ctf/bfactor", "ctf/exp_group_id"],
  ...["split", "shift", "pose", "psize_A", "class"].map((name) => `alignments3D/${name}`),
]);

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

/** Columns that are left out and not 0; where all of a group are, the group: "alignments2D/*". */
export function leftOutOfStar({ table }: CSParticles): string[] {
  const micrograph = MICROGRAPHS.find((column) => table.has(column));
  const isZero = ({ name, kind }: NpyField) =>
    !"SUV".includes(kind) && table.numbers(name).every((value) => value === 0);
  const groups = Map.groupBy(
    table.fields.filter((field) => !isZero(field)),
    ({ name }) => name.split("/")[0],
  );
  return [...groups].flatMap(([group, fields]) => {
    const names = fields.map(({ name }) => name)
      .filter((name) => !CARRIED.has(name) && name !== micrograph);
    return names.length > 1 && names.length === fields.length ? [`${group}/*`] : names;
  });
}

/**
 * data_optics, a group for each exposure group, and data_particles: images, micrographs, CTF, poses, their
 * classes, half sets where there are two, and the uid as pyem's ucsfUid, by which a .cs can be made of it
 * again that cryoSPARC knows. Images are as stored: RELION knows no blob/sign.
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
  const classes = table.has("alignments3D/class") && table.numbers("alignments3D/class");
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
        ucsfUid: Array.from(table.integers("uid"), String),
        ...poses === particles.poses && poses && classes && {
          rlnClassNumber: Array.from(classes, (one) => String(one + 1)),
        },
        ...new Set(split).size > 1 && {
          rlnRandomSubset: Array.from(split, (half) => String(half + 1)),
        },
      }),
    ],
  };
}
