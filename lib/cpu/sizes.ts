import type { LatticeSymmetry } from "../lattice.ts";

/** Sizes of a level of which only points near those of a coarser one are evaluated. */
export interface RefinedSizes {
  /** Directions that one image may be evaluated at, and points. */
  readonly slots: number;
  readonly points: number;
  /** 32-bit words that hold a bit for each shift. */
  readonly words: number;
  /** Shifts along an axis of their grid. */
  readonly edge: number;
  /** Pairs of directions in reach, and directions, angles and shifts of the level before. */
  readonly pairs: number;
  readonly coarseDirections: number;
  readonly coarseAngles: number;
  readonly coarseShifts: number;
}

/** Sizes of one level of a quadrature; all in elements unless said otherwise. */
export interface LevelSizes {
  /** n, and n rounded up to four. */
  readonly coefficients: number;
  readonly paddedCoefficients: number;
  /** Antipodal pairs of directions, and panels of eight of them. */
  readonly planes: number;
  readonly panels: number;
  /** K, rows of a panel and of a column; by symmetry group. 0 for a refined level. */
  readonly rows: number;
  readonly groups: LatticeSymmetry["groups"];
  /** A quarter of the in-plane angles, shifts, and columns of one image: their product. */
  readonly quarterAngles: number;
  readonly shifts: number;
  readonly columns: number;
  /** Tiles of six columns that hold those of a chunk of images. 0 for a refined level. */
  readonly tiles: number;
  /** Of a level of which only points near those of a coarser one are evaluated. */
  readonly refined?: RefinedSizes;
}

/** Sizes of everything one session computes with: its own level's, and what all levels share. */
export interface Sizes extends LevelSizes {
  /** N, M and M rounded up to eight. */
  readonly box: number;
  readonly workBox: number;
  readonly paddedWorkBox: number;
  /** Oversampled grid: frequencies -half..half along y and z (height of them), -3..half along x. */
  readonly half: number;
  readonly height: number;
  /** Floats a grid row takes. */
  readonly pitch: number;
  /** Shells round(|k|) of the band, the empty one at 0 counted. */
  readonly shells: number;
  /** Images worked on together. */
  readonly chunk: number;
  /** Copies of the grid that slices are spread into, each by its own share of the panels. */
  readonly copies: number;
  /** Floats one image's patch takes. */
  readonly patch: number;
  /** Images transformed together when they are loaded. */
  readonly staged: number;
  readonly threads: number;
  /** The levels before its own, coarsest first. */
  readonly coarse: readonly LevelSizes[];
}
