/**
 * A sweep without a screen: optimizers, rates and seeds on one set, a line of JSON a run on standard
 * output, what is best on standard error.
 *
 *     deno run --allow-read examples/sweep.ts > sweep.jsonl
 *
 * @module
 */
import { createBackend, createPhantom, reconstruct, simulateParticles } from "../mod.ts";

const OPTIMIZERS = ["sgd", "momentum", "preconditioned"] as const;
const RATES = [0.3, 1, 10];
const SEEDS = [0, 1];

const map = createPhantom("cylinder", { boxSize: 32, pixelSize: 10 });
const { particles } = simulateParticles({ map, count: 400, snr: 0.2 });

/** One run of the sweep; a run that diverges counts as such and does not end it. */
interface Outcome {
  readonly optimizer: string;
  readonly rate: number;
  readonly seed: number;
  /** nats an image; null if the run diverged. */
  readonly heldOutNLL: number | null;
  readonly seconds: number;
}

await using backend = await createBackend("cpu");

async function measure(optimizer: string, rate: number, seed: number): Promise<Outcome> {
  const started = performance.now();
  const outcome = { optimizer, rate, seed, heldOutNLL: null };
  const seconds = () => Math.round(performance.now() - started) / 1000;
  try {
    await using run = await reconstruct(particles, {
      backend,
      optimizer,
      hyperparameters: { learningRate: `annealing:${rate}` },
      maxResolution: 80,
      maskRadius: 0.42,
      epochs: 4,
      batchSize: 50,
      seed,
    });
    for await (const _ of run);
    return { ...outcome, heldOutNLL: await run.test(), seconds: seconds() };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...outcome, seconds: seconds() };
  }
}

const outcomes: Outcome[] = [];
for (const optimizer of OPTIMIZERS) {
  for (const rate of RATES) {
    for (const seed of SEEDS) {
      const outcome = await measure(optimizer, rate, seed);
      outcomes.push(outcome);
      console.log(JSON.stringify(outcome));
    }
  }
}
const of = ({ heldOutNLL }: Outcome) => heldOutNLL ?? Infinity;
const [best] = outcomes.toSorted((a, b) => of(a) - of(b));
console.error(`best of ${outcomes.length}: ${best.optimizer} at ${best.rate}, seed ${best.seed}`);
