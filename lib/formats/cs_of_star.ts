/**
 * A RELION particle table in the form of a cryoSPARC .cs.
 */
import { alignmentColumns } from "./cs_write.ts";
import type { ImageNames } from "./image_files.ts";
import { type NewColumn, type NpyTable, tableOfColumns } from "./npy.ts";
import type { ParticleTable } from "./particle_table.ts";

const RADIAN = Math.PI / 180;

/** What a .cs has a place for, beside what optics.ts reads. */
const CARRIED = new Set([
  "rlnImageName",
  "rlnMicrographName",
  "rlnOpticsGroup",
  "rlnVoltage",
  "rlnSphericalAberration",
  "rlnAmplitudeContrast",
  "rlnImagePixelSize",
  "rlnPixelSize",
  "rlnDetectorPixelSize",
  "rlnMagnification",
  "rlnImageSize",
  "rlnImageDimensionality",
  "rlnDefocusU",
  "rlnDefocusV",
  "rlnDefocusAngle",
  "rlnPhaseShift",
  "rlnCtfBfactor",
  "rlnCtfScalefactor",
  "rlnAngleRot",
  "rlnAngleTilt",
  "rlnAnglePsi",
  "rlnOriginX",
  "rlnOriginY",
  "rlnOriginXAngst",
  "rlnOriginYAngst",
  "rlnRandomSubset",
  "rlnClassNumber",
  "ucsfUid",
]);

/** A number of 64 bits for each text, all different: two FNV-1a hashes, again where one has come up. */
function uidsOf(texts: readonly string[]): BigUint64Array {
  const uids = new BigUint64Array(texts.length), words = new Uint32Array(uids.buffer);
  const seen = new Set<bigint>();
  texts.forEach((text, i) => {
    let low = 0x811c9dc5, high = 0x9747b28c;
    do {
      for (let k = 0; k < text.length; k++) {
        low = Math.imul(low ^ text.charCodeAt(k), 0x01000193);
        high = Math.imul(high ^ text.charCodeAt(k), 0x85ebca6b);
        high ^= high >>> 13;
      }
      words[2 * i] = low;
      words[2 * i + 1] = high;
    } while (seen.has(uids[i]));
    seen.add(uids[i]);
  });
  return uids;
}

/** The uid of each image: what the table says as pyem does (ucsfUid), else a hash of the image's name. */
function readUids({ star, particles }: ParticleTable, names: readonly string[]): BigUint64Array {
  if (!particles.has("ucsfUid")) return uidsOf(names);
  const seen = new Set<bigint>();
  return BigUint64Array.from(particles.strings("ucsfUid"), (text, i) => {
    const uid = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n;
    if (uid < 0n || uid >= 2n ** 64n || seen.has(uid)) {
      throw new RangeError(
        `Cannot use ${star.name}: row ${
          i + 1
        } has ucsfUid ${text}, wanted numbers of 64 bits, all ` +
          `different`,
      );
    }
    seen.add(uid);
    return uid;
  });
}

/** Columns of data_particles and data_optics that a .cs has no place for. */
function leftOut({ particles, optics }: ParticleTable): string[] {
  const names = [...particles.columns, ...optics?.columns ?? []];
  const group = ["rlnOpticsGroupName", "rlnMicrographOriginalPixelSize"];
  return [...new Set(names)].filter((name) => !CARRIED.has(name) && !group.includes(name));
}

/** A whole number of each row, from 0 where the column counts from 1; undefined without the column. */
function fromZero({ particles }: ParticleTable, column: string): Uint32Array | undefined {
  if (!particles.has(column)) return undefined;
  return Uint32Array.from(particles.numbers(column), (value) => Math.max(0, value - 1));
}

/**
 * Columns uid, blob/*, ctf/*, alignments3D/* where poses are given, location/micrograph_path; float32 as
 * cryoSPARC has them. The uid is the table's ucsfUid, else a hash of the image's name, so that the same image
 * always has the same.
 *
 * @param boxSize N of the images
 * @returns the table, and the columns that have no place in it
 */
export function csOfStar(
  table: ParticleTable,
  { files, fileOf, sectionOf, names }: ImageNames,
  { boxSize }: { boxSize: number },
): { table: NpyTable; dropped: string[] } {
  const { count, pixelSize, groups, groupOf, particles, poses } = table;
  const ctfs = Array.from({ length: count }, (_, i) => table.ctf(i));
  const floats = (name: string, numbers: ArrayLike<number>): NewColumn => ({
    name,
    type: "<f4",
    numbers,
  });
  const zeros = (name: string, width: number): NewColumn => ({
    name,
    type: "<f4",
    shape: [width],
    numbers: new Float32Array(count * width),
  });
  const fill = (value: number) => new Float32Array(count).fill(value);
  const columns: NewColumn[] = [
    { name: "uid", type: "<u8", integers: readUids(table, names) },
    { name: "blob/path", type: "S", texts: Array.from(fileOf, (file) => files[file]) },
    {
      name: "blob/idx",
      type: "<u4",
      numbers: Uint32Array.from(sectionOf, (section) => Math.max(1, section) - 1),
    },
    {
      name: "blob/shape",
      type: "<u4",
      shape: [2],
      numbers: new Uint32Array(2 * count).fill(boxSize),
    },
    floats("blob/psize_A", fill(pixelSize)),
    floats("blob/sign", fill(1)),
    { name: "ctf/type", type: "S", texts: new Array(count).fill("imported") },
    {
      name: "ctf/exp_group_id",
      type: "<u4",
      numbers: Uint32Array.from(groupOf, (group) => groups[group].number),
    },
    floats("ctf/accel_kv", ctfs.map(({ voltage }) => voltage)),
    floats("ctf/cs_mm", ctfs.map(({ sphericalAberration }) => sphericalAberration)),
    floats("ctf/amp_contrast", ctfs.map(({ amplitudeContrast }) => amplitudeContrast)),
    floats("ctf/df1_A", ctfs.map(({ defocusU }) => defocusU)),
    floats("ctf/df2_A", ctfs.map(({ defocusV }) => defocusV)),
    floats("ctf/df_angle_rad", ctfs.map(({ defocusAngle }) => defocusAngle * RADIAN)),
    floats("ctf/phase_shift_rad", ctfs.map(({ phaseShift }) => phaseShift * RADIAN)),
    floats("ctf/scale", ctfs.map(({ scale }) => scale)),
    floats("ctf/scale_const", fill(0)),
    zeros("ctf/shift_A", 2),
    zeros("ctf/tilt_A", 2),
    zeros("ctf/trefoil_A", 2),
    zeros("ctf/tetra_A", 4),
    zeros("ctf/anisomag", 4),
    floats("ctf/bfactor", ctfs.map(({ bFactor }) => bFactor)),
    ...poses
      ? alignmentColumns(poses, {
        pixelSize,
        split: fromZero(table, "rlnRandomSubset"),
        classes: fromZero(table, "rlnClassNumber"),
      })
      : [],
    ...particles.has("rlnMicrographName")
      ? [{
        name: "location/micrograph_path",
        type: "S" as const,
        texts: particles.strings("rlnMicrographName"),
      }]
      : [],
  ];
  return {
    table: tableOfColumns(table.star.name, count, columns),
    dropped: [
      ...leftOut(table),
      ...poses ? [] : ["rlnRandomSubset", "rlnClassNumber"].filter((name) => particles.has(name)),
    ],
  };
}
