import { type Band, mirrorOf } from "./band.ts";
import type { Backend, ImageStore, Marginal, Problem, Session, Slices } from "./backend.ts";
import { backprojectWeight } from "./diagonal.ts";
import { ctfPhase } from "./ctf.ts";
import { requirePlaces, requireRoom } from "./image_store.ts";
import {
  type BestPoint,
  type Comparison,
  logPosterior,
  marginalize,
  type PreparedImage,
} from "./marginalize.ts";
import { backproject, project, type Sampling } from "./project.ts";
import { createNoise, type Noise, shellCount, sumShells } from "./noise.ts";
import { createReach, keptPoints, pointsNear } from "./quadrature/cascade.ts";
import { upperHalf } from "./quadrature/directions.ts";
import type { Rotation } from "./rotation.ts";
import { transformImage, turnBand } from "./turn.ts";

/** Slices held on the host. */
interface HostSlices extends Slices {
  readonly coefficients: Float64Array;
}

function hostSlices(coefficients: Float64Array): HostSlices {
  return { coefficients, download: () => Promise.resolve(coefficients.slice()) };
}

interface HostImages extends ImageStore {
  readonly images: PreparedImage[];
}

/** Slices at all J directions from those at the first half: P_(-d)(kx, ky) = P_d(kx, -ky). */
function unfold(planes: Float64Array, band: Band): Float64Array {
  const slices = new Float64Array(2 * planes.length), mirror = mirrorOf(band), n = band.count;
  slices.set(planes);
  for (let at = 0; at < planes.length; at += 2) {
    const i = at / 2 % n, from = at + 2 * (mirror[i] - i);
    slices[planes.length + at] = planes[from];
    slices[planes.length + at + 1] = band.k[2 * i] === 0 ? -planes[from + 1] : planes[from + 1];
  }
  return slices;
}

/**
 * The adjoint of unfold(): gradients at d and -d added up.
 *
 * @param sign of im where the mirror conjugates; weights, which have no sign, take +1
 */
function fold(slices: Float64Array, band: Band, sign: 1 | -1 = -1): Float64Array {
  const half = slices.length / 2, planes = slices.slice(0, half);
  const mirror = mirrorOf(band), n = band.count;
  for (let at = 0; at < half; at += 2) {
    const i = at / 2 % n, to = at + 2 * (mirror[i] - i);
    planes[to] += slices[half + at];
    planes[to + 1] += (band.k[2 * i] === 0 ? sign : 1) * slices[half + at + 1];
  }
  return planes;
}

/** The coarse levels of a problem: what they keep of an image, level after level. */
function createCoarse({ coarse = [], quadrature, pixelSize, workBox }: Problem) {
  const quadratures = [...coarse.map((level) => level.quadrature), quadrature];
  const reaches = coarse.map((level, l) => createReach(level, quadratures[l + 1]));
  let slices: Float64Array[] = [];
  return {
    project(voxels: Float32Array, grid?: Rotation) {
      slices = coarse.map(({ band, quadrature: { directions } }) =>
        unfold(project(voxels, { band, workBox, frames: upperHalf(directions), grid }), band)
      );
    },
    /** Points of the problem's own quadrature to sum over; undefined: all. */
    pointsOf(image: PreparedImage, variance: Noise["variance"], temperature?: number) {
      let points: Int32Array | undefined, held = 1;
      coarse.forEach(({ band, quadrature, tolerance }, l) => {
        const noise = createNoise(band, variance);
        const comparison = { band, pixelSize, quadrature, temperature, noise };
        const scores = logPosterior(slices[l], image, comparison, points);
        const { kept, dropped } = keptPoints(scores, tolerance);
        held *= 1 - dropped;
        const places = kept.map((at) => points ? points[at] : at);
        points = pointsNear(places, reaches[l], quadrature, quadratures[l + 1]);
      });
      return { points, dropped: 1 - held };
    },
  };
}

function openSession(problem: Problem): Session {
  const { band, workBox, quadrature, pixelSize } = problem;
  const frames = upperHalf(quadrature.directions), coarse = createCoarse(problem);
  let current: Sampling = { band, workBox, frames };
  let noise = createNoise(band);
  return {
    problem,
    project(voxels, grid) {
      current = { band, workBox, frames, grid };
      coarse.project(voxels, grid);
      return Promise.resolve(hostSlices(project(voxels, current)));
    },
    backproject(slices) {
      const voxels = backproject((slices as HostSlices).coefficients, current);
      return Promise.resolve(Float32Array.from(voxels));
    },
    marginalize(
      slices,
      images,
      which,
      options = {},
    ) {
      const { voxelGradient = false, diagonal = false, gradient = true, best = false } = options;
      const { temperature, outlier } = options;
      requirePlaces(images.capacity, which);
      const P = unfold((slices as HostSlices).coefficients, band);
      const logLikelihood = new Float64Array(which.length), bests: BestPoint[] = [];
      const dropped = new Float64Array(which.length), counts = new Float64Array(which.length);
      const dP = new Float64Array(P.length), W = new Float64Array(P.length);
      const comparison: Comparison = { band, pixelSize, quadrature, temperature, noise };
      const responsibility = new Float64Array(which.length);
      for (let b = 0; b < which.length; b++) {
        const image = (images as HostImages).images[which[b]];
        const chosen = coarse.pointsOf(image, noise.variance, temperature);
        const own = { ...comparison, outlier: outlier?.[b] };
        const m = marginalize(P, image, own, chosen.points);
        logLikelihood[b] = m.logLikelihood;
        responsibility[b] = m.responsibility;
        dropped[b] = chosen.dropped;
        counts[b] = chosen.points?.length ?? 0;
        bests.push(m.best);
        for (let i = 0; i < P.length; i++) {
          dP[i] += m.gradient[i];
          W[i] += m.weight[i >> 1];
        }
      }
      const folded = fold(dP, band), weight = fold(W, band, 1);
      const marginal: Marginal = {
        logLikelihood,
        ...outlier && { responsibility },
        ...(gradient || voxelGradient || diagonal) && {
          gradient: hostSlices(folded),
          weight: hostSlices(weight),
        },
        ...diagonal && {
          diagonal: backprojectWeight(weight, problem, {
            grid: current.grid,
            imageCount: which.length,
          }),
        },
        ...voxelGradient && { voxelGradient: Float32Array.from(backproject(folded, current)) },
        ...best && { best: bests },
        ...problem.coarse?.length && { dropped, points: counts },
      };
      return Promise.resolve(marginal);
    },
    weigh(weight, voxels) {
      const W = (weight as HostSlices).coefficients;
      return Promise.resolve(hostSlices(project(voxels, current).map((v, i) => v * W[i])));
    },
    setNoise(variance) {
      noise = createNoise(band, variance);
      return Promise.resolve();
    },
    createImages(capacity) {
      const images: PreparedImage[] = [], size = band.boxSize ** 2;
      const store: HostImages = {
        capacity,
        images,
        bytes: 4 * size * capacity,
        set(at, pixels, ctfs) {
          const { boxSize } = band, count = ctfs.length;
          requireRoom({ capacity, at, count, pixels: pixels.length, boxSize });
          ctfs.forEach((ctf, i) => {
            const own = pixels.slice(i * size, (i + 1) * size);
            images[at + i] = { pixels: own, phase: ctfPhase(ctf) };
          });
          return Promise.resolve();
        },
        power(which) {
          requirePlaces(capacity, which, "measure");
          const at = turnBand(band, 0), shells = shellCount(band);
          const power = new Float64Array(which.length * shells);
          for (let b = 0; b < which.length; b++) {
            const D = transformImage(images[which[b]].pixels, band.boxSize, at);
            const squares = Float64Array.from(
              { length: band.count },
              (_, i) => D[2 * i] ** 2 + D[2 * i + 1] ** 2,
            );
            power.set(sumShells(squares, band), b * shells);
          }
          return Promise.resolve(power);
        },
      };
      return store;
    },
    upload: (coefficients) => Promise.resolve(hostSlices(Float64Array.from(coefficients))),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The definition as a backend: float64, one thread, every sum written out. Slow by design. */
export function createReferenceBackend(): Promise<Backend> {
  return Promise.resolve({
    name: "reference",
    description: "reference: float64 sums as defined, one thread",
    largestBatch: Infinity,
    bytes({ band, quadrature }, _batchSize) {
      const { directions, angles, shifts } = quadrature;
      const slices = 16 * directions.count * band.count;
      const columns = angles.length * shifts.count;
      return 4 * slices + 8 * columns * (directions.count + 3 * band.count);
    },
    imagesAtOnce: () => 1,
    bytesPerImage: ({ band }) => 4 * band.boxSize ** 2,
    open: (problem: Problem) => Promise.resolve(openSession(problem)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}
