import { PLAIN, RELAXED } from "./kernels_wasm.ts";

/** A pointer into the shared memory. */
type Pointer = number;

/** The compiled kernels; each is described where it is written, in assembly/. */
export interface Kernels {
  setScratch(pointer: Pointer): void;
  // deno-fmt-ignore
  product(a: Pointer, lda: number, b: Pointer, ldb: number, c: Pointer, ldc: number, m: number, k: number, n: number): void;
  multiplyByI(source: Pointer, target: Pointer, count: number): void;
  foldI(source: Pointer, mate: Pointer, target: Pointer, count: number): void;
  // deno-fmt-ignore
  slicePanel(panel: Pointer, frames: Pointer, k: Pointer, n: number, grid: Pointer, pitch: number, height: number, half: number, polynomials: Pointer): void;
  // deno-fmt-ignore
  unslicePanel(panel: Pointer, frames: Pointer, k: Pointer, n: number, grid: Pointer, pitch: number, height: number, half: number, polynomials: Pointer): void;
  depositPanel(
    panel: Pointer,
    frames: Pointer,
    k: Pointer,
    n: number,
    values: Pointer,
    m: number,
  ): void;
  // deno-fmt-ignore
  addCopies(target: Pointer, source: Pointer, stride: number, copies: number, count: number): void;
  powerPanel(coefficients: Pointer, n: number, power: Pointer): void;
  sortPanel(coefficients: Pointer, table: Pointer, count: number, rows: Pointer): void;
  unsortPanel(rows: Pointer, table: Pointer, count: number, coefficients: Pointer): void;
  // deno-fmt-ignore
  closePanel(g: Pointer, gPower: Pointer, coefficients: Pointer, n: number, scale: number, gradient: Pointer, weight: Pointer): void;
  multiply(a: Pointer, b: Pointer, target: Pointer, count: number): void;
  // deno-fmt-ignore
  shellPower(patch: Pointer, pitch: number, half: number, polynomials: Pointer, kx: Pointer, ky: Pointer, shells: Pointer, n: number, padded: number, power: Pointer): void;
  // deno-fmt-ignore
  turnImage(tiles: Pointer, firstColumn: number, rows: number, table: Pointer, patch: Pointer, pitch: number, half: number, polynomials: Pointer, kx: Pointer, ky: Pointer, n: number, padded: number, parameters: Pointer, angles: Pointer, angleCount: number, shifts: Pointer, shiftCount: number): void;
  // deno-fmt-ignore
  multiplyPanel(panel: Pointer, tiles: Pointer, tileCount: number, rows: number, rowsA: number, rowsB: number, rowsC: number, rowsD: number, rowsE: number, scores: Pointer): void;
  // deno-fmt-ignore
  scoreImage(scores: Pointer, plane: number, first: number, count: number, inverseTemperature: number, directionLog: Pointer, columnLog: Pointer): number;
  // deno-fmt-ignore
  weighImage(scores: Pointer, plane: number, first: number, count: number, max: number, weights: boolean): number;
  // deno-fmt-ignore
  findScore(scores: Pointer, plane: number, first: number, count: number, value: number): number;
  // deno-fmt-ignore
  transposeColumns(tiles: Pointer, rows: number, first: number, count: number, factor: number, target: Pointer, stride: number): void;
  // deno-fmt-ignore
  accumulateImages(gradient: Pointer, scores: Pointer, plane: number, transposed: Pointer, stride: number, first: number, count: number, rowsA: number, rowsB: number, rowsC: number, rowsD: number, rowsE: number): void;
  // deno-fmt-ignore
  selectScores(work: Pointer, scores: Pointer, panelBytes: number, plane: number, first: number, panels: number, panelMax: Pointer, stride: number, planes: number, quarters: number, shifts: number, top: number, tolerance: number, most: number): number;
  // deno-fmt-ignore
  selectPoints(level: Pointer, work: Pointer, top: number, tolerance: number, most: number): number;
  depthToKeep(work: Pointer, tolerance: number, most: number): number;
  unravelPanel(panel: Pointer, n: number, padded: number, rows: Pointer): void;
  markPoints(level: Pointer, work: Pointer, kept: number, depth: number, most: number): number;
  // deno-fmt-ignore
  scorePoints(level: Pointer, work: Pointer, patch: Pointer, parameters: Pointer, inverseTemperature: number): number;
  weighPoints(level: Pointer, work: Pointer, top: number): number;
  // deno-fmt-ignore
  gatherPoints(level: Pointer, work: Pointer, patch: Pointer, parameters: Pointer, scale: number, total: number, least: number, pool: Pointer, planes: Pointer): number;
  release(level: Pointer, work: Pointer): void;
  // deno-fmt-ignore
  addGathered(sums: Pointer, from: number, to: number, n: number, padded: number, pool: Pointer, planes: Pointer, count: number): void;
}

const decode = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/**
 * The compiled kernels and their name.
 *
 * @param relaxed with relaxed SIMD (fused multiply-adds) or without; default if the engine has it
 * @throws {RangeError} if relaxed SIMD is asked for and the engine has none.
 */
export function compileKernels(
  { relaxed }: { relaxed?: boolean } = {},
): { module: WebAssembly.Module; name: string } {
  const binary = decode(RELAXED), able = WebAssembly.validate(binary);
  if (relaxed && !able) {
    throw new RangeError("Cannot use relaxed SIMD: this engine has none, wanted relaxed: false");
  }
  return relaxed ?? able
    ? { module: new WebAssembly.Module(binary), name: "relaxed SIMD" }
    : { module: new WebAssembly.Module(decode(PLAIN)), name: "plain SIMD" };
}

/** Binds the kernels to a memory. */
export function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Kernels {
  const abort = () => {
    throw new Error("a kernel aborted");
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
  return exports as unknown as Kernels;
}
