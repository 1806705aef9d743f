import type { Problem } from "../lib/backend.ts";
import type { Band } from "../lib/band.ts";
import { createLatticeSymmetry, type LatticeSymmetry } from "../lib/lattice.ts";
import { shellCount } from "../lib/noise.ts";
import type { Limits } from "./limits.ts";

/** Sizes of everything a session computes with; see kernels/sizes.wgsl. */
export interface Sizes {
  /** N and M. */
  readonly box: number;
  readonly workBox: number;
  /** n, coefficients of a slice. */
  readonly coefficients: number;
  /** Shells round(|k|) of the band, the empty one at 0 counted. */
  readonly shells: number;
  /** J/2, pairs of directions; lanes: padded to tiles of 64. */
  readonly planes: number;
  readonly lanes: number;
  readonly tiles: number;
  /** I/4, S and their product, the columns of an image. */
  readonly angles: number;
  readonly shifts: number;
  readonly columns: number;
  /** Columns of a chunk, padded to tiles of 64. */
  readonly pitch: number;
  /** How coefficients are sorted. */
  readonly symmetry: LatticeSymmetry;
  /** K, rows of the sorted coefficients. */
  readonly rows: number;
  /** Rows of a tile of the gradient, and rows of a partial sum of one product, whole tiles. */
  readonly gradientTile: number;
  readonly partialRows: number;
  /** G, partial sums of the gradient. */
  readonly groups: number;
  /** Images at a time. */
  readonly chunk: number;
  /** The oversampled grid: gy, gz = -half..half, gx = -3..half; width and height count them. */
  readonly half: number;
  readonly height: number;
  readonly width: number;
  /** Largest |kx|, |ky|. */
  readonly reach: number;
  /** Copies of the grid that slices are spread over. */
  readonly copies: number;
  /** Complex numbers of an image's oversampled transform. */
  readonly patch: number;
  /** Images of a page of the store: what one binding holds. */
  readonly page: number;
  /** Images prepared at a time. */
  readonly staged: number;
}

/** Taps to either side: half the window's width. */
export const TAPS = 3;
/** Planes, and columns of images, of a tile of the products. */
export const TILE = 64;
/** Edge of a block of the grid that a workgroup spreads slices to. */
export const BLOCK = 8;
/** Rows that one workgroup step of a product takes; groups of rows are padded to it. */
const ROW_STEP = 8;
/** Bytes of the scores of a chunk of images; larger ones gain nothing, smaller ones fit any binding. */
const SCORE_BYTES = 64 * 2 ** 20;
/** Workgroups that a sum is shared among at least, where there is enough to share: a large GPU's. */
const WORKGROUPS = 1024;
/** Most partial sums, and copies of the grid. */
const MOST_GROUPS = 16;

const up = (n: number, to: number) => Math.ceil(n / to) * to;

/** A band with its quadrature, on a work grid: a problem, or a level of one. */
export type Comparable = Pick<Problem, "band" | "workBox" | "quadrature">;

/**
 * The sizes that do not depend on how many images are compared at a time.
 *
 * @param grid the finest band whose coefficients are read off the same oversampled grids
 * @throws {RangeError} if an image's transform is more than a binding holds.
 */
export function levelSizes(
  { band, workBox, quadrature }: Comparable,
  limits: Limits,
  grid: Band,
): Omit<Sizes, "chunk" | "pitch"> {
  const symmetry = createLatticeSymmetry(band, ROW_STEP);
  const planes = quadrature.directions.count / 2, lanes = up(planes, TILE), tiles = lanes / TILE;
  const angles = quadrature.angles.length / 4, shifts = quadrature.shifts.count;
  const half = Math.ceil(2 * grid.radius + TAPS), height = 2 * half + 1, width = half + 1 + TAPS;
  const patch = height * width, binding = limits.maxStorageBufferBindingSize;
  requireBinding(8 * patch, binding);
  const blocks = Math.ceil(width / BLOCK) * Math.ceil(height / BLOCK) ** 2;
  const most = Math.max(...symmetry.groups), gradientTiles = Math.ceil(most / TILE);
  const gradientTile = up(Math.ceil(most / gradientTiles), ROW_STEP);
  const workgroups = 8 * gradientTiles * tiles;
  return {
    box: band.boxSize,
    workBox,
    coefficients: band.count,
    shells: shellCount(band),
    planes,
    lanes,
    tiles,
    angles,
    shifts,
    columns: angles * shifts,
    symmetry,
    rows: symmetry.rows,
    gradientTile,
    partialRows: gradientTiles * gradientTile,
    groups: Math.min(MOST_GROUPS, Math.ceil(WORKGROUPS / workgroups)),
    half,
    height,
    width,
    reach: Math.ceil(band.radius),
    copies: Math.min(MOST_GROUPS, Math.ceil(WORKGROUPS / blocks), planes),
    patch,
    page: Math.floor(Math.min(binding, limits.maxBufferSize) / (8 * patch)),
    staged: Math.max(1, Math.min(64, Math.floor(2 ** 22 / (4 * band.boxSize ** 2)))),
  };
}

function requireBinding(bytes: number, binding: number): void {
  if (bytes <= binding) return;
  throw new RangeError(
    `Cannot open the problem: an image takes ${bytes} bytes, wanted at most ${binding} a binding`,
  );
}

/**
 * The sizes of a problem, or of a cascade's first level; sums keep their order for given sizes.
 *
 * @param largest images of a minibatch, at most; a chunk has no more
 * @param grid see levelSizes(); the problem's own band unless given
 * @throws {RangeError} if an image's scores or transform are more than a binding holds.
 */
export function sizesOf(
  problem: Comparable,
  limits: Limits,
  largest: number,
  grid: Band = problem.band,
): Sizes {
  const s = levelSizes(problem, limits, grid), { lanes, columns } = s;
  const binding = limits.maxStorageBufferBindingSize, budget = Math.min(binding, SCORE_BYTES);
  const bytes = (count: number) => 4 * 8 * lanes * up(count * columns, TILE);
  requireBinding(bytes(1), binding);
  let chunk = Math.max(1, Math.min(largest, Math.floor(budget / (4 * 8 * lanes * columns))));
  while (chunk > 1 && bytes(chunk) > budget) chunk--;
  return withChunk(s, chunk);
}

/** The sizes with so many images at a time. */
export function withChunk(s: Omit<Sizes, "chunk" | "pitch">, chunk: number): Sizes {
  return { ...s, chunk, pitch: up(chunk * s.columns, TILE) };
}

/** Bytes of what the levels of a session share. */
export function sharedBytes(s: Sizes, largest: number) {
  const grid = 8 * s.height * s.height * s.width;
  const lines = (box: number, across: number) => 8 * box * across;
  return {
    voxels: 4 * s.workBox ** 3,
    diagonal: 4 * s.workBox ** 3,
    xLines: lines(s.workBox ** 2, s.width),
    yLines: lines(s.workBox, s.width * s.height),
    grid,
    copies: s.copies * grid,
    powers: 4 * s.chunk,
    inverse: 4 * s.shells,
    places: 8 * largest,
    outliers: 4 * largest,
    evidence: 16 * largest,
    pixels: 4 * s.staged * s.box ** 2,
    imageLines: 8 * s.staged * s.box * s.width,
  };
}

/** Bytes of the slices of a level and of what they are compared with. */
export function levelBytes(s: Sizes) {
  return {
    frames: 2 * 16 * s.lanes,
    slices: 8 * s.planes * s.coefficients,
    sliceRows: 4 * 3 * s.coefficients * s.lanes,
    columnRows: 4 * 3 * s.coefficients * s.pitch,
    noise: 4 * s.coefficients,
  };
}

/** Bytes of what is made of slices, at the last level. */
export function gradientBytes(s: Sizes) {
  const slices = 8 * s.planes * s.coefficients;
  return { gradient: slices, weight: slices, weighed: slices, given: slices };
}

/** Bytes of a comparison with all points. */
export function scoreBytes(s: Sizes) {
  return {
    sliceParts: 4 * s.rows * s.lanes,
    columnParts: 4 * s.rows * s.pitch,
    products: 4 * 8 * s.pitch * s.lanes,
    shares: 8 * s.chunk * s.tiles,
    kept: 4 * s.tiles * (s.chunk + 1),
  };
}

/** Bytes of each buffer of a session that sums over all points. */
export function bufferBytes(s: Sizes, largest: number) {
  return {
    ...sharedBytes(s, largest),
    ...levelBytes(s),
    ...gradientBytes(s),
    ...scoreBytes(s),
    // a tile may read beyond the last row's end
    columnPartsTransposed: 4 * (s.rows * s.pitch + s.gradientTile),
    partial: 4 * s.groups * 8 * s.partialRows * s.lanes,
    gradientParts: 4 * s.rows * s.lanes,
    best: 8 * largest * s.tiles,
  };
}

/** Name of a buffer of a session. */
export type BufferName = keyof ReturnType<typeof bufferBytes>;
