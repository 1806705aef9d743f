import { radiusOfResolution } from "./band.ts";
import type { Stage } from "./march.ts";
import type { ParticleStack } from "./particles.ts";
import type { ReconstructOptions } from "./reconstruct.ts";
import { annealing, type Schedule } from "./schedule.ts";

/** One step of the recipe, in units that fit any particle. */
interface Step {
  /** r, Fourier pixels. */
  readonly radius: number;
  /** Image gradients. */
  readonly gradients: number;
}

/**
 * Each radius about a quarter more than the last; most of the images where orientations are found and they
 * cost least. With 6,000 gradients at r = 6.4 one of 10 seeds of a ribosome and one of 4 of a cylinder did not
 * find them, with 10,000 all did.
 */
const STEPS: readonly Step[] = [
  { radius: 6.4, gradients: 10000 },
  { radius: 10, gradients: 3000 },
  { radius: 13, gradients: 2000 },
  { radius: 16, gradients: 1000 },
];

/** eta_t = eta_0 (1 + 0.01 t)^-0.75 as seen from iteration `from` on. */
function annealedFrom(start: number, from: number): Schedule {
  const decay = 0.01, power = 0.75, past = 1 + decay * from;
  return annealing({ start: start * past ** -power, decay: decay / past, power });
}

/**
 * A march that needs no tuning: preconditioned steps within a soft mask, a tempered start, resolution
 * marching with rates that fall once orientations are known.
 *
 * @param finest A; the march ends there, or at Nyquist, or at r = 16
 * @param gradients image gradients in all; by default 16,000 for the whole march, fewer if it ends early
 */
export function robustRecipe(
  { boxSize, pixelSize, count }: Pick<ParticleStack, "boxSize" | "pixelSize" | "count">,
  { finest = 0, gradients, batchSize = 100, heldOut = 100 }: {
    finest?: number;
    gradients?: number;
    batchSize?: number;
    heldOut?: number;
  } = {},
): Omit<ReconstructOptions, "backend"> & { stages: Stage[] } {
  const limit = Math.min(
    boxSize / 2,
    finest > 0 ? radiusOfResolution(boxSize, pixelSize, finest) : STEPS[STEPS.length - 1].radius,
  );
  // less than a hundredth finer is not worth a stage of its own, and may be rounding
  const coarser = (radius: number) => 1.01 * radius < limit;
  const steps = STEPS.filter(({ radius }) => coarser(radius));
  const { gradients: last } = STEPS[Math.min(steps.length, STEPS.length - 1)];
  for (let beyond = 20; 1.1 * beyond < limit; beyond *= 1.25) {
    steps.push({ radius: beyond, gradients: last });
  }
  steps.push({ radius: limit, gradients: last });
  const own = steps.reduce((sum, step) => sum + step.gradients, 0);
  let done = 0, refined = 0;
  const stages = steps.map((step, i): Stage => {
    const { radius } = step, share = (gradients ?? own) / own;
    const iterations = Math.ceil(share * step.gradients / batchSize - 1e-6);
    const fine = radius >= 9;
    const learningRate = fine ? annealedFrom(0.2, refined) : annealedFrom(0.6, done);
    const stage: Stage = {
      maxResolution: Math.max(2 * pixelSize, boxSize * pixelSize / radius),
      epochs: iterations * batchSize / (count - heldOut),
      hyperparameters: { learningRate },
      firstMinibatch: done,
      temperShare: i === 0 ? 0.01 : 0,
      outlierScope: i === 0 ? "odd" : "any",
      // a short run is not to end its first stage tempered
      temperIterations: Math.min(40, Math.ceil(iterations * 2 / 3)),
    };
    done += iterations;
    if (fine) refined += iterations;
    return stage;
  });
  return {
    optimizer: "preconditioned",
    maskRadius: 0.42,
    quadrature: "cascade",
    noise: "shells",
    outlierShare: 0.05,
    batchSize,
    heldOut,
    stages,
  };
}
