/**
 * The kernels one by one, on one thread: where the time of a minibatch goes.
 *
 * `deno bench --allow-read bench/kernels_bench.ts`. Each figure is for one image against all directions,
 * or, for slices and their adjoint, for one density.
 *
 * @module
 */
import type { Problem } from "../lib/backend.ts";
import { createBand, workBoxOf } from "../lib/band.ts";
import { compileKernels, instantiateKernels } from "../lib/cpu/kernels.ts";
import { layoutOf, sizesOf } from "../lib/cpu/layout.ts";
import { fillTables } from "../lib/cpu/tables.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";

for (const radius of [6.4, 10.24]) {
  const band = createBand(128, radius), quadrature = createQuadrature(band);
  const problem: Problem = { band, pixelSize: 2.8, workBox: workBoxOf(band), quadrature };
  const s = sizesOf(problem, 1), layout = layoutOf(s), { at } = layout;
  const patch = layout.bytes, parameters = patch + 4 * s.patch; // one image behind the layout
  const memory = new WebAssembly.Memory({
    initial: Math.ceil((parameters + 32) / 65536),
    maximum: 65536,
    shared: true,
  });
  fillTables(problem, layout, memory);
  const w = instantiateKernels(compileKernels().module, memory);
  w.setScratch(at.scratch);
  const random = createRandom(0, "kernels");
  const fill = (from: number, count: number, height: number) => {
    const values = new Float32Array(memory.buffer, from, count);
    for (let i = 0; i < count; i++) values[i] = height * random.normal();
  };
  fill(patch, s.patch, 1);
  fill(at.operands, 8 * s.rows * s.panels, 0.01);
  fill(at.gradient, 16 * s.coefficients * s.panels, 1);
  const frames = new Float32Array(memory.buffer, at.frames, 48 * s.panels);
  for (let j = 0; j < s.planes; j++) { // first two columns, in units of the oversampled grid
    const r = quadrature.directions.frames.subarray(9 * j, 9 * j + 9);
    frames.set([r[0], r[3], r[6], r[1], r[4], r[7]].map((v) => 2 * v), 6 * j);
  }

  const n = s.coefficients, tiles = Math.ceil(s.columns / 6), plane = 192 * tiles;
  const stride = 144 * s.tiles, [a, b, c, d, e] = s.groups;
  const panels = (work: (p: number, scores: number) => void) => () => {
    for (let p = 0; p < s.panels; p++) work(p, at.scores + 8 * plane * p);
  };
  const bench = (name: string, work: () => void) =>
    Deno.bench(`${name}, r = ${radius}`, { group: `r = ${radius}` }, work);

  // deno-fmt-ignore
  bench("turn, CTF, sort", () => w.turnImage(at.tiles, 0, s.rows, at.imageTable, patch, s.pitch, s.half, at.polynomials, at.kx, at.ky, n, s.paddedCoefficients, parameters, at.angles, s.quarterAngles, at.shifts, s.shifts));
  // deno-fmt-ignore
  bench("products", panels((p, scores) => w.multiplyPanel(at.operands + 32 * s.rows * p, at.tiles, tiles, s.rows, a, b, c, d, e, scores)));
  // deno-fmt-ignore
  bench("scores from products", panels((p, scores) => w.scoreImage(scores, plane, 0, s.columns, 1, at.directionLog + 32 * p, at.columnLog)));
  // deno-fmt-ignore
  bench("exp and weights", panels((_, scores) => w.weighImage(scores, plane, 0, s.columns, 0, true)));
  // deno-fmt-ignore
  bench("gradient, dense posterior", panels((p, scores) => w.accumulateImages(at.products + 32 * s.rows * p, scores, plane, at.transposed, stride, 0, s.columns, a, b, c, d, e)));
  // deno-fmt-ignore
  bench("slices", panels((p) => w.slicePanel(at.coefficients + 96 * n * p, at.frames + 192 * p, at.k, n, at.grid, s.pitch, s.height, s.half, at.polynomials)));
  // deno-fmt-ignore
  bench("slices' adjoint", panels((p) => w.unslicePanel(at.gradient + 64 * n * p, at.frames + 192 * p, at.k, n, at.grid, s.pitch, s.height, s.half, at.polynomials)));
}
