import type { ImageStore, Session, Slices } from "../backend.ts";
import { loadImages } from "../image_source.ts";
import { firstDensity } from "../initial.ts";
import { likelihood } from "../likelihood.ts";
import { softSphere } from "../mask.ts";
import { createOrder } from "../minibatch.ts";
import type { ParticleStack } from "../particles.ts";
import { createPlan } from "../plan.ts";
import { createRandom } from "../random.ts";
import { resample } from "../resample.ts";
import type { TraceRecord } from "../trace.ts";
import { norm } from "../vector.ts";
import { createVolume } from "../volume.ts";
import type { BaselineOptions, BaselineRun } from "./baseline.ts";
import { type SliceSums, solveNormalEquations } from "./normal_equations.ts";
import { signalPrior } from "./signal_prior.ts";

/** Some images and the slices they are compared with. */
export interface Batch {
  readonly session: Session;
  readonly particles: ParticleStack;
  /** The images in the stack, [B]. */
  readonly indices: Uint32Array;
  /** The same images prepared, and their places in the store, [B]. */
  readonly images: ImageStore;
  readonly which: ArrayLike<number>;
  /** P of the last map, and the same downloaded, [J/2, n, 2]. */
  readonly slices: Slices;
  readonly P: Float64Array;
}

/** How a baseline assigns images to poses. */
export interface Method {
  /** T of the prior, see signalPrior(). */
  readonly fudge: number;
  /** Products of images and slices, forward and back: multiply-adds over J I S n / 2 an image. */
  readonly products: number;
  /** Adds a batch to the sums; returns log p of each image, nats. */
  add(batch: Batch, sums: SliceSums): Promise<Float64Array>;
}

/** Width of the mask's edge, voxels of the work grid, as in reconstruct(). */
const MASK_WIDTH = 2;

/** Runs a method over all images but the held-out ones, once an iteration. */
export async function runBaseline(
  particles: ParticleStack,
  { iterations = 5, initial = "spheres", loading, progress, signal, ...options }: BaselineOptions,
  { fudge, products, add }: Method,
): Promise<BaselineRun> {
  if (!Number.isInteger(iterations) || iterations < 1) {
    throw new RangeError(
      `Cannot plan a run: ${iterations} iterations, wanted a whole number, 1 or more`,
    );
  }
  const { backend, heldOut: wanted = 100, batchSize: most = 100 } = options;
  const plan = createPlan(particles, backend, {
    ...options,
    epochs: iterations,
    // a pass may end on a smaller batch, and may be one
    batchSize: Math.max(1, Math.min(most, particles.count - wanted)),
  });
  const { problem, batchSize, heldOut, seed, maskRadius } = plan;
  const { count } = particles;
  const order = createOrder({ count, heldOut, batchSize, seed });
  const session = await backend.open(problem);
  try {
    return await start();
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }

  async function start(): Promise<BaselineRun> {
    const source = await loadImages(particles, session, {
      bytesPerImage: backend.bytesPerImage(problem),
      budget: plan.imageMemory,
      largestSelection: Math.max(batchSize, heldOut),
      progress: loading,
      signal,
    });
    let voxels = await firstDensity(initial, session, { power: source.power, seed });
    const mask = maskRadius === undefined
      ? undefined
      : softSphere(problem.workBox, { radius: maskRadius, width: MASK_WIDTH });
    const images = order.train.length, flopPerImage = products * plan.points * problem.band.count;
    let iteration = 0, seconds = 0;

    const test = async (): Promise<number> => {
      const { images, which } = await source.select(order.heldOut);
      const { negativeLogLikelihood } = await likelihood(session, images, which, voxels, {
        gradient: false,
      });
      return negativeLogLikelihood.reduce((a, b) => a + b, 0) / which.length;
    };

    const iterate = async (): Promise<TraceRecord> => {
      const t = iteration, started = performance.now();
      const grid = createRandom(seed, "grid", t).rotation();
      const slices = await session.project(voxels, grid), P = await slices.download();
      const sums: SliceSums = {
        numerator: new Float64Array(P.length),
        weight: new Float64Array(P.length),
      };
      let train = 0;
      for (let from = 0; from < images; from += batchSize) {
        signal?.throwIfAborted();
        const indices = order.train.subarray(from, from + batchSize);
        const selected = await source.select(indices);
        const batch = { session, particles, indices, ...selected, slices, P };
        for (const log of await add(batch, sums)) train -= log / images;
        progress?.(from + indices.length, images);
      }
      const prior = signalPrior(voxels, fudge);
      const solved = await solveNormalEquations(session, sums, voxels, { prior, grid });
      const next = mask ? solved.map((v, i) => v * mask[i]) : solved;
      const step = norm(next.map((v, i) => v - voxels[i])) / norm(voxels);
      if (!Number.isFinite(step) || !Number.isFinite(train)) {
        throw new RangeError(
          `Cannot go on: iteration ${t} gave f = ${train} and a step of ${step}, ` +
            "wanted finite numbers",
        );
      }
      voxels = next;
      iteration++;
      seconds += (performance.now() - started) / 1000;
      return {
        t,
        gradients: iteration * images,
        forwards: 0,
        seconds,
        radius: problem.band.radius,
        train,
        test: await test(),
        step,
        hyperparameters: { tau2Fudge: fudge },
      };
    };

    return {
      problem,
      iterations,
      get iteration() {
        return iteration;
      },
      get flop() {
        return iteration * images * flopPerImage;
      },
      async *[Symbol.asyncIterator]() {
        while (iteration < iterations) yield await iterate();
      },
      map() {
        const { workBox, band, pixelSize } = problem;
        const coarse = createVolume({
          boxSize: workBox,
          pixelSize: pixelSize * band.boxSize / workBox,
          voxels,
        });
        return resample(coarse, band.boxSize);
      },
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    };
  }
}
