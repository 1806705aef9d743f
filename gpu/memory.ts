import type { Problem } from "../lib/backend.ts";
import type { Device } from "./device.ts";
import { backwardProduct, forwardProduct } from "./product.ts";
import { bufferBytes, type BufferName, type Sizes, TAPS } from "./sizes.ts";
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

/** What a session never changes, by name. */
function tablesOf(problem: Problem, s: Sizes) {
  const { band } = problem, n = band.count;
  const sorting = sortingTable(s.symmetry, n), unsorting = unsortingTable(s.symmetry, n);
  const x = { from: -TAPS, to: s.half }, y = { from: -s.half, to: s.half };
  const workX = axisTables({ box: s.workBox, ...x });
  const workY = axisTables({ box: s.workBox, ...y });
  const workZ = axisTables({ box: s.workBox, ...y, scale: (s.box / s.workBox) ** 3 / s.box });
  return {
    k: Float32Array.from(band.k),
    workX: workX.forward,
    workXAdjoint: workX.adjoint,
    workY: workY.forward,
    workYAdjoint: workY.adjoint,
    workZ: workZ.forward,
    workZAdjoint: workZ.adjoint,
    imageX: axisTables({ box: s.box, ...x }).forward,
    imageY: axisTables({ box: s.box, ...y, scale: 1 / s.box }).forward,
    lattice: latticeTable(problem, s),
    sortTerms: sorting.terms,
    sortFactors: sorting.factors,
    unsortTerms: unsorting.terms,
    unsortFactors: unsorting.factors,
    turns: turnTable(problem, s),
    planeLog: planeLog(problem, s),
    columnLog: columnLog(problem, s),
    shells: shellTable(problem, s),
    partialSources: partialRows(s.symmetry, s.partialRows),
  };
}

/** The uniform buffers of a session, by name. */
function uniformsOf(s: Sizes) {
  return {
    // deno-fmt-ignore
    sizes: Uint32Array.of(
      s.coefficients, s.planes, s.lanes, s.tiles, s.angles, s.shifts, s.columns, s.pitch,
      s.rows, s.partialRows, s.groups, s.chunk, s.half, s.height, s.width, s.reach,
      s.copies, s.workBox, s.shells, 0,
    ),
    window: windowPolynomial(),
    slicesWidth: Uint32Array.of(s.lanes / 4, 0, 0, 0),
    columnsWidth: Uint32Array.of(s.pitch / 4, 0, 0, 0),
    forward: forwardProduct(s),
    backward: backwardProduct(s),
  };
}

/** Name of anything that a kernel can be bound to. */
export type MemoryName =
  | BufferName
  | keyof ReturnType<typeof tablesOf>
  | keyof ReturnType<typeof uniformsOf>;

/** The buffers of a session. */
export interface Memory {
  readonly at: Readonly<Record<MemoryName, GPUBuffer>>;
  /** Frees them. */
  release(): void;
}

/** Makes the buffers of a session and writes its tables. */
export async function createMemory(
  device: Device,
  problem: Problem,
  s: Sizes,
  largestBatch: number,
): Promise<Memory> {
  const at: Partial<Record<MemoryName, GPUBuffer>> = {};
  const release = () => {
    for (const buffer of Object.values(at)) device.release(buffer);
  };
  const put = async (label: MemoryName, values: TypedArray, usage: number) => {
    const { byteLength: bytes } = values;
    at[label] = await device.buffer({ label, bytes, usage: usage | GPUBufferUsage.COPY_DST });
    device.gpu.queue.writeBuffer(at[label], 0, values as TypedArray & ArrayBufferView<ArrayBuffer>);
  };
  try {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const all = Object.entries(bufferBytes(s, largestBatch)) as [BufferName, number][];
    for (const [label, bytes] of all) at[label] = await device.buffer({ label, bytes, usage });
    for (const [label, values] of Object.entries(tablesOf(problem, s))) {
      await put(label as MemoryName, values, GPUBufferUsage.STORAGE);
    }
    for (const [label, values] of Object.entries(uniformsOf(s))) {
      await put(label as MemoryName, values, GPUBufferUsage.UNIFORM);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { at: at as Record<MemoryName, GPUBuffer>, release };
}
