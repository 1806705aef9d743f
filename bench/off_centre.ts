/**
 * Whether a first map tells that particles are off centre, and by how much: sets are made, the first stage of
 * the recipe is run without shifts, and measureOffCentre() is asked, as `reconstruct` does.
 *
 *     deno run --allow-read --allow-env --allow-sys bench/off_centre.ts [MAP.mrc ...]
 *
 * The cylinder phantom unless maps are given.
 *
 * @module
 */
import { readVolume } from "../lib/formats/mrc.ts";
import { createOrder } from "../lib/minibatch.ts";
import {
  createBackend,
  createPhantom,
  measureOffCentre,
  reconstruct,
  robustRecipe,
  simulateParticles,
} from "../mod.ts";

const COUNT = 2000, HELD_OUT = 100, SEEDS = [0, 1], SIGMAS = [0, 1, 2, 3], SNR = 0.05;
const maps = Deno.args.length > 0
  ? await Promise.all(Deno.args.map(async (path) => ({ name: path, map: await readVolume(path) })))
  : [{ name: "cylinder", map: createPhantom("cylinder", { boxSize: 64, pixelSize: 5 }) }];
await using backend = await createBackend("cpu");

console.log("| set | sigma, px | seed | gain, nats | sigma found, px | off centre |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const { name, map } of maps) {
  for (const shiftSigma of SIGMAS) {
    const { particles } = simulateParticles({
      ...{ map, count: COUNT, snr: SNR, seed: 1 },
      ...shiftSigma > 0 && { shiftSigma },
    });
    for (const seed of SEEDS) {
      const recipe = robustRecipe(particles, { heldOut: HELD_OUT }), [first] = recipe.stages;
      await using run = await reconstruct(particles, {
        ...{ ...recipe, ...first, backend, seed, shiftStep: undefined },
      });
      for await (const _ of run);
      const { problem, batchSize } = run.plan;
      const order = createOrder({ count: COUNT, heldOut: HELD_OUT, batchSize, seed });
      const { gain, sigma, shifted } = await measureOffCentre(particles, {
        ...{ backend, problem, map: run.map(), noise: run.noise(), which: order.heldOut },
      });
      const cells = [
        name,
        shiftSigma,
        seed,
        gain.toFixed(2),
        sigma.toFixed(1),
        shifted ? "yes" : "",
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
}
