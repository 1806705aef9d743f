import { createFFT, transform3 } from "../fft.ts";
import { createVolume, type Volume } from "../volume.ts";
import { type Element, scatteringFactor } from "./elements.ts";
import { type AtomicModel, centreOfMass, radiusAbout } from "./model.ts";

/** h^2 / (2 pi m e), V A^2: an atom's potential integrates to this times f(0). */
export const POTENTIAL_PER_FACTOR = 47.87801;

/** Atoms of the average amino acid residue (averagine: Senko, Beu & McLafferty, JASMS 6, 229, 1995). */
const RESIDUE: readonly (readonly [Element, number])[] = [
  ["C", 4.9384],
  ["H", 7.7583],
  ["N", 1.3577],
  ["O", 1.4773],
  ["S", 0.0417],
];

/** Deviation, A along each axis, of the cloud that a residue's atoms are about its alpha carbon. */
const RESIDUE_SPREAD = 1.5;

/** f of what an alpha carbon stands for in a trace, A. */
function residueFactor(k: number): number {
  const sum = RESIDUE.reduce((f, [element, n]) => f + n * scatteringFactor(element, k), 0);
  return sum * Math.exp(-2 * (Math.PI * RESIDUE_SPREAD * k) ** 2);
}

/** Deviation of the Gaussian that atoms are spread with, voxels of the fine grid, and where it is cut. */
const SPREAD = 1.2, CUT = 5;

/** Fourier px over which the low-pass falls, as in lowPass(). */
const EDGE = 2;

/** The least even product of 2, 3 and 5 that is not below a number. */
function smoothSize(least: number): number {
  for (let size = 2 * Math.ceil(least / 2);; size += 2) {
    let rest = size;
    for (const p of [2, 3, 5]) while (rest % p === 0) rest /= p;
    if (rest === 1) return size;
  }
}

/** Where a kind of atom is, spread on a grid whose voxel 0 is the box's centre. */
interface Spreader {
  /** M, edge of the grid. */
  readonly size: number;
  /** Edge of its voxels, A. */
  readonly step: number;
  /** (x, y, z) of voxel 0, A. */
  readonly centre: Float64Array;
}

/** Atoms in an order in which neighbours are near each other: by cubes of 16 A. */
function byPlace(positions: Float64Array, atoms: readonly number[]): number[] {
  const cube = (i: number) => {
    const [x, y, z] = [0, 1, 2].map((axis) => Math.floor(positions[3 * i + axis] / 16));
    return (z * 1024 + y) * 1024 + x;
  };
  const keyed = atoms.map((i) => ({ i, at: cube(i) }));
  return keyed.sort((a, b) => a.at - b.at).map(({ i }) => i);
}

/**
 * Adds atoms to a grid, each a Gaussian of unit sum times its occupancy, of variance SPREAD^2 step^2 +
 * B / (8 pi^2).
 */
function spread(
  grid: Float64Array,
  { size: m, step, centre }: Spreader,
  { positions, bFactors, occupancies }: AtomicModel,
  atoms: readonly number[],
): void {
  for (const i of byPlace(positions, atoms)) { // the grid is larger than the processor's cache
    const s = Math.sqrt(SPREAD ** 2 + bFactors[i] / (8 * Math.PI ** 2 * step ** 2));
    const reach = Math.ceil(CUT * s), width = 2 * reach + 1;
    const weights = [0, 1, 2].map(() => new Float64Array(width));
    const places = [0, 1, 2].map(() => new Int32Array(width));
    for (let axis = 0; axis < 3; axis++) {
      const at = (positions[3 * i + axis] - centre[axis]) / step, nearest = Math.round(at);
      for (let j = 0; j < width; j++) {
        const p = nearest - reach + j;
        weights[axis][j] = Math.exp(-((p - at) ** 2) / (2 * s * s)) / (Math.sqrt(2 * Math.PI) * s);
        places[axis][j] = ((p % m) + m) % m;
      }
    }
    const [wx, wy, wz] = weights, [px, py, pz] = places;
    const least = Math.exp(-CUT * CUT / 2) / (2 * Math.PI * s * s);
    for (let z = 0; z < width; z++) {
      for (let y = 0; y < width; y++) {
        if (wz[z] * wy[y] < least) continue;
        const w = occupancies[i] * wz[z] * wy[y], row = (pz[z] * m + py[y]) * m;
        for (let x = 0; x < width; x++) grid[row + px[x]] += w * wx[x];
      }
    }
  }
}

/** transform3() for frequencies -last to last alone, the others being left as they come. */
function transformBand(
  real: Float64Array,
  imaginary: Float64Array,
  m: number,
  last: number,
): void {
  const fft = createFFT(m), ranges = [[0, last + 1], [m - last, last]];
  for (let row = 0; row < m * m; row++) {
    const from = row * m, to = from + m;
    const re = real.subarray(from, to), im = imaginary.subarray(from, to);
    if (re.some((v) => v !== 0) || im.some((v) => v !== 0)) fft.transform(re, im);
  }
  const columns = { count: 0, lineStride: 1 };
  for (const [kx, count] of ranges) {
    for (let z = 0; z < m; z++) {
      const from = z * m * m + kx;
      fft.transform(real.subarray(from), imaginary.subarray(from), {
        ...columns,
        stride: m,
        count,
      });
    }
    for (const [first, rows] of ranges) {
      for (let ky = first; ky < first + rows; ky++) {
        const from = ky * m + kx;
        const line = { ...columns, stride: m * m, count };
        fft.transform(real.subarray(from), imaginary.subarray(from), line);
      }
    }
  }
}

/** Where the potential goes. */
export interface PotentialOptions {
  /** N, even. */
  readonly boxSize: number;
  /** A. */
  readonly pixelSize: number;
  /** Where the low-pass has half its height, A; by default one Fourier pixel from Nyquist. */
  readonly resolution?: number;
}

/**
 * The electrostatic potential of atoms, V, their centre of mass at the origin:
 *
 *     F(k) = 47.878 V A^2 sum_j n_j f_j(k) exp(-B_j k^2/4) exp(-2 pi i k.(x_j - x0))
 *
 * with the occupancies n and the scattering factors f, low-passed like lowPass(): all for |k| one
 * Fourier pixel short of the resolution, nothing one beyond. No solvent: the surroundings are vacuum. In a trace
 * of alpha carbons each stands for the average residue, as a Gaussian cloud of 1.5 A deviation.
 *
 * Atoms of a kind are spread on a grid with 3 voxels or more to the finest wave, as Gaussians that are
 * divided out of the transform; what that leaves is below 2e-4 of f(0) at the low-pass's end.
 *
 * @throws {RangeError} if the model does not fit into the box under every rotation, or the resolution is finer than the pixels.
 */
export function potentialOfAtoms(
  model: AtomicModel,
  { boxSize: n, pixelSize, resolution }: PotentialOptions,
): Volume {
  const field = n * pixelSize, radius = resolution === undefined ? n / 2 - 1 : field / resolution;
  if (!(radius >= 1 && radius <= n / 2 - 1 + 1e-9)) {
    throw new RangeError(
      `Cannot place atoms: resolution ${resolution} A, wanted ` +
        `${(field / (n / 2 - 1)).toPrecision(4)} to ${field} A in this box`,
    );
  }
  const centre = centreOfMass(model), extent = radiusAbout(model, centre);
  if (!(extent <= field / 2)) {
    throw new RangeError(
      `Cannot place atoms: they reach ${extent.toFixed(1)} A from their centre of mass, wanted ` +
        `at most ${(field / 2).toFixed(1)} A, half the box`,
    );
  }
  const last = Math.min(n / 2 - 1, Math.ceil(radius + EDGE / 2));
  const m = smoothSize(3 * (radius + EDGE / 2)), step = field / m;
  const kinds = new Map<string, number[]>();
  model.elements.forEach((element, i) => {
    const kind = model.isTrace ? "residue" : element;
    const atoms = kinds.get(kind);
    if (atoms) atoms.push(i);
    else kinds.set(kind, [i]);
  });

  // gain(k^2) of each kind at whole k^2: low-pass, scattering factor, the spreading divided out.
  const most = 3 * last * last;
  const gainOf = (kind: string) =>
    Float64Array.from({ length: most + 1 }, (_, square) => {
      const k = Math.sqrt(square), t = (k - radius) / EDGE + 0.5;
      if (t >= 1) return 0;
      const pass = t <= 0 ? 1 : 0.5 * (1 + Math.cos(Math.PI * t));
      const f = model.isTrace
        ? residueFactor(k / field)
        : scatteringFactor(kind as Element, k / field);
      return pass * f * Math.exp(2 * (Math.PI * SPREAD * k / m) ** 2) *
        POTENTIAL_PER_FACTOR / field ** 3;
    });
  const real = new Float64Array(n ** 3), imaginary = new Float64Array(n ** 3);
  const a = new Float64Array(m ** 3), b = new Float64Array(m ** 3);
  const names = [...kinds.keys()];
  for (let pair = 0; pair < names.length; pair += 2) {
    const two = names.slice(pair, pair + 2);
    a.fill(0), b.fill(0);
    two.forEach((kind, i) => spread(i ? b : a, { size: m, step, centre }, model, kinds.get(kind)!));
    transformBand(a, b, m, last);
    const first = gainOf(two[0]),
      second = two.length > 1 ? gainOf(two[1]) : new Float64Array(most + 1);
    for (let z = -last; z <= last; z++) {
      for (let y = -last; y <= last; y++) {
        for (let x = -last; x <= last; x++) {
          const square = x * x + y * y + z * z, g = first[square] / 2, h = second[square] / 2;
          if (g === 0 && h === 0) continue;
          const at = (((z + m) % m) * m + (y + m) % m) * m + (x + m) % m;
          const mate = (((m - z) % m) * m + (m - y) % m) * m + (m - x) % m;
          // Of a + ib: A = (Z(k) + conj Z(-k)) / 2, B = (Z(k) - conj Z(-k)) / 2i.
          const re = g * (a[at] + a[mate]) + h * (b[at] + b[mate]);
          const im = g * (b[at] - b[mate]) - h * (a[at] - a[mate]);
          // The origin goes to voxel N/2 by the phase (-1)^(x + y + z).
          const sign = (x + y + z) % 2 === 0 ? 1 : -1;
          const to = (((z + n) % n) * n + (y + n) % n) * n + (x + n) % n;
          real[to] += sign * re, imaginary[to] += sign * im;
        }
      }
    }
  }
  transform3(real, imaginary, n, 1);
  return createVolume({ boxSize: n, pixelSize, voxels: Float32Array.from(real) });
}
