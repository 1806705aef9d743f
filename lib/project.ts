import type { Band } from "./band.ts";
import { multiply, type Rotation } from "./rotation.ts";

/** What a slice is sampled from and at: the definition's operands. */
export interface Sampling {
  /** The frequencies of a slice. */
  readonly band: Band;
  /** M, voxels per edge of the work grid; it spans the same field as the N^3 box. */
  readonly workBox: number;
  /** Image-to-map rotations, [J, 3, 3]. */
  readonly frames: ArrayLike<number>;
  /** Q, a rotation of all frames together: R_j = Q frame_j. */
  readonly grid?: Rotation;
}

/** exp(-2 pi i (kx a + ky b) . x / M) along one axis, for x = -M/2 .. M/2-1: [M] real, [M] imaginary. */
function phases(frequency: number, workBox: number, real: Float64Array, imaginary: Float64Array) {
  for (let x = 0; x < workBox; x++) {
    const angle = -2 * Math.PI * frequency * (x - workBox / 2) / workBox;
    real[x] = Math.cos(angle);
    imaginary[x] = Math.sin(angle);
  }
}

/** Calls `visit(s, scale)` for each coefficient s = j n + i, its phases along x, y, z laid out in `e`. */
function forEachCoefficient(
  { band, workBox, frames, grid }: Sampling,
  e: Float64Array[],
  visit: (s: number) => void,
): void {
  for (let j = 0; j < frames.length / 9; j++) {
    const frame = Array.prototype.slice.call(frames, 9 * j, 9 * j + 9);
    const r = grid ? multiply(grid, frame) : frame;
    for (let i = 0; i < band.count; i++) {
      const kx = band.k[2 * i], ky = band.k[2 * i + 1];
      for (let axis = 0; axis < 3; axis++) {
        const frequency = kx * r[3 * axis] + ky * r[3 * axis + 1];
        phases(frequency, workBox, e[2 * axis], e[2 * axis + 1]);
      }
      visit(j * band.count + i);
    }
  }
}

/**
 * Slices of a density, the definition (Punjani & Brubaker, Eq. 2, by the Fourier slice theorem):
 *
 *     P_j(k) = (1/N) (N/M)^3 sum_x V(x) exp(-2 pi i (kx a_j + ky b_j) . x / M)
 *
 * a_j, b_j being the first two columns of R_j, so that P_j is the unitary transform of the N x N
 * projection of the density.
 *
 * @param voxels V on the work grid, [M, M, M] as [z, y, x]
 * @returns P, [J, n, 2] real and imaginary
 */
export function project(voxels: ArrayLike<number>, sampling: Sampling): Float64Array {
  const { band, workBox: m } = sampling;
  const e = Array.from({ length: 6 }, () => new Float64Array(m));
  const [xr, xi, yr, yi, zr, zi] = e;
  const scale = (band.boxSize / m) ** 3 / band.boxSize;
  const slices = new Float64Array(2 * band.count * sampling.frames.length / 9);
  forEachCoefficient(sampling, e, (s) => {
    let real = 0, imaginary = 0;
    for (let z = 0, at = 0; z < m; z++) {
      let planeReal = 0, planeImaginary = 0;
      for (let y = 0; y < m; y++) {
        let rowReal = 0, rowImaginary = 0;
        for (let x = 0; x < m; x++, at++) {
          rowReal += voxels[at] * xr[x];
          rowImaginary += voxels[at] * xi[x];
        }
        planeReal += rowReal * yr[y] - rowImaginary * yi[y];
        planeImaginary += rowReal * yi[y] + rowImaginary * yr[y];
      }
      real += planeReal * zr[z] - planeImaginary * zi[z];
      imaginary += planeReal * zi[z] + planeImaginary * zr[z];
    }
    slices[2 * s] = scale * real;
    slices[2 * s + 1] = scale * imaginary;
  });
  return slices;
}

/**
 * The adjoint of project(): <P v, u> = <v, P* u> over real and imaginary parts.
 *
 * @param slices u, [J, n, 2]
 * @returns P* u on the work grid, [M, M, M]
 */
export function backproject(slices: ArrayLike<number>, sampling: Sampling): Float64Array {
  const { band, workBox: m } = sampling;
  const e = Array.from({ length: 6 }, () => new Float64Array(m));
  const [xr, xi, yr, yi, zr, zi] = e;
  const scale = (band.boxSize / m) ** 3 / band.boxSize;
  const voxels = new Float64Array(m ** 3);
  forEachCoefficient(sampling, e, (s) => {
    const real = scale * slices[2 * s], imaginary = scale * slices[2 * s + 1];
    for (let z = 0, at = 0; z < m; z++) {
      const planeReal = real * zr[z] + imaginary * zi[z];
      const planeImaginary = imaginary * zr[z] - real * zi[z];
      for (let y = 0; y < m; y++) {
        const rowReal = planeReal * yr[y] + planeImaginary * yi[y];
        const rowImaginary = planeImaginary * yr[y] - planeReal * yi[y];
        for (let x = 0; x < m; x++, at++) voxels[at] += rowReal * xr[x] + rowImaginary * xi[x];
      }
    }
  });
  return voxels;
}
