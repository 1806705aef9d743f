import { adjoint, axisCall, type AxisShape, volumeAxes } from "./axis.ts";
import { type Binder, type Dispatch, groupsOf } from "./binder.ts";
import { BLOCK, type Sizes } from "./sizes.ts";

/** Slices of the voxels, and back. */
export interface Projection {
  /** The memory's voxels to slices at its frames; to be compared with images only as "slices". */
  project(to: "slices" | "weighed"): Promise<void>;
  /** Multiplies `weighed` by a weight. */
  weigh(weight: GPUBuffer): Promise<void>;
  /** The memory's weight to its diagonal; see lib/diagonal.ts. */
  diagonal(): Promise<void>;
  /** Slices to the memory's voxels. */
  backproject(slices: GPUBuffer): Promise<void>;
}

/** One axis: as many threads as columns, once for each output. */
export function transformAxis(kernel: Dispatch, shape: AxisShape): Promise<void> {
  return kernel([groupsOf(shape.columns), shape.outputs], axisCall(shape));
}

/** Slices at a level's frames, and their parts where all points are compared. */
async function createSlicing(
  bind: Binder,
  s: Sizes,
  sorted: boolean,
): Promise<() => Promise<void>> {
  const slice = await bind("slice", [
    "sizes",
    "window",
    "k",
    "frames",
    "grid",
    "slices",
    "sliceRows",
  ]);
  // deno-fmt-ignore
  const sort = sorted && await bind("sort", ["slicesWidth", "sortTerms", "sortFactors", "sliceRows", "sliceParts"]);
  return async () => {
    await slice([groupsOf(s.lanes), s.coefficients]);
    if (sort) await sort([groupsOf(s.lanes / 4), s.rows]);
  };
}

/** A level whose slices are made with those of the problem's own. */
export interface SlicedLevel {
  readonly bind: Binder;
  readonly sizes: Sizes;
}

/**
 * The projection steps of a session.
 *
 * @param before the levels before its own; all points of the first level are compared
 */
export async function createProjection(
  bind: Binder,
  s: Sizes,
  before: readonly SlicedLevel[] = [],
): Promise<Projection> {
  const { x, y, z } = volumeAxes(s.workBox, s.height, s.width);
  const forward = [
    await bind("axis", ["calls", "workX", "voxels", "xLines"]),
    await bind("axis", ["calls", "workY", "xLines", "yLines"]),
    await bind("axis", ["calls", "workZ", "yLines", "grid"]),
  ];
  const backward = [
    await bind("axis", ["calls", "workXAdjoint", "xLines", "voxels"]),
    await bind("axis", ["calls", "workYAdjoint", "yLines", "xLines"]),
    await bind("axis", ["calls", "workZAdjoint", "grid", "yLines"]),
  ];
  const slicings = [await createSlicing(bind, s, before.length === 0)];
  for (const [l, level] of before.entries()) {
    slicings.push(await createSlicing(level.bind, level.sizes, l === 0));
  }
  // deno-fmt-ignore
  const again = await bind("slice", ["sizes", "window", "k", "frames", "grid", "weighed", "sliceRows"]);
  const diagonal = await bind("diagonal", ["sizes", "lattice", "frames", "weight", "diagonal"]);
  const add = await bind("add", ["sizes", "copies", "grid"]);
  const blocks = (length: number) => Math.ceil(length / BLOCK);
  return {
    async project(to) {
      await transformAxis(forward[0], x);
      await transformAxis(forward[1], y);
      await transformAxis(forward[2], z);
      if (to === "weighed") return await again([groupsOf(s.lanes), s.coefficients]);
      for (const slice of slicings) await slice();
    },
    async weigh(weight) {
      const multiply = await bind("weigh", ["sizes", weight, "weighed"]);
      await multiply([groupsOf(s.coefficients), s.planes]);
    },
    diagonal: () => diagonal([groupsOf(s.workBox ** 3)]),
    async backproject(slices) {
      const unslice = await bind("unslice", [
        "sizes",
        "window",
        "lattice",
        "frames",
        slices,
        "copies",
      ]);
      await unslice([blocks(s.width), blocks(s.height), blocks(s.height) * s.copies]);
      await add([groupsOf(s.height * s.height * s.width)]);
      await transformAxis(backward[2], adjoint(z));
      await transformAxis(backward[1], adjoint(y));
      await transformAxis(backward[0], adjoint(x));
    },
  };
}
