import type {
  Backend,
  BackendOptions,
  ImageStore,
  Marginal,
  Problem,
  Session,
  Slices,
} from "../backend.ts";
import { transferParameters } from "../ctf.ts";
import { diagonalOf, withMates } from "../diagonal.ts";
import { requirePlaces, requireRoom } from "../image_store.ts";
import type { BestPoint } from "../marginalize.ts";
import { createNoise } from "../noise.ts";
import { multiply, type Rotation } from "../rotation.ts";
import { createArena } from "./arena.ts";
import { compileKernels } from "./kernels.ts";
import { LARGEST_BATCH, layoutOf, levelsOf, sizesOf } from "./layout.ts";
import { fillTables } from "./tables.ts";
import { createThreads } from "./threads.ts";

/** How the cpu backend is to be set up. */
export interface CPUBackendOptions extends BackendOptions {
  /** Kernels with relaxed SIMD or without; default if the engine has it. */
  relaxed?: boolean;
}

/** Slices in the shared memory: panels of eight planes, `panelBytes` apart, re rows then im rows. */
interface SharedSlices extends Slices {
  readonly at: number;
}

/** Image patches in the shared memory. */
interface SharedImages extends ImageStore {
  readonly patches: number;
  readonly parameters: number;
  /** By shell, [capacity, shells]. */
  readonly powers: Float64Array;
}

async function openSession(
  problem: Problem,
  module: WebAssembly.Module,
  threadCount: number,
): Promise<Session> {
  const { band, pixelSize, quadrature, coarse = [] } = problem;
  const sizes = sizesOf(problem, threadCount), layout = layoutOf(sizes), { at } = layout;
  const arena = createArena(layout.bytes), { memory } = arena;
  const floats = (from: number, count: number) => new Float32Array(memory.buffer, from, count);
  const setNoiseTables = fillTables(problem, layout, memory);
  const threads = await createThreads(module, memory, layout);
  const n = band.count, m = sizes.workBox, padded = sizes.paddedWorkBox;

  let noise = createNoise(band);
  const setVoxels = (voxels: Float32Array) => {
    const target = floats(at.voxels, m * m * padded);
    for (let row = 0; row < m * m; row++) {
      target.set(voxels.subarray(row * m, row * m + m), row * padded);
    }
  };
  const levels = levelsOf(layout), quadratures = [...coarse.map((l) => l.quadrature), quadrature];
  const setFrames = (grid?: Rotation) => {
    levels.forEach(({ sizes, at }, l) => {
      const frames = floats(at.frames, 48 * sizes.panels), { directions } = quadratures[l];
      for (let j = 0; j < sizes.planes; j++) {
        const frame = directions.frames.subarray(9 * j, 9 * j + 9);
        const r = grid ? multiply(grid, frame) : frame;
        for (let i = 0; i < 3; i++) {
          frames[6 * j + i] = 2 * r[3 * i]; // grid units: the grid is twice oversampled
          frames[6 * j + 3 + i] = 2 * r[3 * i + 1];
        }
      }
    });
  };
  const sharedSlices = (from: number, panelBytes: number): SharedSlices => ({
    at: from,
    download() {
      const out = new Float64Array(sizes.planes * n * 2);
      for (let j = 0; j < sizes.planes; j++) {
        const panel = floats(from + panelBytes * (j >> 3), 16 * n);
        for (let i = 0; i < n; i++) {
          out[2 * (j * n + i)] = panel[8 * i + (j & 7)];
          out[2 * (j * n + i) + 1] = panel[8 * (n + i) + (j & 7)];
        }
      }
      return Promise.resolve(out);
    },
  });
  const coefficients = sharedSlices(at.coefficients, 96 * n);
  const gradient = sharedSlices(at.gradient, 64 * n), weight = sharedSlices(at.weight, 64 * n);
  const weighed = sharedSlices(at.weighed, 64 * n), given = sharedSlices(at.given, 64 * n);

  const backproject = async (slices: SharedSlices) => {
    await threads.run({ step: "backproject", slices: slices.at });
    const source = floats(at.voxels, m * m * padded), voxels = new Float32Array(m ** 3);
    for (let row = 0; row < m * m; row++) {
      voxels.set(source.subarray(row * padded, row * padded + m), row * m);
    }
    return voxels;
  };

  return {
    problem,
    async project(voxels, grid) {
      setVoxels(voxels);
      setFrames(grid);
      await threads.run({ step: "project", coefficients: at.coefficients, operands: true });
      return coefficients;
    },
    async backproject(slices) {
      if (slices === coefficients) {
        throw new TypeError("Cannot backproject projected slices: wanted a gradient or an upload");
      }
      return await backproject(slices as SharedSlices);
    },
    async marginalize(slices, images, which, options = {}) {
      const { temperature = 1, voxelGradient = false, diagonal = false, best = false } = options;
      const { outlier } = options;
      const wanted = voxelGradient || diagonal || (options.gradient ?? true);
      if (slices !== coefficients) {
        throw new TypeError("Cannot marginalize these slices: wanted those of the last project()");
      }
      if (which.length > LARGEST_BATCH) {
        throw new RangeError(
          `Cannot marginalize ${which.length} images at once: wanted at most ${LARGEST_BATCH}`,
        );
      }
      requirePlaces(images.capacity, which);
      const { patches, parameters, powers } = images as SharedImages;
      new Uint32Array(memory.buffer, at.which, which.length).set(which);
      // the threads leave out what is the same for all poses: ||d||^2 / 2 over sigma^2, and log det
      const constants = Float64Array.from(which, (image) => {
        let sum = noise.logDeterminant;
        for (let s = 1; s < sizes.shells; s++) {
          sum += powers[image * sizes.shells + s] / noise.variance[s];
        }
        return sum / temperature;
      });
      if (outlier) {
        new Float64Array(memory.buffer, at.outlier, which.length)
          .set(constants.map((c, i) => outlier[i] + c));
      }
      await threads.run({
        step: "marginalize",
        patches,
        parameters,
        count: which.length,
        temperature,
        gradient: wanted,
        diagonal,
        best,
        outlier: outlier !== undefined,
        tolerances: coarse.map(({ tolerance }) => tolerance),
      });
      const shifted = new Float64Array(memory.buffer, at.logLikelihood, which.length);
      const logLikelihood = shifted.map((v, i) => v - constants[i]);
      const marginal: Marginal = {
        logLikelihood,
        ...outlier && { responsibility: logLikelihood.map((l, i) => 1 - Math.exp(outlier[i] - l)) },
        ...wanted && { gradient, weight },
        ...diagonal && {
          diagonal: diagonalOf(withMates(floats(at.seen, m ** 3), m), problem, which.length),
        },
        ...voxelGradient && { voxelGradient: await backproject(gradient) },
        ...best && { best: bestPoints(which.length) },
        ...coarse.length && {
          dropped: new Float64Array(memory.buffer, at.dropped, which.length).slice(),
          points: new Float64Array(memory.buffer, at.points, which.length).slice(),
        },
      };
      return marginal;
    },
    async weigh(slices, voxels) {
      setVoxels(voxels);
      await threads.run({ step: "weigh", weight: (slices as SharedSlices).at });
      return weighed;
    },
    setNoise(variance) {
      noise = createNoise(band, variance);
      setNoiseTables(variance);
      return Promise.resolve();
    },
    createImages(capacity) {
      const patches = arena.take(4 * sizes.patch * capacity);
      const parameters = arena.take(32 * capacity),
        powers = new Float64Array(capacity * sizes.shells);
      const store: SharedImages = {
        capacity,
        bytes: (4 * sizes.patch + 32 + 8 * sizes.shells) * capacity,
        patches,
        parameters,
        powers,
        async set(first, pixels, ctfs) {
          const { boxSize } = band, size = boxSize ** 2;
          requireRoom({
            capacity,
            at: first,
            count: ctfs.length,
            pixels: pixels.length,
            boxSize,
          });
          for (let from = 0; from < ctfs.length; from += sizes.staged) {
            const count = Math.min(sizes.staged, ctfs.length - from), place = first + from;
            floats(at.pixels, count * size).set(
              pixels.subarray(from * size, (from + count) * size),
            );
            for (let i = 0; i < count; i++) {
              floats(parameters + 32 * (place + i), 8)
                .set(transferParameters(ctfs[from + i], boxSize * pixelSize));
            }
            await threads.run({
              step: "prepare",
              count,
              patches: patches + 4 * sizes.patch * place,
            });
            const { shells } = sizes;
            powers.set(new Float64Array(memory.buffer, at.power, count * shells), place * shells);
          }
        },
        power(which) {
          requirePlaces(capacity, which, "measure");
          const { shells } = sizes, power = new Float64Array(which.length * shells);
          for (let b = 0; b < which.length; b++) {
            power.set(powers.subarray(which[b] * shells, (which[b] + 1) * shells), b * shells);
          }
          return Promise.resolve(power);
        },
      };
      return store;
    },
    upload(data) {
      const target = floats(at.given, 16 * n * sizes.panels).fill(0);
      for (let j = 0; j < sizes.planes; j++) {
        for (let i = 0; i < n; i++) {
          const place = 16 * n * (j >> 3) + 8 * i + (j & 7);
          target[place] = data[2 * (j * n + i)];
          target[place + 8 * n] = data[2 * (j * n + i) + 1];
        }
      }
      return Promise.resolve(given);
    },
    [Symbol.asyncDispose]() {
      threads.stop();
      return Promise.resolve();
    },
  };

  function bestPoints(count: number): BestPoint[] {
    const found = new Int32Array(memory.buffer, at.best, 4 * count);
    const probability = new Float32Array(memory.buffer, at.best, 4 * count);
    return Array.from({ length: count }, (_, i) => ({
      direction: found[4 * i],
      angle: found[4 * i + 1],
      shift: found[4 * i + 2],
      probability: probability[4 * i + 3],
    }));
  }
}

/**
 * The fast path on the CPU: matrix products over shared memory by SIMD kernels, float32.
 *
 * Results do not depend on the number of threads, only on whether the engine has relaxed SIMD.
 */
export function createCPUBackend(
  { threads = navigator.hardwareConcurrency, relaxed }: CPUBackendOptions = {},
): Promise<Backend> {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`Cannot use ${threads} threads: wanted a positive integer`);
  }
  // a browser's word for whether threads may share memory; Deno has no need of it
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) {
    throw new Error(
      "Cannot use backend cpu: this page is not isolated, wanted the headers " +
        "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
    );
  }
  const { module, name } = compileKernels({ relaxed });
  return Promise.resolve({
    name: "cpu",
    description: `cpu: ${threads} thread${threads === 1 ? "" : "s"}, ${name}`,
    largestBatch: LARGEST_BATCH,
    bytes: (problem) => layoutOf(sizesOf(problem, threads)).bytes,
    imagesAtOnce: (problem) => sizesOf(problem, threads).chunk,
    bytesPerImage: (problem) => {
      const { patch, shells } = sizesOf(problem, threads);
      return 4 * patch + 32 + 8 * shells;
    },
    open: (problem) => openSession(problem, module, threads),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}
