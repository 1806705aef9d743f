import type { Checkpoint } from "./checkpoint.ts";
import type { ParticleStack } from "./particles.ts";
import { createOrder } from "./minibatch.ts";
import { measureOffCentre } from "./off_centre.ts";
import { createPlan, type Plan } from "./plan.ts";
import { recentred } from "./recentre.ts";
import { reconstruct, type Reconstruction, type ReconstructOptions } from "./reconstruct.ts";
import { createStarts, type StartMap } from "./starts.ts";
import type { Volume } from "./volume.ts";

/** What a stage of a march does its own way. */
export type Stage =
  & Pick<
    ReconstructOptions,
    | "maxResolution"
    | "epochs"
    | "optimizer"
    | "hyperparameters"
    | "temperShare"
    | "temperIterations"
    | "workBox"
    | "firstMinibatch"
    | "outlierScope"
    | "batchSize"
    | "shiftStep"
  >
  & {
    /** Gone into only if the stage before it found something: see march(). */
    readonly optional?: boolean;
  };

/** What has been done before a stage. */
type Before = NonNullable<Checkpoint["before"]>;

/** How a march goes. */
export interface MarchOptions extends Omit<ReconstructOptions, "planned" | "shiftExtent"> {
  /** Radius of the disc of shifts, px; auto: as the first stage's map says; default 0. */
  readonly shiftExtent?: number | "auto";
  /** Random starts that go through the first stage; the likeliest goes on; default 1. */
  readonly starts?: number;
  /** Called at the start of each stage with its plan, the seconds an epoch may take, and all plans. */
  planned?: (plan: Plan, secondsPerEpoch: number, plans: readonly Plan[]) => void;
  /** Called with what the march decides from what it has measured, in words. */
  decided?: (words: string) => void;
  /** The stages in order; each option of a stage stands for the march's own. */
  readonly stages: readonly Stage[];
}

/** A run in several stages. */
export interface March extends Reconstruction {
  /** The stage it is in, from 0. */
  readonly stage: number;
  /** Plans of all stages that it is sure to go through. */
  readonly plans: readonly Plan[];
  /** Iterations of those stages. */
  readonly iterations: number;
  /** What it has gone through so far, each stage once, as options of a march that decides nothing. */
  course(): Course;
  /** Where several starts came to in the first stage, the one that goes on among them; none if there was one. */
  starts(): readonly StartMap[];
}

/** A march that has nothing to decide. */
export interface Course {
  /** The stages. */
  readonly stages: readonly Stage[];
  /** Radius of the disc of shifts, px. */
  readonly shiftExtent: number;
  /** Standard deviation of shifts, px. */
  readonly shiftSigma?: number;
}

/** Where particles are looked for. */
type Shifts = Pick<Course, "shiftExtent" | "shiftSigma">;

const NOTHING: Before = { iteration: 0, gradients: 0, forwards: 0, seconds: 0 };
/** Nats an image that a stage's new detail must gain on held-out images for the next to be worth it. */
const LEAST_GAIN = 1;
/** Held-out images that shifts are decided by. */
const FEW = 100;
/** Radius of the disc of shifts, in their standard deviations: 1 % of a normal lies outside. */
const SIGMAS = 3;

/**
 * Reconstructs in stages of finer and finer resolution, each beginning with the map of the one before,
 * as the paper suggests (Punjani & Brubaker, Sec. 3.1): with the low frequencies right, the problem
 * restricted to them is nearly convex, and the next are added to a good start. The trace and the
 * checkpoint run on through all stages; `plan` is that of the present stage.
 *
 * Two things are decided on the way from the held-out images. With shifts "auto" the first stage takes
 * particles to be centred; if its map says that they are not, it is gone through again with shifts, and
 * so are the others. A stage that is optional is gone into if the detail that the stage before added
 * makes the held-out images more likely by 1 nat each or more.
 *
 * @throws {RangeError} as reconstruct() does.
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
  const required = stages.filter((stage) => !stage.optional);
  const optional = stages.slice(required.length);
  let shifts: Shifts = resume?.shifts ??
    (shiftExtent === "auto" ? { shiftExtent: 0 } : { shiftExtent, shiftSigma });
  let undecided = shiftExtent === "auto" && resume?.shifts === undefined;
  let stage = resume?.stage ?? 0, before: Before = resume?.before ?? NOTHING;

  const withShifts = (own: Stage, moved = shifts) => {
    const { optional: _, ...options } = own;
    return { ...common, ...moved, ...options };
  };
  const plan = (own: ReturnType<typeof withShifts>) => createPlan(particles, common.backend, own);
  // what is gone through, in order, and its plans; a first stage that is done again comes twice
  let again = resume?.again ?? false;
  const sure = () => [
    ...Array.from({ length: startCount }, (_, start) => ({
      ...withShifts(required[0]),
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
    { checkpoint, noise }: { checkpoint?: Checkpoint; noise?: Float64Array } = {},
  ) =>
    reconstruct(particles, {
      ...legs[index],
      initial: from,
      initialNoise: noise,
      resume: checkpoint,
      planned: (plan, seconds) => planned?.(plan, seconds, plans),
    });
  let run = await begin(stage, initial, { checkpoint: resume });

  /** Whether particles are off centre, as the present map has it; if so, all begins again. */
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
        `${found.sigma.toFixed(1)} px along each axis; the first stage begins again`,
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
  /** What the next leg begins with: the first stage with spheres, the others with what there is. */
  const startOf = (first: boolean): { map?: Volume | "spheres"; noise: Float64Array } => {
    if (first) return { map: initial, noise: run.noise() };
    const chosen = stage === firstStages() ? starts.best() : undefined;
    const map = chosen?.map ?? run.map();
    return {
      map: shifts.shiftExtent > 0 ? recentred(map).map : map,
      noise: chosen?.noise ?? run.noise(),
    };
  };
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
        const repeated = undecided && await decideShifts();
        if (!repeated) await keepStart();
        if (!repeated) await decideStage();
        if (stage + 1 >= legs.length) return;
        const { iteration, gradients, forwards, seconds } = run.checkpoint();
        const first = repeated || stage < firstStages();
        const { map, noise } = startOf(first);
        await run[Symbol.asyncDispose]();
        // If it cannot begin, the march is still at the end of this stage and can be saved there.
        run = await begin(stage + 1, map, { noise });
        stage++;
        before = {
          iteration: before.iteration + iteration,
          gradients: before.gradients + gradients,
          forwards: before.forwards + forwards,
          seconds: before.seconds + seconds,
        };
      }
    },
    checkpoint: () => ({
      ...run.checkpoint(),
      stage,
      before,
      ...shiftExtent === "auto" && !undecided && { shifts, again },
      ...starts.done.length > 0 && { starts: [...starts.done] },
    }),
    course: () => ({
      ...shifts,
      stages: stages.slice(0, plans.length - firstStages())
        .map(({ optional: _, ...own }) => own),
    }),
    starts: () => starts.maps(),
    test: (radius) => run.test(radius),
    shares: () => run.shares(),
    map: () => run.map(),
    noise: () => run.noise(),
    poses: (progress) => run.poses(progress),
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}
