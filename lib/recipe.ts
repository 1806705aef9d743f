import { radiusOfResolution } from "./band.ts";
import type { ScaleChoice, Stage } from "./march_options.ts";
import type { ParticleStack } from "./particles.ts";
import type { ReconstructOptions } from "./reconstruction.ts";
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
/** r to which the march goes whatever the images say. */
const FINEST = STEPS[STEPS.length - 1].radius;

/** eta_t = eta_0 (1 + 0.01 t)^-0.75 as seen from iteration `from` on. */
function annealedFrom(start: number, from: number): Schedule {
  const decay = 0.01, power = 0.75, past = 1 + decay * from;
  return annealing({ start: start * past ** -power, decay: decay / past, power });
}

/** Images of a minibatch beyond r = 16, where the density has so many coefficients that noise adds up. */
const LATE_BATCH = 300;
/** Image gradients of a stage beyond r = 16: as many as there are images, within limits. */
const LATE_GRADIENTS = { least: 1000, most: 10000 };
/** Each radius beyond r = 16 over the one before, and the finest, as a share of Nyquist. */
const LATE_GROWTH = 1.25, LATE_LIMIT = 0.9;
/** Spacing of shifts in the first stage, in the spacing that its band needs: orientations are found, not details. */
const FIRST_SHIFT_STEP = 2;

/** The radii gone through, and with how many image gradients. */
function stepsTo(limit: number, late: number): Step[] {
  // less than a hundredth finer is not worth a stage of its own, and may be rounding
  const steps = STEPS.filter(({ radius }) => 1.01 * radius < limit);
  const last = STEPS[Math.min(steps.length, STEPS.length - 1)].gradients;
  const gradientsAt = (radius: number) => radius > 1.01 * FINEST ? late : last;
  for (let radius = LATE_GROWTH * FINEST; 1.1 * radius < limit; radius *= LATE_GROWTH) {
    steps.push({ radius, gradients: late });
  }
  return [...steps, { radius: limit, gradients: gradientsAt(limit) }];
}

/**
 * A march that needs no tuning: preconditioned steps within a soft mask, a tempered start, resolution
 * marching with rates that fall once orientations are known.
 *
 * @param finest A; the march ends there, or at Nyquist. Unless given it goes to r = 16, and beyond as long
 * as held-out images say that there is more to find: those stages are optional
 * @param gradients image gradients in all up to r = 16; by default 16,000, fewer if it ends early
 */
export function robustRecipe(
  { boxSize, pixelSize, count }: Pick<ParticleStack, "boxSize" | "pixelSize" | "count">,
  { finest = 0, gradients, batchSize = 100, heldOut = 100 }: {
    finest?: number;
    gradients?: number;
    batchSize?: number;
    heldOut?: number;
  } = {},
): Omit<ReconstructOptions, "backend" | "shiftExtent"> & { stages: Stage[]; scales: ScaleChoice } {
  const nyquist = boxSize / 2, trained = count - heldOut;
  const { least, most } = LATE_GRADIENTS, late = Math.min(most, Math.max(least, trained));
  const wanted = finest > 0 ? radiusOfResolution(boxSize, pixelSize, finest) : FINEST;
  const sure = stepsTo(Math.min(nyquist, wanted), late);
  const beyond = finest > 0 || LATE_LIMIT * nyquist < 1.1 * FINEST
    ? []
    : stepsTo(LATE_LIMIT * nyquist, late).filter(({ radius }) => radius > 1.01 * FINEST);
  const own = sure.reduce((sum, step) => sum + step.gradients, 0), share = (gradients ?? own) / own;
  let done = 0, refined = 0; // minibatches, of `batchSize`
  const stages = [...sure, ...beyond].map((step, i): Stage => {
    const { radius } = step, optional = i >= sure.length;
    const size = radius > 1.01 * FINEST
      ? Math.min(trained, Math.max(LATE_BATCH, batchSize))
      : batchSize;
    const images = optional ? step.gradients : share * step.gradients;
    const iterations = Math.ceil(images / size - 1e-6);
    const fine = radius >= 9;
    const learningRate = fine ? annealedFrom(0.2, refined) : annealedFrom(0.6, done);
    const stage: Stage = {
      maxResolution: Math.max(2 * pixelSize, boxSize * pixelSize / radius),
      epochs: iterations * size / trained,
      hyperparameters: { learningRate },
      firstMinibatch: Math.ceil(done * batchSize / size),
      temperShare: i === 0 ? 0.01 : 0,
      // a short run is not to end its first stage tempered
      temperIterations: Math.min(40, Math.ceil(iterations * 2 / 3)),
      outlierScope: i === 0 ? "odd" : "any",
      ...i === 0 && { shiftStep: FIRST_SHIFT_STEP * 0.1 * boxSize / radius },
      ...size !== batchSize && { batchSize: size },
      ...optional && { optional },
    };
    done += Math.ceil(iterations * size / batchSize);
    if (fine) refined += iterations;
    return stage;
  });
  return {
    optimizer: "preconditioned",
    maskRadius: 0.42,
    quadrature: "cascade",
    guard: true,
    noise: "shells",
    outlierShare: 0.05,
    scales: "auto",
    batchSize,
    heldOut,
    stages,
  };
}
