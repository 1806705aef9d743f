import type { Backend } from "../backend.ts";
import { type Candidate, searchValue } from "../compare/tune.ts";
import type { TuningSummary } from "../compare/summary.ts";
import { withValue } from "../compare/rate.ts";
import { tuningImages } from "../compare/tuning_images.ts";
import { createTrial } from "../compare/trial.ts";
import { createOptimizer } from "../optimizers/registry.ts";
import type { ParticleStack } from "../particles.ts";
import { createRandom } from "../random.ts";
import { type Contest, interruption, planOptions } from "./contest.ts";
import type { Contestant } from "./contestants.ts";

/** What tuning may cost. */
export interface TuningBudget {
  /** Image gradients a method. */
  readonly gradients: number;
  /** Of these a value of its number. */
  readonly each: number;
}

/** Images that rates are tuned on, at most. */
const MOST_IMAGES = 2000;
/** Values that the budget pays for unless it is given. */
const VALUES = 6;
/** Image gradients that a value is given at most: enough to tell rates apart. */
const MOST_EACH = 20000;

/**
 * The budget of tuning: six runs as long as those of the comparison, of 20,000 image gradients at most.
 *
 * @param run image gradients of a run of the comparison
 * @param given image gradients a method, if the user says so
 */
export function tuningBudget(run: number, given?: number): TuningBudget {
  const gradients = given ?? VALUES * Math.min(run, MOST_EACH);
  return { gradients, each: Math.floor(gradients / VALUES) };
}

/**
 * Makes sure that a value of every method's rate gets one minibatch at least.
 *
 * @throws {RangeError} if not.
 */
export function requireTuningBudget(
  contestants: readonly Contestant[],
  { gradients, each }: TuningBudget,
): void {
  for (const { name, tuned } of contestants) {
    const least = createOptimizer(name).batchSize ?? 100;
    if (tuned === null || each >= least) continue;
    throw new RangeError(
      `Cannot tune ${name} with ${gradients} image gradients: ${each} for each of ${VALUES} runs, ` +
        `wanted at least a minibatch of ${least}`,
    );
  }
}

/** The images for tuning: none that a seed of the comparison holds out. */
export function imagesToTune(
  particles: ParticleStack,
  contestants: readonly Contestant[],
  { heldOut, seeds }: { heldOut: number; seeds: readonly number[] },
): Uint32Array {
  const sizes = contestants.filter(({ tuned }) => tuned !== null)
    .map(({ name }) => createOptimizer(name).batchSize ?? 100);
  return tuningImages(particles.count, {
    heldOut,
    seeds,
    most: MOST_IMAGES,
    least: heldOut + Math.max(0, ...sizes),
  });
}

/**
 * Tunes the rate of a method by short runs on the images for tuning, each measured on some of them that it
 * does not train on. All methods and values share images, order and start.
 *
 * @param images those of imagesToTune()
 * @param seed first of the comparison
 * @param known values tried before
 * @param tried called after each value
 * @param progress called with the image gradients spent and a word on what is tried
 * @throws {DOMException} AbortError when interrupted; what had been tried has been told.
 */
export async function tune(
  contest: Contest,
  { name, hyperparameters, tuned }: Contestant,
  { images, backend, seed, budget, known = [], tried, progress }: {
    images: ParticleStack;
    backend: Backend;
    seed: number;
    budget: TuningBudget;
    known?: readonly Candidate[];
    tried?: (candidate: Candidate) => void;
    progress?: (gradients: number, words: string) => void;
  },
): Promise<TuningSummary> {
  const start = createOptimizer(name, hyperparameters).hyperparameters[tuned!].at(0);
  const own = createRandom(seed, "tuning seed").integer(2 ** 31);
  let spent = 0;
  const attempt = async (value: number): Promise<Candidate> => {
    const words = `tuning ${name}, ${tuned} ${value}`;
    const before = known.find((candidate) => candidate.value === value);
    if (before) {
      spent += before.gradients;
      return before;
    }
    await using trial = await createTrial(images, {
      ...planOptions(contest, {
        optimizer: name,
        hyperparameters: withValue(name, hyperparameters, tuned!, value),
        seed: own,
      }),
      backend,
      budget: { unit: "evals", amount: budget.each },
      signal: contest.signal,
    });
    let gradients = 0, test: number | null = null;
    try {
      for await (const record of trial) {
        gradients = record.gradients;
        test = record.test ?? test;
        progress?.(spent + gradients, words);
        if (await contest.interrupted()) throw interruption();
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      test = null; // it diverged
    }
    if (test !== null && !Number.isFinite(test)) test = null;
    spent += gradients;
    const candidate = { value, test, gradients };
    tried?.(candidate);
    return candidate;
  };
  return await searchValue(tuned!, {
    start,
    budget: budget.gradients,
    each: budget.each,
    try: attempt,
  });
}
