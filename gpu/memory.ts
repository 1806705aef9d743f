import type { Problem } from "../lib/backend.ts";
import type { Device } from "./device.ts";
import { refinedTables } from "./level_tables.ts";
import { type Levels, refinedBytes } from "./levels.ts";
import { backwardProduct, forwardProduct } from "./product.ts";
import {
  bufferBytes,
  type BufferName,
  type Comparable,
  gradientBytes,
  levelBytes,
  scoreBytes,
  sharedBytes,
  type Sizes,
  TAPS,
} from "./sizes.ts";
import {
  axisTables,
  columnLog,
  latticeTable,
  partialRows,
  planeLog,
  shellTable,
  sortingTable,
  turnTable,
  unsortingTable,
  windowPolynomial,
} from "./tables.ts";

type TypedArray = Float32Array | Uint32Array | Int32Array;

/** Bytes, tables and uniforms of one or more levels, by name. */
interface Contents {
  readonly bytes: Readonly<Record<string, number>>;
  readonly tables: Readonly<Record<string, TypedArray>>;
  readonly uniforms: Readonly<Record<string, TypedArray>>;
}

/** Tables of the grids and of the noise, which all levels share. */
function sharedTables(problem: Problem, s: Sizes) {
  const x = { from: -TAPS, to: s.half }, y = { from: -s.half, to: s.half };
  const workX = axisTables({ box: s.workBox, ...x });
  const workY = axisTables({ box: s.workBox, ...y });
  const workZ = axisTables({ box: s.workBox, ...y, scale: (s.box / s.workBox) ** 3 / s.box });
  return {
    workX: workX.forward,
    workXAdjoint: workX.adjoint,
    workY: workY.forward,
    workYAdjoint: workY.adjoint,
    workZ: workZ.forward,
    workZAdjoint: workZ.adjoint,
    imageX: axisTables({ box: s.box, ...x }).forward,
    imageY: axisTables({ box: s.box, ...y, scale: 1 / s.box }).forward,
    lattice: latticeTable(problem, s),
    shells: shellTable(problem, s),
  };
}

/** Tables of a comparison with all points. */
function scoreTables(level: Comparable, s: Sizes) {
  const { terms, factors } = sortingTable(s.symmetry, s.coefficients);
  return {
    k: Float32Array.from(level.band.k),
    sortTerms: terms,
    sortFactors: factors,
    turns: turnTable(level, s),
    planeLog: planeLog(level, s),
    columnLog: columnLog(level, s),
  };
}

/** Tables that take a gradient's rows back to coefficients. */
function gradientTables(s: Sizes) {
  const { terms, factors } = unsortingTable(s.symmetry, s.coefficients);
  return {
    unsortTerms: terms,
    unsortFactors: factors,
    partialSources: partialRows(s.symmetry, s.partialRows),
  };
}

/** The sizes as kernels/sizes.wgsl has them. */
function encodeSizes(s: Sizes): Uint32Array {
  // deno-fmt-ignore
  return Uint32Array.of(
    s.coefficients, s.planes, s.lanes, s.tiles, s.angles, s.shifts, s.columns, s.pitch,
    s.rows, s.partialRows, s.groups, s.chunk, s.half, s.height, s.width, s.reach,
    s.copies, s.workBox, s.shells, 0,
  );
}

/** Uniforms of a comparison with all points. */
function scoreUniforms(s: Sizes) {
  return {
    sizes: encodeSizes(s),
    slicesWidth: Uint32Array.of(s.lanes / 4, 0, 0, 0),
    columnsWidth: Uint32Array.of(s.pitch / 4, 0, 0, 0),
    forward: forwardProduct(s),
  };
}

/** What a session has of its own level, and of each level before; what is not there is shared. */
function contentsOf(problem: Problem, { own, cascade }: Levels, largest: number) {
  const shared = sharedTables(problem, own), window = windowPolynomial();
  if (!cascade) {
    const contents: Contents = {
      bytes: bufferBytes(own, largest),
      tables: { ...shared, ...scoreTables(problem, own), ...gradientTables(own) },
      uniforms: { ...scoreUniforms(own), window, backward: backwardProduct(own) },
    };
    return { own: contents, before: [] };
  }
  const { first, refined } = cascade, { workBox } = problem;
  const levels = refined.map((s, place): Contents => {
    const { tables, uniforms } = refinedTables(s, place);
    return { bytes: levelBytes(s), tables, uniforms: { ...uniforms, sizes: encodeSizes(s) } };
  });
  const last = levels.pop()!;
  const contents: Contents = {
    bytes: {
      ...sharedBytes(own, largest),
      ...gradientBytes(own),
      ...refinedBytes(refined, largest),
      ...last.bytes,
    },
    tables: { ...shared, ...last.tables },
    uniforms: { ...last.uniforms, window },
  };
  const before: Contents[] = [{
    bytes: { ...levelBytes(first), ...scoreBytes(first) },
    tables: scoreTables({ ...problem.coarse![0], workBox }, first),
    uniforms: scoreUniforms(first),
  }, ...levels];
  return { own: contents, before };
}

/** Name of anything that a kernel can be bound to. */
export type MemoryName =
  | BufferName
  | keyof ReturnType<typeof refinedBytes>
  | keyof ReturnType<typeof sharedTables>
  | keyof ReturnType<typeof scoreTables>
  | keyof ReturnType<typeof gradientTables>
  | keyof ReturnType<typeof refinedTables>["tables"]
  | keyof ReturnType<typeof scoreUniforms>
  | "window"
  | "backward"
  | "level";

/** Buffers by name. */
export type Buffers = Readonly<Record<MemoryName, GPUBuffer>>;

/** The buffers of a session. */
export interface Memory {
  /** Of the problem's own level. */
  readonly at: Buffers;
  /** The same as seen by each level before, coarsest first: with buffers of its own. */
  readonly before: readonly Buffers[];
  /** Frees them. */
  release(): void;
}

/** Makes the buffers of a session and writes its tables. */
export async function createMemory(
  device: Device,
  problem: Problem,
  levels: Levels,
  largestBatch: number,
): Promise<Memory> {
  const held: GPUBuffer[] = [];
  const release = () => {
    for (const buffer of held) device.release(buffer);
  };
  const make = async (label: string, bytes: number, usage: number) => {
    const buffer = await device.buffer({ label, bytes, usage: usage | GPUBufferUsage.COPY_DST });
    held.push(buffer);
    return buffer;
  };
  const fill = async ({ bytes, tables, uniforms }: Contents): Promise<Partial<Buffers>> => {
    const at: Record<string, GPUBuffer> = {}, { STORAGE, UNIFORM, COPY_SRC } = GPUBufferUsage;
    for (const [label, size] of Object.entries(bytes)) {
      at[label] = await make(label, size, STORAGE | COPY_SRC);
    }
    for (const [all, usage] of [[tables, STORAGE], [uniforms, UNIFORM]] as const) {
      for (const [label, values] of Object.entries(all)) {
        at[label] = await make(label, values.byteLength, usage);
        const source = values as TypedArray & ArrayBufferView<ArrayBuffer>;
        device.gpu.queue.writeBuffer(at[label], 0, source);
      }
    }
    return at;
  };
  try {
    const { own, before } = contentsOf(problem, levels, largestBatch);
    const at = await fill(own) as Buffers, coarse: Buffers[] = [];
    for (const level of before) coarse.push({ ...at, ...await fill(level) });
    return { at, before: coarse, release };
  } catch (error) {
    release();
    throw error;
  }
}
