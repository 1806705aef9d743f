import type { Problem } from "../backend.ts";
import { createLatticeSymmetry, type LatticeSymmetry } from "../lattice.ts";
import { shellCount } from "../noise.ts";
import { WIDTH } from "./window.ts";

/** Sizes of everything one session computes with; all in elements unless said otherwise. */
export interface Sizes {
  /** N, M and M rounded up to eight. */
  readonly box: number;
  readonly workBox: number;
  readonly paddedWorkBox: number;
  /** n, and n rounded up to four. */
  readonly coefficients: number;
  readonly paddedCoefficients: number;
  /** Shells round(|k|) of the band, the empty one at 0 counted. */
  readonly shells: number;
  /** Oversampled grid: frequencies -half..half along y and z (height of them), -3..half along x. */
  readonly half: number;
  readonly height: number;
  /** Floats a grid row takes. */
  readonly pitch: number;
  /** Antipodal pairs of directions, and panels of eight of them. */
  readonly planes: number;
  readonly panels: number;
  /** K, rows of a panel and of a column; by symmetry group. */
  readonly rows: number;
  readonly groups: LatticeSymmetry["groups"];
  /** A quarter of the in-plane angles, shifts, and columns of one image: their product. */
  readonly quarterAngles: number;
  readonly shifts: number;
  readonly columns: number;
  /** Images worked on together, and the tiles of six columns that hold theirs. */
  readonly chunk: number;
  readonly tiles: number;
  /** Copies of the grid that slices are spread into, each by its own share of the panels. */
  readonly copies: number;
  /** Floats one image's patch takes. */
  readonly patch: number;
  /** Images transformed together when they are loaded. */
  readonly staged: number;
  readonly threads: number;
}

/** Where everything lies in the shared memory: byte offsets. */
export interface Layout {
  readonly sizes: Sizes;
  readonly at: Readonly<Record<Region, number>>;
  /** Bytes in all, without images. */
  readonly bytes: number;
}

/** Bytes that a chunk's columns may take: they are read once a panel and should stay in cache. */
const COLUMN_BYTES = 512 * 1024;
/** Rows that kernels take at a time, so that groups of them are padded; as in assembly/product.ts. */
export const ROW_TILE = 6;
/** Most images of a minibatch; a larger one is refused. */
export const LARGEST_BATCH = 4096;
/** Bytes at the start of the memory that belong to the kernels themselves: their constants. */
const FIRST_BYTE = 4096;
/** Int32 words of the control block. */
export const CONTROL_WORDS = 64;

const up = (n: number, to: number) => Math.ceil(n / to) * to;

/** The sizes that follow from a problem. */
export function sizesOf(
  problem: Problem,
  threads: number,
  symmetry = createLatticeSymmetry(problem.band, ROW_TILE),
): Sizes {
  const { band, workBox, quadrature } = problem;
  const half = Math.ceil(2 * band.radius + WIDTH / 2);
  const pitch = 2 * up(half + 1 + WIDTH / 2, 4), height = 2 * half + 1;
  const planes = quadrature.directions.count / 2, panels = Math.ceil(planes / 8);
  const quarterAngles = quadrature.angles.length / 4, shifts = quadrature.shifts.count;
  const columns = quarterAngles * shifts;
  const chunk = Math.max(1, Math.floor(COLUMN_BYTES / (4 * symmetry.rows * columns)));
  return {
    box: band.boxSize,
    workBox,
    paddedWorkBox: up(workBox, 8),
    coefficients: band.count,
    paddedCoefficients: up(band.count, 4),
    shells: shellCount(band),
    half,
    height,
    pitch,
    planes,
    panels,
    rows: symmetry.rows,
    groups: symmetry.groups,
    quarterAngles,
    shifts,
    columns,
    chunk,
    tiles: Math.ceil(chunk * columns / 6),
    copies: Math.min(8, panels),
    patch: height * pitch,
    staged: Math.max(threads, Math.min(64, Math.floor(2 ** 22 / (4 * band.boxSize ** 2)))),
    threads,
  };
}

/** Bytes of each region, in the order they lie in. */
function regions(s: Sizes) {
  const grid = 4 * s.height * s.height * s.pitch;
  return {
    control: 4 * CONTROL_WORDS,
    // per thread: the window's weights, then six columns of coefficients
    scratch: s.threads * up(128 + 4 * 6 * s.paddedCoefficients, 64),
    // per thread: an image's half-transformed lines, T and iT
    lines: s.threads * 4 * 2 * s.box * s.pitch,
    polynomials: 4 * 8 * 10,
    k: 4 * 2 * s.coefficients,
    kx: 4 * s.paddedCoefficients,
    ky: 4 * s.paddedCoefficients,
    shellOf: 4 * s.coefficients,
    planeTable: 32 * s.rows,
    imageTable: 32 * s.rows,
    angles: 4 * 2 * s.quarterAngles,
    shifts: 4 * 2 * s.shifts,
    columnLog: 4 * s.columns,
    directionLog: 4 * 8 * s.panels,
    frames: 4 * 6 * 8 * s.panels,
    workX: 4 * s.workBox * s.pitch,
    workXT: 4 * s.pitch * s.paddedWorkBox,
    workY: 4 * s.height * 2 * s.workBox,
    workYT: 4 * s.height * 2 * s.workBox,
    workZ: 4 * s.height * 2 * s.workBox,
    workZT: 4 * s.height * 2 * s.workBox,
    imageX: 4 * s.box * s.pitch,
    imageY: 4 * s.height * 2 * s.box,
    voxels: 4 * s.workBox * s.workBox * s.paddedWorkBox,
    xLines: 4 * s.workBox * 2 * s.workBox * s.pitch,
    yLines: 4 * 2 * s.workBox * s.height * s.pitch,
    grid,
    copies: s.copies * grid,
    coefficients: s.panels * 3 * s.coefficients * 32,
    operands: s.panels * s.rows * 32,
    products: s.panels * s.rows * 32,
    sums: s.panels * 3 * s.coefficients * 32,
    gradient: s.panels * 2 * s.coefficients * 32,
    weight: s.panels * 2 * s.coefficients * 32,
    weighed: s.panels * 2 * s.coefficients * 32,
    given: s.panels * 2 * s.coefficients * 32,
    tiles: s.tiles * s.rows * 24,
    transposed: s.tiles * s.rows * 24,
    scores: s.panels * 8 * s.tiles * 192,
    panelMax: 4 * s.panels * s.chunk,
    panelSum: 4 * s.panels * s.chunk,
    which: 4 * LARGEST_BATCH,
    outlier: 8 * LARGEST_BATCH,
    logLikelihood: 8 * LARGEST_BATCH,
    best: 4 * 3 * LARGEST_BATCH,
    pixels: 4 * s.staged * s.box * s.box,
    power: 8 * s.staged * s.shells,
  };
}

type Region = keyof ReturnType<typeof regions>;

/** Lays the regions out, each on a cache line. */
export function layoutOf(sizes: Sizes): Layout {
  const at: Partial<Record<Region, number>> = {};
  let bytes = FIRST_BYTE;
  for (const [name, size] of Object.entries(regions(sizes)) as [Region, number][]) {
    at[name] = bytes;
    bytes = up(bytes + size, 64);
  }
  return { sizes, at: at as Record<Region, number>, bytes };
}
