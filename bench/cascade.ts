/**
 * What the coarse-to-fine quadrature leaves out and what it costs: 100 images against fixed maps, refined
 * and summed whole. Maps of unfinished runs (`reconstruct --max-resolution 50 --epochs 1.6` and the like)
 * show what broad posteriors do.
 *
 * `deno run --allow-read --allow-env --allow-sys bench/cascade.ts PARTICLES.star MAP.mrc ...`
 *
 * @module
 */
import { readVolume } from "../lib/formats/mrc.ts";
import { openParticles } from "../lib/formats/registry.ts";
import { loadImages } from "../lib/image_source.ts";
import { subset } from "../lib/subset.ts";
import {
  createBackend,
  createPlan,
  createRandom,
  likelihood,
  resample,
  scaleToPower,
} from "../mod.ts";

const [path, ...maps] = Deno.args, RADII = [13, 16];
using file = await openParticles(path);
const few = Uint32Array.from({ length: 100 }, (_, i) => Math.floor(i * file.count / 100));
const particles = subset(file, few);
await using backend = await createBackend("cpu");

/** Likelihoods and gradient of the images, and milliseconds for each. */
async function evaluate(map: string, radius: number, quadrature: "exhaustive" | "cascade") {
  const maxResolution = file.boxSize * file.pixelSize / radius;
  const plan = createPlan(particles, backend, {
    ...{ maxResolution, quadrature, heldOut: 20, batchSize: 20 },
  });
  await using session = await backend.open(plan.problem);
  const { images, which, power } = await loadImages(particles, session, {
    ...{ bytesPerImage: 0, budget: Infinity, largestSelection: few.length },
  }).then(async (source) => ({
    ...await source.select(few.map((_, i) => i)),
    power: source.power,
  }));
  const given = resample(await readVolume(map), plan.problem.workBox).voxels;
  const scale = await scaleToPower(given, session, power), voxels = given.map((v) => v * scale);
  const grid = createRandom(3, "cascade").rotation();
  await likelihood(session, images, which, voxels, { grid });
  const began = performance.now();
  const found = await likelihood(session, images, which, voxels, { grid });
  return { ...found, points: plan.points, ms: (performance.now() - began) / few.length };
}

console.log("| r | map | poses | lost, mean | worst | gradient | ms | whole, ms |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const radius of RADII) {
  for (const map of maps) {
    const whole = await evaluate(map, radius, "exhaustive");
    const fine = await evaluate(map, radius, "cascade");
    const lost = fine.negativeLogLikelihood.map((l, i) => l - whole.negativeLogLikelihood[i]);
    const norm = Math.hypot(...whole.gradient!);
    const off = Math.hypot(...whole.gradient!.map((g, i) => g - fine.gradient![i])) / norm;
    const cells = [
      radius,
      map.replace(/.*\/(?=.*\/)/, ""),
      `1/${Math.round(fine.points / fine.effort!.points)}`,
      (lost.reduce((a, b) => a + b, 0) / lost.length).toFixed(3),
      Math.max(...lost).toFixed(2),
      off.toExponential(0),
      fine.ms.toFixed(2),
      whole.ms.toFixed(2),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
