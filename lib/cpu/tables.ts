import type { Problem } from "../backend.ts";
import { createLatticeSymmetry } from "../lattice.ts";
import { bandShells, createNoise } from "../noise.ts";
import { type Layout, type Level, levelsOf, ROW_TILE } from "./layout.ts";
import { fillRefined } from "./refined_tables.ts";
import { axisTransform, WIDTH, windowPolynomials } from "./window.ts";

/**
 * Writes the tables of a session into its memory. Only the noise ever changes: |k| is the same all over an
 * orbit of the lattice's symmetries, so that sorting can weigh images by 1 / sigma^2.
 *
 * @returns sets sigma^2 by shell; white until then
 */
export function fillTables(
  problem: Problem,
  layout: Layout,
  memory: WebAssembly.Memory,
): (variance?: ArrayLike<number>) => void {
  const { sizes: s, at } = layout;
  const put = (to: number, values: ArrayLike<number>) =>
    new Float32Array(memory.buffer, to, values.length).set(values);
  put(at.polynomials, windowPolynomials());

  const levels = levelsOf(layout), { coarse = [] } = problem;
  [...coarse, problem].forEach((definition, l) => {
    fillLevel(definition, levels[l], memory);
    if (l > 0) fillRefined({ before: coarse[l - 1], definition, level: l }, layout, memory);
  });

  new Int32Array(memory.buffer, at.shellOf, problem.band.count).set(bandShells(problem.band));
  const setNoise = (variance?: ArrayLike<number>) => {
    [...coarse, problem].forEach(({ band }, l) => {
      const { inverse } = createNoise(band, variance), { sizes: own, at: place } = levels[l];
      if (own.refined) return put(place.noise, inverse);
      const table = createLatticeSymmetry(band, ROW_TILE).table(own.paddedCoefficients, inverse);
      new Uint8Array(memory.buffer, place.imageTable, table.byteLength).set(new Uint8Array(table));
    });
  };
  setNoise();

  const from = { x: -WIDTH / 2, y: -s.half }, to = s.half;
  const work = { box: s.workBox, paddedBox: s.paddedWorkBox, pitch: s.pitch, to };
  const scale = (s.box / s.workBox) ** 3 / s.box;
  const x = axisTransform({ ...work, from: from.x });
  const y = axisTransform({ ...work, from: from.y });
  const z = axisTransform({ ...work, from: from.y, scale });
  put(at.workX, x.interleaved);
  put(at.workXT, x.interleavedTransposed);
  put(at.workY, y.split);
  put(at.workYT, y.splitTransposed);
  put(at.workZ, z.split);
  put(at.workZT, z.splitTransposed);
  const image = { box: s.box, paddedBox: s.box, pitch: s.pitch, to };
  put(at.imageX, axisTransform({ ...image, from: from.x }).interleaved);
  put(at.imageY, axisTransform({ ...image, from: from.y, scale: 1 / s.box }).split);
  return setNoise;
}

/** Tables of one level: what it compares, and with which weights. */
function fillLevel(
  { band, quadrature }: Pick<Problem, "band" | "quadrature">,
  { sizes: s, at }: Level,
  memory: WebAssembly.Memory,
): void {
  const put = (to: number, values: ArrayLike<number>) =>
    new Float32Array(memory.buffer, to, values.length).set(values);
  put(at.k, Float32Array.from(band.k));
  put(at.kx, Float32Array.from({ length: band.count }, (_, i) => band.k[2 * i]));
  put(at.ky, Float32Array.from({ length: band.count }, (_, i) => band.k[2 * i + 1]));

  if (!s.refined) {
    const table = createLatticeSymmetry(band, ROW_TILE).table(s.coefficients);
    new Uint8Array(memory.buffer, at.planeTable, table.byteLength).set(new Uint8Array(table));
  }

  const { directions, angles, shifts } = quadrature;
  for (let h = 0; h < s.quarterAngles; h++) {
    put(at.angles + 8 * h, [Math.cos(angles[h]), Math.sin(angles[h])]);
    for (let t = 0; t < s.shifts; t++) {
      put(at.columnLog + 4 * (h * s.shifts + t), [Math.log(shifts.weights[t] / angles.length)]);
    }
  }
  put(at.shifts, shifts.points.map((t) => 2 * Math.PI * t / band.boxSize));
  // lanes beyond the last plane weigh nothing
  put(
    at.directionLog,
    Float32Array.from(
      { length: 8 * s.panels },
      (_, j) => j < s.planes ? Math.log(directions.weights[j]) : -1e30,
    ),
  );
}
