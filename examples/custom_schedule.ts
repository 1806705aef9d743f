/**
 * A schedule of your own: a rate that warms up, falls along a cosine, and says so in the trace. Its
 * toJSON() is what a checkpoint remembers it by, so that the run can be stopped and resumed.
 *
 *     deno run --allow-read examples/custom_schedule.ts
 *
 * @module
 */
import {
  createBackend,
  createPhantom,
  decodeCheckpoint,
  encodeCheckpoint,
  reconstruct,
  type Schedule,
  simulateParticles,
} from "../mod.ts";

/** From 0 up to `peak` in `warmup` iterations, then down along half a cosine to 0 at `end`. */
function cosine(
  { peak, warmup, end }: { peak: number; warmup: number; end: number },
): Schedule {
  return {
    at(t) {
      if (t < warmup) return peak * (t + 1) / warmup;
      return peak * (1 + Math.cos(Math.PI * Math.min(1, (t - warmup) / (end - warmup)))) / 2;
    },
    formula: `${peak} after ${warmup} iterations, cosine to 0 at ${end}`,
    toJSON: () => ({ kind: "cosine", peak, warmup, end }),
  };
}

const map = createPhantom("cylinder", { boxSize: 32, pixelSize: 10 });
const { particles } = simulateParticles({ map, count: 400, snr: 0.2 });

await using backend = await createBackend("cpu");
const options = {
  backend,
  optimizer: "nesterov",
  hyperparameters: { learningRate: cosine({ peak: 2, warmup: 5, end: 30 }), momentum: 0.8 },
  maxResolution: 60,
  batchSize: 50,
  epochs: 5,
};

// 12 iterations, then saved as bytes: a file, if you like
let bytes: Uint8Array | undefined;
{
  await using run = await reconstruct(particles, options);
  for await (const { t, hyperparameters } of run) {
    if (t % 4 === 0) console.log(`t = ${t}, rate ${hyperparameters.learningRate.toFixed(3)}`);
    if (run.iteration === 12) break;
  }
  bytes = encodeCheckpoint(run.checkpoint());
}
await using run = await reconstruct(particles, {
  ...options,
  resume: decodeCheckpoint(bytes, "the checkpoint"),
});
for await (const { t, hyperparameters } of run) {
  if (t % 4 === 0) console.log(`t = ${t}, rate ${hyperparameters.learningRate.toFixed(3)}`);
}
console.log(`${run.iteration} iterations, held-out NLL ${(await run.test()).toFixed(2)}`);
