import type { Backend } from "./backend.ts";
import type { LoadProgress } from "./image_source.ts";
import type { ScaleChoice } from "./march_options.ts";
import { createOrder } from "./minibatch.ts";
import type { ParticleStack } from "./particles.ts";
import type { Plan } from "./plan.ts";
import { compareScales } from "./scale_evidence.ts";
import { estimateScales, MULTIPLES, scaled, type Scales } from "./scales.ts";
import type { Volume } from "./volume.ts";

/** What was learned, and what it took. */
export interface Learned {
  /** Scales for the stages to come; none if images have none of their own. */
  readonly scales?: Scales;
  /** Evaluations of the likelihood alone, in images. */
  readonly forwards: number;
}

/** Held-out images that it is decided by whether images differ. */
const FEW = 100;
/** Nats that all of those must gain by scales of their own: chance has one in 10^5 sets without gain so much. */
const LEAST_GAIN = 10;
/** r, Fourier pixels: beyond it scales hardly get better, and comparing all images takes as long as a stage. */
const FINEST = 11;

/**
 * What a march learns of the images' scales where a stage ends: whether they have scales of their own, the
 * first time, and which. Scales that are known are estimated anew, around what they are, up to r = 11.
 *
 * @param choice auto: a first estimate of held-out images decides, see LEAST_GAIN
 * @param plan that of the stage which ends
 * @param map with which it does
 * @param noise sigma^2 by shell, as it does
 * @param present scales so far; undefined where there are none yet
 * @param first whether it is to be decided at all here
 */
export async function learnScales(
  particles: ParticleStack,
  { choice, backend, plan, map, noise, present, first, decided, progress, signal }: {
    choice: ScaleChoice;
    backend: Backend;
    plan: Plan;
    map: Volume;
    noise: ArrayLike<number>;
    present?: Scales;
    first: boolean;
    decided?: (words: string) => void;
    progress?: LoadProgress;
    signal?: AbortSignal;
  },
): Promise<Learned> {
  if (choice === "off" || !(first || present)) return { forwards: 0 };
  if (present && plan.problem.band.radius > FINEST) return { scales: present, forwards: 0 };
  const { problem, outlierShare, heldOut, batchSize, seed } = plan, { count } = particles;
  let forwards = 0;
  const estimate = async (which: Uint32Array, progress?: LoadProgress) => {
    const evidence = await compareScales(present ? scaled(particles, present) : particles, {
      ...{ backend, problem, map, noise, outlierShare, outlierScope: "any" as const },
      ...{ which, multiples: MULTIPLES, progress, signal },
    });
    forwards += MULTIPLES.length * which.length;
    return estimateScales(evidence, present?.values);
  };
  const say = (words: string) => decided?.(`scales       ${words}`);
  if (!present && choice === "auto") {
    const few = createOrder({ count, heldOut, batchSize, seed }).heldOut.slice(0, FEW);
    const { gain } = await estimate(few);
    const words =
      `held-out images are ${(gain / few.length).toFixed(1)} nats an image more likely ` +
      "with scales of their own";
    if (gain < LEAST_GAIN) {
      say(`none: ${words}`);
      return { forwards };
    }
    say(`${words}: estimated`);
  }
  const { values, spread } = await estimate(
    Uint32Array.from({ length: count }, (_, i) => i),
    progress,
  );
  say(`of all images, their logs differ by ${spread.toFixed(2)} (standard deviation)`);
  return { scales: { values, spread }, forwards };
}
