import type { Problem } from "../backend.ts";
import { createLatticeSymmetry } from "../lattice.ts";
import { bandShells, createNoise } from "../noise.ts";
import { type Layout, ROW_TILE } from "./layout.ts";
import { axisTransform, WIDTH, windowPolynomials } from "./window.ts";

/**
 * Writes the tables of a session into its memory. Only the noise ever changes: |k| is the same all over an
 * orbit of the lattice's symmetries, so that sorting can weigh images by 1 / sigma^2.
 *
 * @returns sets 1 / sigma^2 of each coefficient, [n]
 */
export function fillTables(
  { band, quadrature }: Problem,
  { sizes: s, at }: Layout,
  memory: WebAssembly.Memory,
): (inverse: ArrayLike<number>) => void {
  const put = (to: number, values: ArrayLike<number>) =>
    new Float32Array(memory.buffer, to, values.length).set(values);
  put(at.polynomials, windowPolynomials());
  put(at.k, Float32Array.from(band.k));
  put(at.kx, Float32Array.from({ length: band.count }, (_, i) => band.k[2 * i]));
  put(at.ky, Float32Array.from({ length: band.count }, (_, i) => band.k[2 * i + 1]));

  new Int32Array(memory.buffer, at.shellOf, band.count).set(bandShells(band));

  const symmetry = createLatticeSymmetry(band, ROW_TILE);
  const bytes = (to: number, buffer: ArrayBuffer) =>
    new Uint8Array(memory.buffer, to, buffer.byteLength).set(new Uint8Array(buffer));
  bytes(at.planeTable, symmetry.table(s.coefficients));
  const setInverse = (inverse: ArrayLike<number>) =>
    bytes(at.imageTable, symmetry.table(s.paddedCoefficients, inverse));
  setInverse(createNoise(band).inverse);

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
  return setInverse;
}
