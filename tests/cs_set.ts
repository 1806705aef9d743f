import { createStackWriter } from "../lib/formats/mrc_write.ts";
import { type NewColumn, tableOfColumns, writeNpy } from "../lib/formats/npy.ts";

/** Pixel p of section s (from 1) of stack k. */
export const pixel = (k: number, s: number, p: number) => 1000 * k + 10 * s + p / 16;

/** A stack of 4 x 4 images. */
export async function writeStack(path: string, k: number, sections: number): Promise<void> {
  using writer = await createStackWriter(path, { boxSize: 4, pixelSize: 9 });
  for (let s = 1; s <= sections; s++) {
    await writer.append(Float32Array.from({ length: 16 }, (_, p) => pixel(k, s, p)));
  }
  await writer.close();
}

/** Five uids, larger than a float64 holds exactly. */
export const uids = BigUint64Array.from([5n, 2n ** 64n - 1n, 2n ** 63n + 1n, 2n ** 63n, 7n]);

/** Columns by name of five particles in a.mrcs (k = 1) and J1/imported/b.mrc (k = 2). */
export function csColumns(): Map<string, NewColumn> {
  const floats = (name: string, numbers: number[], ...shape: number[]): NewColumn => ({
    name,
    type: "<f4",
    shape,
    numbers,
  });
  const columns: NewColumn[] = [
    { name: "uid", type: "<u8", integers: uids },
    {
      name: "blob/path",
      type: "S",
      texts: ["a.mrcs", ">J1/imported/b.mrc", "a.mrcs", "J1/imported/b.mrc", "a.mrcs"],
    },
    { name: "blob/idx", type: "<u4", numbers: [1, 2, 0, 0, 1] },
    { name: "blob/shape", type: "<u4", shape: [2], numbers: new Uint32Array(10).fill(4) },
    floats("blob/psize_A", [1.31, 1.31, 1.31, 1.31, 1.31]),
    floats("blob/sign", [-1, 1, -1, -1, 1]),
    { name: "ctf/exp_group_id", type: "<u4", numbers: [3, 0, 3, 3, 3] },
    floats("ctf/accel_kv", [300, 200, 300, 300, 300]),
    floats("ctf/cs_mm", [2.7, 2.7, 2.7, 2.7, 2.7]),
    floats("ctf/amp_contrast", [0.1, 0.1, 0.1, 0.1, 0.1]),
    floats("ctf/df1_A", [15000, 16000, 17000, 18000, -500]),
    floats("ctf/df2_A", [14000, 15500, 16999, 18000, -700]),
    floats("ctf/df_angle_rad", [0.5, -1.25, 3, 0, 1]),
    floats("ctf/phase_shift_rad", [0, Math.PI / 2, 0, 0, 0]),
    floats("ctf/bfactor", [0, 50, 0, 0, 0]),
    floats("ctf/scale", [1, 0.5, 1, 1, 1]),
    { name: "alignments3D/split", type: "<u4", numbers: [0, 1, 1, 0, 1] },
    floats("alignments3D/shift", [2, -1, 0, 0, 0.5, 0.25, -3, 1, 0, 0], 2),
    floats(
      "alignments3D/pose",
      [2.3386633, -0.25595567, -1.2236784, 0, 0, 0, 0.1, 0.2, 0.3, Math.PI, 0, 0, -1, 2, 0.5],
      3,
    ),
    floats("alignments3D/psize_A", [2.62, 1.31, 2.62, 2.62, 2.62]),
    floats("alignments3D/error", [1, 2, 3, 4, 5]),
    { name: "location/micrograph_path", type: "S", texts: ["m/1", "m/2", "m/1", ">m/3", "m/2"] },
  ];
  return new Map(columns.map((column) => [column.name, column]));
}

/** Writes columns as a .cs. */
export function writeCS(
  path: string,
  columns: Iterable<NewColumn>,
  count = uids.length,
): Promise<void> {
  return writeNpy(path, tableOfColumns(path, count, [...columns]));
}
