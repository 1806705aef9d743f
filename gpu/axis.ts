/** Where the numbers of an array lie: columns (outer, inner), and a step along the transformed axis. */
export interface Strides {
  readonly outer?: number;
  readonly inner: number;
  readonly step: number;
  /** Real numbers instead of complex ones. */
  readonly real?: boolean;
  /** The first one. */
  readonly first?: number;
}

/** One axis of a separable transform; see kernels/axis.wgsl. */
export interface AxisShape {
  /** Columns, and how many of them are inner ones; all unless given. */
  readonly columns: number;
  readonly inner?: number;
  /** Numbers a column before and after. */
  readonly inputs: number;
  readonly outputs: number;
  readonly source: Strides;
  readonly target: Strides;
}

/** The shape as the kernel takes it. */
export function axisCall({ columns, inner, inputs, outputs, source, target }: AxisShape) {
  return Uint32Array.of(
    columns,
    inner ?? columns,
    inputs,
    outputs,
    source.outer ?? 0,
    source.inner,
    source.step,
    source.real ? 1 : 0,
    target.outer ?? 0,
    target.inner,
    target.step,
    target.real ? 1 : 0,
    target.first ?? 0,
  ).buffer;
}

/** An array and the array it becomes, axis by axis: x, y, z, or x, y of many images. */
export interface AxisSteps {
  readonly x: AxisShape;
  readonly y: AxisShape;
  readonly z: AxisShape;
}

/** The three axes of a volume of M^3 voxels to a grid of height x height x width, x first. */
export function volumeAxes(m: number, height: number, width: number): AxisSteps {
  const layer = height * width;
  return {
    x: {
      columns: m * m,
      inputs: m,
      outputs: width,
      source: { inner: m, step: 1, real: true },
      target: { inner: width, step: 1 },
    },
    y: {
      columns: m * width,
      inner: width,
      inputs: m,
      outputs: height,
      source: { outer: m * width, inner: 1, step: width },
      target: { outer: layer, inner: 1, step: width },
    },
    z: {
      columns: layer,
      inputs: m,
      outputs: height,
      source: { inner: 1, step: layer },
      target: { inner: 1, step: layer },
    },
  };
}

/** The two axes of images of N x N pixels to patches of height x width. */
export function imageAxes(
  { count, box, height, width, first }: {
    count: number;
    box: number;
    height: number;
    width: number;
    /** Where the patches begin, complex numbers. */
    first: number;
  },
): Pick<AxisSteps, "x" | "y"> {
  return {
    x: {
      columns: count * box,
      inputs: box,
      outputs: width,
      source: { inner: box, step: 1, real: true },
      target: { inner: width, step: 1 },
    },
    y: {
      columns: count * width,
      inner: width,
      inputs: box,
      outputs: height,
      source: { outer: box * width, inner: 1, step: width },
      target: { outer: height * width, inner: 1, step: width, first },
    },
  };
}

/** The adjoint's shape: what was made becomes what is read. */
export function adjoint({ inputs, outputs, source, target, ...columns }: AxisShape): AxisShape {
  return { ...columns, inputs: outputs, outputs: inputs, source: target, target: source };
}
