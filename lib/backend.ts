import type { Band } from "./band.ts";
import type { CTF } from "./ctf.ts";
import type { BestPoint } from "./marginalize.ts";
import type { CoarseLevel } from "./quadrature/cascade.ts";
import type { Quadrature } from "./quadrature/quadrature.ts";
import type { Rotation } from "./rotation.ts";

/** What a session computes with. */
export interface Problem {
  /** The coefficients that count. */
  readonly band: Band;
  /** A, of the N x N images. */
  readonly pixelSize: number;
  /** M, edge of the work grid. */
  readonly workBox: number;
  /** The poses that are summed over. */
  readonly quadrature: Quadrature;
  /**
   * Levels that are summed first, coarsest first, to find which of the poses hold the posterior: only
   * those are summed; see createCascade(). None: all poses are.
   */
  readonly coarse?: readonly CoarseLevel[];
}

/**
 * Slices kept where the backend computes, one for each antipodal pair of directions: the slice at -d
 * is P_(-d)(kx, ky) = P_d(kx, -ky), and a gradient is the sum over both.
 */
export interface Slices {
  /** The coefficients at the first J/2 directions, [J/2, n, 2]. */
  download(): Promise<Float64Array>;
}

/** Prepared images, kept where the backend computes. */
export interface ImageStore {
  /** Places. */
  readonly capacity: number;
  /** Bytes held. */
  readonly bytes: number;
  /**
   * Puts images at places at, at + 1, ...
   * @param pixels prepared by normalize(), [ctfs.length, N, N]
   * @throws {RangeError} if they do not fit into the store or the pixels do not fill them.
   */
  set(at: number, pixels: Float32Array, ctfs: readonly CTF[]): Promise<void>;
  /**
   * Power of the images at `which` places: sum of |D|^2 over the coefficients of a band's half disc, by
   * shell round(|k|), [which.length, shells].
   * @throws {RangeError} if the store has no such place.
   */
  power(which: ArrayLike<number>): Promise<Float64Array>;
}

/** What marginalize() is to compute beside the likelihoods. */
export interface MarginalizeOptions {
  /** T, see marginalize(). */
  readonly temperature?: number;
  /** Also d(sum of -log p)/dP and the weight. */
  readonly gradient?: boolean;
  /** Also P* of that gradient, on the work grid; implies `gradient`. */
  readonly voxelGradient?: boolean;
  /** Also the Gauss-Newton diagonal; implies `gradient`. */
  readonly diagonal?: boolean;
  /** Also the most probable point of each image. */
  readonly best?: boolean;
  /**
   * What each image might be instead, [B]: log of pi p_junk(d_i) / (1 - pi), nats, on the scale of the
   * log-likelihoods at T = 1. It joins the sum over poses, untempered, and an image's share of all that
   * is added up is its responsibility. Default: nothing else.
   */
  readonly outlier?: ArrayLike<number>;
}

/**
 * The Gauss-Newton matrix of a minibatch as if it were diagonal in Fourier space: how much each
 * coefficient of the density was seen. With F the unnormalised transform of the work grid,
 * F(g) = H F(V) - b to the accuracy of the diagonal.
 */
export interface Diagonal {
  /** H, [M, M, M] as [kz, ky, kx], frequencies 0 .. M/2, -M/2 + 1 .. -1 along each axis. */
  readonly values: Float32Array;
  /** r, Fourier pixels: beyond it nothing was seen. */
  readonly radius: number;
}

/** Likelihoods of a minibatch. */
export interface Marginal {
  /** log p(d_i | V), nats, [B]; with outliers log(p(d_i | V) + exp(outlier_i)). */
  readonly logLikelihood: Float64Array;
  /** p(d_i | V) / (p(d_i | V) + exp(outlier_i)), [B]; present with outliers. */
  readonly responsibility?: Float64Array;
  /** d(sum_i -log p(d_i | V)) / dP; present if asked for. */
  readonly gradient?: Slices;
  /** W = sum_i sum q Omega c^2 of every slice, the weight of the Gauss-Newton quadratic. */
  readonly weight?: Slices;
  /** P* of the gradient, d(sum_i -log p)/dV, [M, M, M]; present if asked for. */
  readonly voxelGradient?: Float32Array;
  /** W of every slice spread over the density's coefficients; present if asked for. */
  readonly diagonal?: Diagonal;
  /** Where each image's posterior is largest; present if asked for. */
  readonly best?: BestPoint[];
  /** Of problems with coarse levels: share of each image's posterior that these left out, [B]. */
  readonly dropped?: Float64Array;
  /** Of problems with coarse levels: points of the quadrature that were summed for each image, [B]. */
  readonly points?: Float64Array;
}

/**
 * One problem on one backend: the three steps of the chain rule. Slices handed out stay valid until
 * the step that made them is called again.
 */
export interface Session extends AsyncDisposable {
  /** What it was opened for. */
  readonly problem: Problem;
  /**
   * P_j = slices of the work grid at R_j = Q frame_j; see project().
   * @param voxels V, [M, M, M]
   * @param grid Q; identity unless given
   */
  project(voxels: Float32Array, grid?: Rotation): Promise<Slices>;
  /** P* of slices, at the rotations of the last project(); see backproject(). */
  backproject(slices: Slices): Promise<Float32Array>;
  /**
   * Log-likelihoods of the images at `which` places of the store; see marginalize().
   * @param slices those of the last project()
   * @throws {RangeError} if the store has no such place.
   */
  marginalize(
    slices: Slices,
    images: ImageStore,
    which: ArrayLike<number>,
    options?: MarginalizeOptions,
  ): Promise<Marginal>;
  /** W (.) P v: `weight` of a marginal times the slices of `voxels`, for Gauss-Newton products. */
  weigh(weight: Slices, voxels: Float32Array): Promise<Slices>;
  /**
   * The noise's variance from now on, by shell round(|k|), in units of what the images were divided by;
   * white, 1 in every shell, until it is set. See createNoise().
   * @throws {RangeError} if a shell of the band has no variance above 0.
   */
  setNoise(variance: ArrayLike<number>): Promise<void>;
  /** Room for prepared images. */
  createImages(capacity: number): ImageStore;
  /** Slices to be backprojected, [J/2, n, 2], at the rotations of the last project(). */
  upload(coefficients: ArrayLike<number>): Promise<Slices>;
}

/** Where the heavy sums are done. */
export interface Backend extends AsyncDisposable {
  /** Its name in the registry. */
  readonly name: string;
  /** In words: "cpu: 2 threads, relaxed SIMD". */
  readonly description: string;
  /** Most images that marginalize() takes at once. */
  readonly largestBatch: number;
  /** Bytes that a session takes beside its images. */
  bytes(problem: Problem, batchSize: number): number;
  /** Images of a minibatch whose scores it holds at a time. */
  imagesAtOnce(problem: Problem): number;
  /** Bytes that one prepared image takes. */
  bytesPerImage(problem: Problem): number;
  /**
   * Sets up for a problem.
   * @throws {RangeError} if the problem is too large for it.
   */
  open(problem: Problem): Promise<Session>;
}

/** How a backend is to be set up. */
export interface BackendOptions {
  /** Threads; default all cores. */
  threads?: number;
}
