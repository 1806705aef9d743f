import { configDifference } from "./checkpoint.ts";
import { largestCurvature } from "./curvature.ts";
import { estimateEpoch } from "./estimate.ts";
import { loadImages } from "./image_source.ts";
import { logAdd } from "./log_add.ts";
import { judge } from "./guard.ts";
import { firstDensity } from "./initial.ts";
import { type Effort, likelihood } from "./likelihood.ts";
import { softSphere } from "./mask.ts";
import { createOrder } from "./minibatch.ts";
import { createObjective, type Evaluations } from "./objective.ts";
import { createNoiseModel } from "./noise_model.ts";
import type { OptimizerState } from "./optimizers/optimizer.ts";
import { requireStep } from "./optimizers/required.ts";
import type { ParticleStack } from "./particles.ts";
import { createPlan } from "./plan.ts";
import { bestPoses } from "./poses.ts";
import { createRandom } from "./random.ts";
import type { Reconstruction, ReconstructOptions } from "./reconstruction.ts";
import type { Residual } from "./residual.ts";
import { lowPass, resample } from "./resample.ts";
import { findTemperature, posteriorShares } from "./temper.ts";
import type { TraceRecord } from "./trace.ts";
import { norm } from "./vector.ts";
import { createVolume } from "./volume.ts";

/** Images that the temperature of the start is judged by. */
const TEMPER_IMAGES = 20;
/** Iterations between estimates of the noise. */
const LEARN_EVERY = 10;
/** Width of the mask's edge, voxels of the work grid. */
const MASK_WIDTH = 2;

/**
 * Finds the density behind particle images of unknown orientation: maximum a posteriori by stochastic
 * optimization (Punjani & Brubaker).
 *
 * @example
 * ```ts
 * import { createBackend, createPhantom, reconstruct, simulateParticles } from "@vitreous/vitreous";
 *
 * const map = createPhantom("cylinder", { boxSize: 16, pixelSize: 20 });
 * const { particles } = simulateParticles({ map, count: 60, snr: 1 });
 * await using backend = await createBackend("cpu", { threads: 1 });
 * await using run = await reconstruct(particles, {
 *   backend,
 *   maxResolution: 80,
 *   heldOut: 20,
 *   batchSize: 20,
 *   epochs: 1,
 * });
 * for await (const { t, train } of run) console.log(t, train);
 * console.log(run.map().boxSize);
 * ```
 *
 * @throws {RangeError} if the options or the images cannot be used, or the run diverges.
 */
export async function reconstruct(
  particles: ParticleStack,
  {
    backend,
    initial = "spheres",
    startSeed,
    initialNoise,
    resume,
    planned,
    loading,
    timed,
    signal,
    ...options
  }: ReconstructOptions,
): Promise<Reconstruction> {
  const plan = createPlan(particles, backend, options);
  const { problem, optimizer, prior, batchSize, seed } = plan;
  const order = createOrder({
    count: particles.count,
    heldOut: plan.heldOut,
    batchSize,
    seed,
  });
  const changed = resume && configDifference(resume.config, plan.config);
  if (changed) throw new RangeError(`Cannot resume: ${changed}`);

  const session = await backend.open(problem);
  try {
    return await start();
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }

  async function start(): Promise<Reconstruction> {
    planned?.(plan, await estimateEpoch(plan, session, particles));
    const source = await loadImages(particles, session, {
      bytesPerImage: backend.bytesPerImage(problem),
      budget: plan.imageMemory,
      largestSelection: Math.max(batchSize, plan.heldOut),
      power: !resume && initial === "spheres",
      corners: plan.noise === "shells" && !resume && !initialNoise,
      progress: loading,
      signal,
    });
    const white = new Float64Array(particles.boxSize / 2 + 1).fill(1);
    const model = await createNoiseModel(session, source, {
      variance: plan.noise === "white"
        ? white
        : resume?.noise ?? initialNoise ?? source.corners ?? white,
      outlierShare: plan.outlierShare,
      outlierScope: plan.outlierScope,
      count: particles.count,
      largestSelection: Math.max(batchSize, plan.heldOut),
    });
    const gridOf = (t: number) => createRandom(seed, "grid", t).rotation();
    let voxels = resume ? resume.voxels.slice() : await firstDensity(initial, session, {
      power: source.power,
      variance: model.variance,
      seed: startSeed ?? seed,
    });
    const trained = particles.count - plan.heldOut;

    let unit = resume?.unit ?? (optimizer.unitless ? 1 : undefined);
    if (unit === undefined) {
      const { images, which } = await source.select(
        order.minibatch(plan.firstMinibatch, batchSize),
      );
      const random = createRandom(seed, "curvature");
      unit = 1 /
        await largestCurvature(session, images, which, voxels, {
          grid: gridOf(plan.firstMinibatch),
          random,
        });
    }
    let hottest = resume?.temperature ?? 1;
    if (!resume && plan.temperShare > 0) {
      const few = order.minibatch(plan.firstMinibatch, Math.min(TEMPER_IMAGES, batchSize));
      const { images, which } = await source.select(few);
      const options = { share: plan.temperShare, grid: gridOf(plan.firstMinibatch) };
      hottest = await findTemperature(session, images, which, voxels, options);
    }
    const temperatureAt = (t: number) => hottest ** Math.max(0, 1 - t / plan.temperIterations);
    const mask = plan.maskRadius === undefined
      ? undefined
      : softSphere(problem.workBox, { radius: plan.maskRadius, width: MASK_WIDTH });
    const evaluations: Evaluations = {
      gradients: resume?.gradients ?? 0,
      forwards: resume?.forwards ?? 0,
    };
    let guard = resume?.guard;
    let state: OptimizerState = structuredClone(resume?.state) ?? optimizer.init(voxels);
    let iteration = resume?.iteration ?? 0, seconds = resume?.seconds ?? 0;

    const coarse = () =>
      createVolume({
        boxSize: problem.workBox,
        pixelSize: problem.pixelSize * problem.band.boxSize / problem.workBox,
        voxels,
      });
    const test = async (radius?: number): Promise<number> => {
      const { images, which } = await source.select(order.heldOut);
      const outlier = await model.outliers(images, which);
      // faded out over one Fourier pixel
      const density = () => radius ? lowPass(coarse(), radius - 0.5, 1).voxels : voxels;
      const negativeLogLikelihood = radius === 0
        ? (await model.nothing(images, which)).map((l, i) => -logAdd(l, outlier?.[i] ?? -Infinity))
        : (await likelihood(session, images, which, density(), { gradient: false, outlier }))
          .negativeLogLikelihood;
      const mean = negativeLogLikelihood.reduce((a, b) => a + b, 0) / which.length;
      return mean - Math.log(1 - plan.outlierShare); // p and p_junk are in the ratio of 1 - pi to pi
    };

    const iterate = async (): Promise<TraceRecord> => {
      const t = iteration, started = performance.now();
      const position = plan.firstMinibatch + t;
      const block = optimizer.blocks ? order.block(position, batchSize) : undefined;
      const { images, which } = await source.select(
        block?.images ?? order.minibatch(position, batchSize),
      );
      let train: number | undefined, effort: Effort | undefined;
      const objective = createObjective({
        session,
        images,
        which,
        prior,
        imageCount: trained,
        grid: gridOf(position),
        temperature: temperatureAt(t),
        outlier: await model.outliers(images, which),
        unit,
        block: block && { index: block.index, count: block.count },
        evaluations,
      });
      const learns = plan.noise === "shells" && t % LEARN_EVERY === LEARN_EVERY - 1 &&
        temperatureAt(t) === 1;
      let inObjective = 0, left: Residual | undefined;
      const clocked = async <T>(work: Promise<T>): Promise<T> => {
        const from = performance.now(), result = await work;
        inObjective += performance.now() - from;
        return result;
      };
      const selected = performance.now();
      const change = await optimizer.step(voxels, state, {
        ...objective,
        async evaluate(at, options) {
          const variance = learns && train === undefined ? model.variance : undefined;
          const evaluation = await clocked(objective.evaluate(at, { ...options, variance }));
          train ??= evaluation.value;
          effort ??= evaluation.effort;
          left ??= evaluation.residual;
          const { product } = evaluation;
          return product ? { ...evaluation, product: (v) => clocked(product(v)) } : evaluation;
        },
        value: (at) => clocked(objective.value(at)),
      }, t);
      const stepped = performance.now();
      const size = norm(voxels), length = norm(change);
      requireStep(optimizer, { t, train, change, length, size: voxels.length });
      const brake = guard?.brake ?? 1;
      voxels = voxels.map((v, i) => (v + brake * change[i]) * (mask ? mask[i] : 1));
      if (left) await model.learn(left);
      iteration++;
      const last = iteration >= plan.iterations;
      const iterated = performance.now();
      const measured = t % plan.testEvery === 0 || last ? await test() : null;
      if (measured !== null) evaluations.forwards += plan.heldOut;
      let back = false;
      // what is hot is not to be compared with what is not
      if (plan.guard && measured !== null && temperatureAt(t) === 1) {
        ({ guard, back } = judge(guard, { test: measured, voxels }));
        if (back) {
          voxels = guard.voxels.slice();
          state = optimizer.init(voxels);
        }
      }
      seconds += (performance.now() - started) / 1000;
      timed?.({
        iteration: (iterated - started) / 1000,
        step: (stepped - selected) / 1000,
        objective: inObjective / 1000,
      });
      return {
        t,
        ...evaluations,
        seconds,
        radius: problem.band.radius,
        train: train!,
        test: measured,
        step: brake * length / size,
        ...back && { back },
        ...left && { noise: [...model.variance.subarray(0, left.power.length)] },
        hyperparameters: {
          ...Object.fromEntries(
            Object.entries(optimizer.hyperparameters).map(([name, s]) => [name, s.at(t)]),
          ),
          ...plan.temperShare > 0 && { temperature: temperatureAt(t) },
        },
        ...effort && { effort },
      };
    };

    return {
      plan,
      get iteration() {
        return iteration;
      },
      async *[Symbol.asyncIterator]() {
        while (iteration < plan.iterations) yield await iterate();
      },
      checkpoint: () => ({
        config: plan.config,
        iteration,
        ...evaluations,
        seconds,
        unit,
        temperature: hottest,
        ...plan.noise === "shells" && { noise: [...model.variance] },
        ...guard && { guard: { ...guard, voxels: guard.voxels.slice() } },
        voxels: voxels.slice(),
        state: structuredClone(state),
      }),
      test,
      noise: () => model.variance.slice(),
      async shares() {
        const { images, which } = await source.select(order.heldOut);
        return posteriorShares(session, await session.project(voxels), images, which);
      },
      map() {
        return resample(coarse(), problem.band.boxSize);
      },
      poses: (progress) =>
        bestPoses(session, source, {
          ...{ model, voxels, count: particles.count, progress },
          step: Math.max(batchSize, plan.heldOut),
        }),
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    };
  }
}
