import type { Checkpoint } from "./checkpoint.ts";
import type { ParticleStack } from "./particles.ts";
import { createPlan, type Plan } from "./plan.ts";
import { reconstruct, type Reconstruction, type ReconstructOptions } from "./reconstruct.ts";
import type { Volume } from "./volume.ts";

/** What a stage of a march does its own way. */
export type Stage = Pick<
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
>;

/** What has been done before a stage. */
type Before = NonNullable<Checkpoint["before"]>;

/** How a march goes. */
export interface MarchOptions extends Omit<ReconstructOptions, "planned"> {
  /** Called at the start of each stage with its plan, the seconds an epoch may take, and all plans. */
  planned?: (plan: Plan, secondsPerEpoch: number, plans: readonly Plan[]) => void;
  /** The stages in order; each option of a stage stands for the march's own. */
  readonly stages: readonly Stage[];
}

/** A run in several stages. */
export interface March extends Reconstruction {
  /** The stage it is in, from 0. */
  readonly stage: number;
  /** Plans of all stages. */
  readonly plans: readonly Plan[];
  /** Iterations of all stages. */
  readonly iterations: number;
}

const NOTHING: Before = { iteration: 0, gradients: 0, forwards: 0, seconds: 0 };

/**
 * Reconstructs in stages of finer and finer resolution, each beginning with the map of the one before,
 * as the paper suggests (Punjani & Brubaker, Sec. 3.1): with the low frequencies right, the problem
 * restricted to them is nearly convex, and the next are added to a good start. The trace and the
 * checkpoint run on through all stages; `plan` is that of the present stage.
 *
 * @throws {RangeError} as reconstruct() does.
 */
export async function march(
  particles: ParticleStack,
  { stages, resume, initial, planned, ...common }: MarchOptions,
): Promise<March> {
  let stage = resume?.stage ?? 0, before: Before = resume?.before ?? NOTHING;
  if (stage >= stages.length) {
    throw new RangeError(`Cannot resume: stage ${stage + 1}, wanted one of ${stages.length}`);
  }
  const plans = stages.map((own) => createPlan(particles, common.backend, { ...common, ...own }));
  const begin = (
    index: number,
    from: Volume | "spheres" | undefined,
    { checkpoint, noise }: { checkpoint?: Checkpoint; noise?: Float64Array } = {},
  ) =>
    reconstruct(particles, {
      ...common,
      ...stages[index],
      initial: from,
      initialNoise: noise,
      resume: checkpoint,
      planned: (plan, seconds) => planned?.(plan, seconds, plans),
    });
  let run = await begin(stage, initial, { checkpoint: resume });

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
    iterations: plans.reduce((sum, { iterations }) => sum + iterations, 0),
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
        if (stage + 1 >= stages.length) return;
        const { iteration, gradients, forwards, seconds } = run.checkpoint();
        const map = run.map(), noise = run.noise();
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
    checkpoint: () => ({ ...run.checkpoint(), stage, before }),
    test: () => run.test(),
    shares: () => run.shares(),
    map: () => run.map(),
    noise: () => run.noise(),
    poses: (progress) => run.poses(progress),
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}
