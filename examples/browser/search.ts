import type { Backend, BackendName, CTF, ParticleStack, PhantomName, Volume } from "../../mod.ts";
import { library } from "./library.ts";

/** What is looked for, in what, how long, and by what. */
export interface Settings {
  readonly phantom: PhantomName;
  readonly images: number;
  readonly snr: number;
  readonly gradients: number;
  /** A, where the search ends. */
  readonly finest: number;
  readonly backend: BackendName | "auto";
  /** Of the CPU path. */
  readonly threads: number;
}

/** A set of images and what they show. */
export interface Problem {
  readonly particles: ParticleStack;
  readonly truth: Volume;
}

/** px and A of the images: Nyquist is 20 A. */
const BOX = 32, PIXEL = 10;
/** Images of a minibatch, and images kept to measure with. */
const BATCH = 50;

/**
 * Takes the images, a few at a time.
 *
 * @param taken told how many there are, and waited for
 */
export async function takeImages(
  { phantom, images: count, snr }: Settings,
  taken: (count: number) => Promise<unknown>,
): Promise<Problem> {
  const map = library.createPhantom(phantom, { boxSize: BOX, pixelSize: PIXEL });
  const simulation = library.simulate({ map, count, snr, seed: 1 });
  const images = new Float32Array(count * BOX * BOX), ctfs: CTF[] = [];
  for (const chunk of simulation.chunks(BATCH)) {
    images.set(chunk.images, chunk.first * BOX * BOX);
    ctfs.push(...chunk.ctfs);
    await taken(ctfs.length);
  }
  const particles = library.createParticleStack({ boxSize: BOX, pixelSize: PIXEL, images, ctfs });
  return { particles, truth: simulation.truth };
}

/** What has been found by an iteration. */
export interface Finding {
  /** Iterations done, of how many. */
  readonly t: number;
  readonly iterations: number;
  /** Where finer stages begin. */
  readonly stages: readonly number[];
  /** A, of the band that is searched. */
  readonly resolution: number;
  /** Held-out NLL above that of the truth, nats an image; null if it was not measured. */
  readonly above: number | null;
  /** Image gradients so far, and seconds of iterations. */
  readonly gradients: number;
  readonly seconds: number;
  /** The density at present; worked out when asked for. */
  map(): Volume;
}

/**
 * Finds the density of a set of images from random spheres, as the command line does: in stages of finer
 * and finer resolution.
 */
export async function* search(
  { particles, truth }: Problem,
  { gradients, finest }: Settings,
  backend: Backend,
): AsyncGenerator<Finding, void, void> {
  const recipe = library.robustRecipe(particles, {
    finest,
    batchSize: BATCH,
    heldOut: BATCH,
    gradients,
  });
  const options = { backend, testEvery: 2, ...recipe };
  /** How well the truth itself explains the held-out images, a stage at a time. */
  const own = async (stage: number) => {
    await using run = await library.reconstruct(particles, {
      ...options,
      ...recipe.stages[stage],
      temperShare: 0,
      initial: truth,
    });
    return await run.test();
  };
  await using run = await library.march(particles, options);
  const begins = run.plans.map((_, i) =>
    run.plans.slice(0, i).reduce((sum, { iterations }) => sum + iterations, 0)
  );
  let stage = -1, truthNLL = 0;
  for await (const { t, test, gradients, seconds } of run) {
    if (run.stage !== stage) truthNLL = await own(stage = run.stage);
    yield {
      t: t + 1,
      iterations: run.iterations,
      stages: begins.slice(1),
      resolution: run.plan.resolution,
      above: test === null ? null : test - truthNLL,
      gradients,
      seconds,
      map: () => run.map(),
    };
  }
}
