/**
 * What the noise model is worth: whole blind reconstructions of sets with white and coloured noise, with
 * and without junk, each with white noise and no outliers, and as `reconstruct` does it. Prints a table:
 * FSC 0.5 against the truth, held-out NLL, and how many images of each kind were called outliers.
 *
 * `deno run --allow-read --allow-env --allow-sys bench/noise.ts [MAP]`: a map, .mrc, or the cylinder
 * phantom. 2,000 images, SNR 0.05, to 10 Fourier pixels.
 *
 * @module
 */
import { readVolume } from "../lib/formats/mrc.ts";
import {
  createBackend,
  createPhantom,
  evaluate,
  march,
  robustRecipe,
  simulate,
  simulateParticles,
} from "../mod.ts";

const [path] = Deno.args;
const map = path
  ? await readVolume(path)
  : createPhantom("cylinder", { boxSize: 64, pixelSize: 5 });
const { boxSize, pixelSize } = map;
const junk = { share: 0.1, other: createPhantom("enzyme", { boxSize, pixelSize }) };
const sets = {
  white: {},
  "white, junk": { junk },
  coloured: { noiseDecay: 6 },
  "coloured, junk": { noiseDecay: 6, junk },
};
const settings = {
  "white, no outliers": { noise: "white", outlierShare: 0 },
  "white, outliers": { noise: "white", outlierShare: 0.05 },
  "shells, no outliers": { noise: "shells", outlierShare: 0 },
  "shells, outliers": { noise: "shells", outlierShare: 0.05 },
} as const;

await using backend = await createBackend("cpu");
console.log("| images | model | FSC 0.5, A | held-out NLL | called outliers |");
console.log("| --- | --- | --- | --- | --- |");
for (const [set, make] of Object.entries(sets)) {
  const options = { map, count: 2000, snr: 0.05, seed: 1, ...make };
  const { particles, truth } = simulateParticles(options), { particle } = simulate(options);
  for (const [setting, model] of Object.entries(settings)) {
    const recipe = robustRecipe(particles, { finest: boxSize * pixelSize / 10 });
    await using run = await march(particles, { backend, seed: 1, ...recipe, ...model });
    for await (const _ of run);
    const { resolutionHalf } = evaluate(run.map(), truth);
    const found = new Map<string, { out: number; all: number }>();
    if (model.outlierShare > 0) {
      (await run.poses()).forEach(({ responsibility }, i) => {
        const { kind } = particle(i), { out, all } = found.get(kind) ?? { out: 0, all: 0 };
        found.set(kind, { out: out + (responsibility! < 0.5 ? 1 : 0), all: all + 1 });
      });
    }
    const called = [...found].map(([kind, { out, all }]) => `${out} of ${all} ${kind}`).join(", ");
    const nll = (await run.test()).toFixed(2);
    console.log(`| ${set} | ${setting} | ${resolutionHalf.toFixed(1)} | ${nll} | ${called} |`);
  }
}
