/**
 * Poses for cryoSPARC: the columns alignments3D/*, beside those a table has.
 */
import type { Pose } from "../particles.ts";
import { vectorFromRotation } from "../rotation.ts";
import { combineTables, type NewColumn, type NpyTable, tableOfColumns } from "./npy.ts";

/** What cryoSPARC keeps of each search and recomputes: nothing is known of it here. */
const UNKNOWN = [
  "error",
  "error_min",
  "resid_pow",
  "slice_pow",
  "image_pow",
  "cross_cor",
  "alpha_min",
  "weight",
  "pose_ess",
  "shift_ess",
];

/**
 * Columns alignments3D/*: the rotation vector of R (radians), minus the shift (px), the size of those pixels
 * (A), the half set, the class; the scale beside ctf/scale (alpha), 1 if not estimated; what only a search of its own would know is 0.
 *
 * @param split half set of each particle, 0 or 1; 0 for poses that were found together
 * @param classes class of each particle, from 0
 */
export function alignmentColumns(
  poses: readonly Pose[],
  { pixelSize, split = new Uint32Array(poses.length), classes = new Uint32Array(poses.length) }: {
    pixelSize: number;
    split?: ArrayLike<number>;
    classes?: ArrayLike<number>;
  },
): NewColumn[] {
  const floats = (name: string, value: number): NewColumn => ({
    name: `alignments3D/${name}`,
    type: "<f4",
    numbers: new Float32Array(poses.length).fill(value),
  });
  return [
    { name: "alignments3D/split", type: "<u4", numbers: split },
    {
      name: "alignments3D/shift",
      type: "<f4",
      shape: [2],
      numbers: poses.flatMap(({ shift: [x, y] }) => [0 - x, 0 - y]),
    },
    {
      name: "alignments3D/pose",
      type: "<f4",
      shape: [3],
      numbers: poses.flatMap(({ rotation }) => vectorFromRotation(rotation)),
    },
    floats("psize_A", pixelSize),
    ...UNKNOWN.map((name) => floats(name, 0)),
    { name: "alignments3D/alpha", type: "<f4", numbers: poses.map(({ scale = 1 }) => scale) },
    ...["class_posterior", "class_ess"].map((name) => floats(name, 1)),
    { name: "alignments3D/class", type: "<u4", numbers: classes },
  ];
}

/** A .cs with new poses: all columns are kept but alignments3D/*, of which only the half sets are. */
export function withCSPoses(
  table: NpyTable,
  poses: readonly Pose[],
  { pixelSize }: { pixelSize: number },
): NpyTable {
  const split = table.has("alignments3D/split") ? table.numbers("alignments3D/split") : undefined;
  const columns = table.fields
    .filter(({ name, kind }) => kind !== "V" && !name.startsWith("alignments3D/"))
    .map(({ name }) => name);
  const alignments = alignmentColumns(poses, { pixelSize, split });
  return combineTables(table.name, [
    { table, columns },
    { table: tableOfColumns(table.name, table.count, alignments) },
  ]);
}
