import type { Checkpoint } from "./checkpoint.ts";
import type { Course, March, MarchOptions, Stage } from "./march_options.ts";
import type { ParticleStack } from "./particles.ts";
import { createOrder } from "./minibatch.ts";
import { measureOffCentre } from "./off_centre.ts";
import { createPlan } from "./plan.ts";
import { recentred } from "./recentre.ts";
import { reconstruct } from "./reconstruct.ts";
import { scaled, type Scales } from "./scales.ts";
import { type Learned, learnScales } from "./scaling.ts";
import { createStarts } from "./starts.ts";
import type { Volume } from "./volume.ts";

export type { Course, March, MarchOptions, Stage } from "./march_options.ts";

/** What has been done before a stage. */
type Before = NonNullable<Checkpoint["before"]>;

/** Where particles are looked for. */
type Shifts = Pick<Course, "shiftExtent" | "shiftSigma">;

const NOTHING: Before = { iteration: 0, gradients: 0, forwards: 0, seconds: 0 };
/** Nats an image that a stage's new detail must gain on held-out images for the next to be worth it. */
const LEAST_GAIN = 1;
/** Held-out images that shifts are decided by. */
const FEW = 100;
/** What going through the first stage again takes, from its map without shifts; see bench/NOTES.md. */
const AGAIN = 0.2;
/** Radius of the disc of shifts, in their standard deviations: 1 % of a normal lies outside. */
const SIGMAS = 3;

/** A first stage that is gone through again. */
const repeated = (stage: Stage): Stage => ({
  ...stage,
  ...stage.epochs && { epochs: AGAIN * stage.epochs },
  ...stage.temperIterations && {
    temperIterations: Math.max(1, Math.ceil(AGAIN * stage.temperIterations)),
  },
});

/**
 * Reconstructs in stages of finer and finer resolution, each beginning with the map of the one before,
 * as the paper suggests (Punjani & Brubaker, Sec. 3.1): with the low frequencies right, the problem
 * restricted to them is nearly convex, and the next are added to a good start. The trace and the
 * checkpoint run on through all stages; `plan` is that of the present stage.
 *
 * Three things are decided on the way from the held-out images. With shifts "auto" the first stage takes
 * particles to be centred; if its map says that they are not, it goes on from that map with shifts for 0.2 of
 * its iterations, and so do the others. A stage that is optional is gone into if the detail that the stage
 * before added makes the held-out images more likely by 1 nat each or more. With scales "auto" the images get scales of
 * their own where a stage ends, if those make the held-out ones more likely; see learnScales().
 *
 * @throws {RangeError} as reconstruct() does, and if a march with scales is resumed without.
 */
export async function march(
  particles: ParticleStack,
  {
    stages,
    resume,
    initial,
    planned,
    decided,
    shiftExtent = 0,
    shiftSigma,
    starts: startCount = 1,
    scales: choice = "off",
    scaling,
    ...common
  }: MarchOptions,
): Promise<March> {
  const { boxSize, pixelSize } = particles;
  const starts = createStarts({
    count: startCount,
    seed: common.seed ?? 0,
    done: resume?.starts,
    ...{ boxSize, pixelSize },
  });
  if (startCount > 1 && typeof initial === "object") {
    throw new RangeError(`Cannot march: ${startCount} starts from one map, wanted random ones`);
  }
  if (choice === "off" && resume?.scales) {
    throw new RangeError(
      "Cannot resume: images have scales of their own, wanted scales on or auto",
    );
  }
  if (choice === "on" && stages.length === 1) {
    throw new RangeError("Cannot march: scales on in 1 stage, wanted 2, one to estimate them with");
  }
  const required = stages.filter((stage) => !stage.optional);
  const optional = stages.slice(required.length);
  let shifts: Shifts = resume?.shifts ??
    (shiftExtent === "auto" ? { shiftExtent: 0 } : { shiftExtent, shiftSigma });
  let undecided = shiftExtent === "auto" && resume?.shifts === undefined;
  let stage = resume?.stage ?? 0, before: Before = resume?.before ?? NOTHING;
  let scales: Scales | undefined = resume?.scales;

  const withShifts = (own: Stage, moved = shifts) => {
    const { optional: _, ...options } = own;
    return { ...common, ...moved, ...options };
  };
  const plan = (own: ReturnType<typeof withShifts>) => createPlan(particles, common.backend, own);
  // what is gone through, in order, and its plans; a first stage that is done again comes twice
  let again = resume?.again ?? false;
  const sure = () => [
    ...Array.from({ length: startCount }, (_, start) => ({
      ...withShifts(again && start === 0 ? repeated(required[0]) : required[0]),
      startSeed: starts.seedOf(start),
    })),
    ...required.slice(1).map((own) => withShifts(own)),
  ];
  const legs: ReturnType<typeof sure>[number][] = [
    ...again ? [withShifts(stages[0], { shiftExtent: 0 })] : [],
    ...sure(),
  ];
  while (legs.length <= stage && optional.length > 0) legs.push(withShifts(optional.shift()!));
  const plans = legs.map(plan);
  // what may still come is refused now, if it must be
  optional.forEach((own) => plan(withShifts(own)));
  if (stage >= legs.length) {
    throw new RangeError(`Cannot resume: stage ${stage + 1}, wanted one of ${legs.length}`);
  }
  const begin = (
    index: number,
    from: Volume | "spheres" | undefined,
    { checkpoint, noise, scales: own = scales }: {
      checkpoint?: Checkpoint;
      noise?: Float64Array;
      scales?: Scales;
    } = {},
  ) =>
    reconstruct(own ? scaled(particles, own) : particles, {
      ...legs[index],
      initial: from,
      initialNoise: noise,
      resume: checkpoint,
      planned: (plan, seconds) => planned?.(plan, seconds, plans),
    });
  let run = await begin(stage, initial, { checkpoint: resume });

  /** Whether particles are off centre, as the present map has it; if so, the first stage goes on. */
  const decideShifts = async (): Promise<boolean> => {
    undecided = false;
    const { problem, heldOut, batchSize, seed } = run.plan;
    const order = createOrder({ count: particles.count, heldOut, batchSize, seed });
    const found = await measureOffCentre(particles, {
      backend: common.backend,
      problem,
      map: run.map(),
      noise: run.noise(),
      which: order.heldOut.slice(0, FEW),
    });
    const gain = `${Math.abs(found.gain).toFixed(1)} nats an image ` +
      `${found.gain > 0 ? "more" : "less"} likely when moved`;
    if (!found.shifted) {
      decided?.(`shifts       none: held-out images are ${gain}`);
      return false;
    }
    again = true;
    shifts = { shiftExtent: SIGMAS * found.sigma, shiftSigma: found.sigma };
    decided?.(
      `shifts       held-out images are ${gain}: summed over, ` +
        `${found.sigma.toFixed(1)} px along each axis; the first stage goes on with them`,
    );
    legs.splice(1, Infinity, ...sure());
    plans.splice(1, Infinity, ...legs.slice(1).map(plan));
    return true;
  };

  /** Whether there is more to find, by what the present stage has added to the one before. */
  const decideStage = async (): Promise<void> => {
    if (stage + 1 < legs.length || optional.length === 0) return;
    const { radius } = plans[stage - 1].problem.band;
    const gain = await run.test(radius) - await run.test();
    const words = `detail from ${plans[stage - 1].resolution.toFixed(1)} to ` +
      `${run.plan.resolution.toFixed(1)} A: held-out images ${Math.abs(gain).toFixed(1)} nats ` +
      `${gain > 0 ? "more" : "less"} likely`;
    if (gain < LEAST_GAIN) {
      decided?.(`end          ${words}; there is no more to find`);
      return;
    }
    decided?.(`further      ${words}; on to the next`);
    legs.push(withShifts(optional.shift()!));
    plans.push(plan(legs[legs.length - 1]));
  };

  /** The last leg of the first stage. */
  const firstStages = () => (again ? 1 : 0) + startCount - 1;
  /** What the next leg begins with: another start with spheres, all else with what there is. */
  const startOf = (first: boolean): { map?: Volume | "spheres"; noise: Float64Array } => {
    if (first && !(again && stage === 0)) return { map: initial, noise: run.noise() };
    const chosen = stage === firstStages() ? starts.best() : undefined;
    const map = chosen?.map ?? run.map();
    return {
      map: shifts.shiftExtent > 0 ? recentred(map).map : map,
      noise: chosen?.noise ?? run.noise(),
    };
  };
  /** Scales for the next stage, first decided on when the first is done. */
  const newScales = (map: Volume, noise: ArrayLike<number>): Promise<Learned> =>
    learnScales(particles, {
      ...{ choice, backend: common.backend, plan: run.plan, map, noise, present: scales, decided },
      ...{ first: stage === firstStages(), progress: scaling, signal: common.signal },
    });
  /** Keeps what a start came to, and says so when the last is done. */
  const keepStart = async () => {
    const start = stage - (again ? 1 : 0);
    if (startCount === 1 || start !== starts.done.length || start >= startCount) return;
    const { voxels } = run.checkpoint(), noise = [...run.noise()];
    starts.keep({ seed: starts.seedOf(start), test: await run.test(), noise, voxels });
    if (starts.done.length === startCount) decided?.(starts.words());
  };

  return {
    get plan() {
      return run.plan;
    },
    get stage() {
      return stage;
    },
    plans,
    get iteration() {
      return before.iteration + run.iteration;
    },
    get iterations() {
      return plans.reduce((sum, { iterations }) => sum + iterations, 0);
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        for await (const record of run) {
          const { t, gradients, forwards, seconds } = record;
          yield {
            ...record,
            t: t + before.iteration,
            gradients: gradients + before.gradients,
            forwards: forwards + before.forwards,
            seconds: seconds + before.seconds,
          };
        }
        const shifted = undecided && await decideShifts();
        if (!shifted) await keepStart();
        if (!shifted) await decideStage();
        if (stage + 1 >= legs.length) return;
        const { iteration, gradients, forwards, seconds } = run.checkpoint();
        const first = shifted || stage < firstStages();
        const { map, noise } = startOf(first);
        await run[Symbol.asyncDispose]();
        const started = performance.now();
        const learned = first ? undefined : await newScales(map as Volume, noise);
        const comparing = (performance.now() - started) / 1000;
        // If it cannot begin, the march is still at the end of this stage and can be saved there.
        run = await begin(stage + 1, map, { noise, scales: learned?.scales });
        scales = learned?.scales;
        stage++;
        before = {
          iteration: before.iteration + iteration,
          gradients: before.gradients + gradients,
          forwards: before.forwards + forwards + (learned?.forwards ?? 0),
          seconds: before.seconds + seconds + comparing,
        };
      }
    },
    checkpoint: () => ({
      ...run.checkpoint(),
      stage,
      before,
      ...shiftExtent === "auto" && !undecided && { shifts, again },
      ...starts.done.length > 0 && { starts: [...starts.done] },
      ...scales && { scales },
    }),
    course: () => ({
      ...shifts,
      ...scales && { imageScales: scales },
      stages: stages.slice(0, plans.length - firstStages())
        .map(({ optional: _, ...own }) => own),
    }),
    starts: () => starts.maps(),
    scales: () => scales,
    test: (radius) => run.test(radius),
    shares: () => run.shares(),
    map: () => run.map(),
    noise: () => run.noise(),
    async poses(progress) {
      const poses = await run.poses(progress);
      return scales ? poses.map((pose, i) => ({ ...pose, scale: scales!.values[i] })) : poses;
    },
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}
