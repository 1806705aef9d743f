import type { Problem } from "../backend.ts";
import { createLatticeSymmetry, type LatticeSymmetry } from "../lattice.ts";
import { shellCount } from "../noise.ts";
import type { CoarseLevel } from "../quadrature/cascade.ts";
import {
  imagesInPool,
  refinedRegions,
  refinedSizes,
  sharedRefinedRegions,
} from "./refined_layout.ts";
import type { LevelSizes, Sizes } from "./sizes.ts";
import { WIDTH } from "./window.ts";

/** Where everything lies in the shared memory: byte offsets. */
export interface Layout {
  readonly sizes: Sizes;
  readonly at: Readonly<Record<Region, number>>;
  /** Bytes in all, without images. */
  readonly bytes: number;
}

/** Bytes that a chunk's columns may take: they are read once a panel and should stay in cache. */
const COLUMN_BYTES = 512 * 1024;
/** Images refined together, at least. */
const LEAST_REFINED = 16;
/** Rows that kernels take at a time, so that groups of them are padded; as in assembly/product.ts. */
export const ROW_TILE = 6;
/** Most images of a minibatch; a larger one is refused. */
export const LARGEST_BATCH = 4096;
/** Bytes at the start of the memory that belong to the kernels themselves: their constants. */
const FIRST_BYTE = 4096;
/** Int32 words of the control block. */
export const CONTROL_WORDS = 64;

const up = (n: number, to: number) => Math.ceil(n / to) * to;

/** Images whose columns stay in cache, at the level where all points are evaluated. */
function chunkOf({ rows, columns }: Pick<LevelSizes, "rows" | "columns">): number {
  return Math.max(1, Math.floor(COLUMN_BYTES / (4 * rows * columns)));
}

/** Sizes of a level that is evaluated everywhere, or of one refined from the level before. */
function levelSizes(
  { band, quadrature }: Pick<CoarseLevel, "band" | "quadrature">,
  { groups, rows }: Pick<LatticeSymmetry, "groups" | "rows">,
  place: "last" | "other",
  before?: CoarseLevel,
): Omit<LevelSizes, "tiles"> {
  const planes = quadrature.directions.count / 2, panels = Math.ceil(planes / 8);
  const quarterAngles = quadrature.angles.length / 4, shifts = quadrature.shifts.count;
  return {
    coefficients: band.count,
    paddedCoefficients: up(band.count, 4),
    planes,
    panels,
    rows: before ? 0 : rows,
    groups: before ? [0, 0, 0, 0, 0, 0] : groups,
    quarterAngles,
    shifts,
    columns: quarterAngles * shifts,
    ...before && { refined: refinedSizes(before, quadrature, place) },
  };
}

/** The sizes that follow from a problem. */
export function sizesOf(
  problem: Problem,
  threads: number,
  symmetry: Pick<LatticeSymmetry, "groups" | "rows"> = createLatticeSymmetry(
    (problem.coarse?.[0] ?? problem).band,
    ROW_TILE,
  ),
): Sizes {
  const { band, workBox, coarse = [] } = problem;
  const half = Math.ceil(2 * band.radius + WIDTH / 2);
  const pitch = 2 * up(half + 1 + WIDTH / 2, 4), height = 2 * half + 1;
  const own = levelSizes(problem, symmetry, "last", coarse.at(-1));
  const levels = coarse.map((level, l) => levelSizes(level, symmetry, "other", coarse[l - 1]));
  const dense = levels[0] ?? own;
  // refining takes some images much longer than others, so there should be several for each thread
  const chunk = own.refined
    ? Math.min(
      Math.max(chunkOf(dense), LEAST_REFINED, 2 * threads),
      imagesInPool(own.refined, own.paddedCoefficients),
    )
    : chunkOf(dense);
  const tilesOf = (level: typeof own) =>
    level.refined ? 0 : Math.ceil(chunk * level.columns / ROW_TILE);
  return {
    box: band.boxSize,
    workBox,
    paddedWorkBox: up(workBox, 8),
    shells: shellCount(band),
    half,
    height,
    pitch,
    ...own,
    chunk,
    tiles: tilesOf(own),
    copies: Math.min(8, own.panels),
    patch: height * pitch,
    staged: Math.max(threads, Math.min(64, Math.floor(2 ** 22 / (4 * band.boxSize ** 2)))),
    threads,
    coarse: levels.map((level) => ({ ...level, tiles: tilesOf(level) })),
  };
}

/** Bytes of the regions of one level. */
function levelRegions(s: LevelSizes, chunk: number) {
  return {
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
    coefficients: s.panels * 3 * s.coefficients * 32,
    operands: s.panels * s.rows * 32,
    tiles: s.tiles * s.rows * 24,
    scores: s.panels * 8 * s.tiles * 192,
    panelMax: s.refined ? 0 : 4 * s.panels * chunk,
    panelSum: s.refined ? 0 : 4 * s.panels * chunk,
    ...refinedRegions(s),
  };
}

/** Bytes of each region that all levels share, or that belongs to the last alone, in order. */
function regions(s: Sizes) {
  const grid = 4 * s.height * s.height * s.pitch;
  const padded = Math.max(...[s, ...s.coarse].map((level) => level.paddedCoefficients));
  return {
    control: 4 * CONTROL_WORDS,
    // per thread: the window's weights, then six columns of coefficients
    scratch: s.threads * up(128 + 4 * 6 * padded, 64),
    // per thread: an image's half-transformed lines, T and iT
    lines: s.threads * 4 * 2 * s.box * s.pitch,
    polynomials: 4 * 8 * 10,
    ...levelRegions(s, s.chunk),
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
    // what has been seen of each coefficient: the sum, then its copies
    seen: (1 + s.copies) * 4 * s.workBox ** 3,
    products: s.panels * s.rows * 32,
    sums: s.panels * 3 * s.coefficients * 32,
    gradient: s.panels * 2 * s.coefficients * 32,
    weight: s.panels * 2 * s.coefficients * 32,
    weighed: s.panels * 2 * s.coefficients * 32,
    given: s.panels * 2 * s.coefficients * 32,
    transposed: s.tiles * s.rows * 24,
    which: 4 * LARGEST_BATCH,
    outlier: 8 * LARGEST_BATCH,
    logLikelihood: 8 * LARGEST_BATCH,
    best: 4 * 4 * LARGEST_BATCH,
    dropped: 8 * LARGEST_BATCH,
    points: 8 * LARGEST_BATCH,
    pixels: 4 * s.staged * s.box * s.box,
    power: 8 * s.staged * s.shells,
    ...sharedRefinedRegions(s),
  };
}

type LevelRegion = keyof ReturnType<typeof levelRegions>;
type Region = keyof ReturnType<typeof regions> | `${LevelRegion}.${number}`;

/** Lays the regions out, each on a cache line. */
export function layoutOf(sizes: Sizes): Layout {
  const at: Partial<Record<Region, number>> = {};
  let bytes = FIRST_BYTE;
  const lay = (all: Record<string, number>, suffix = "") => {
    for (const [name, size] of Object.entries(all)) {
      at[`${name}${suffix}` as Region] = bytes;
      bytes = up(bytes + size, 64);
    }
  };
  lay(regions(sizes));
  sizes.coarse.forEach((level, l) => lay(levelRegions(level, sizes.chunk), `.${l}`));
  return { sizes, at: at as Record<Region, number>, bytes };
}

/** One level: its sizes and where its regions lie. */
export interface Level {
  readonly sizes: LevelSizes;
  readonly at: Readonly<Record<LevelRegion, number>>;
}

/** The levels of a layout, the coarsest first, the problem's own last. */
export function levelsOf({ sizes, at }: Layout): Level[] {
  const names = Object.keys(levelRegions(sizes, 1)) as LevelRegion[];
  const coarse = sizes.coarse.map((level, l): Level => ({
    sizes: level,
    at: Object.fromEntries(names.map((name) => [name, at[`${name}.${l}`]])) as Level["at"],
  }));
  return [...coarse, { sizes, at }];
}
