/**
 * How the cost of an image grows with the radius of the band: value, gradient and its diagonal of a minibatch
 * at the true density, coarse to fine and, as far as that is bearable, whole; how long the slices of a
 * minibatch take; the power of r since the row before. Prints a table and draws it.
 *
 *     deno run --allow-read --allow-write --allow-env --allow-sys bench/growth.ts [FILE.svg]
 *
 * @module
 */
import { linearScale, logScale } from "../lib/report/scale.ts";
import { markup } from "../lib/report/markup.ts";
import { COLOURS, lookOf } from "../lib/report/palette.ts";
import type { Point } from "../lib/report/path.ts";
import { plotLines } from "../lib/report/line_plot.ts";
import { loadImages } from "../lib/image_source.ts";
import {
  createBackend,
  createPhantom,
  createPlan,
  createRandom,
  likelihood,
  resample,
  simulateParticles,
} from "../mod.ts";

const BOX = 128, PIXEL = 2.5, IMAGES = 100, SNR = 0.05;
const RADII = [6.4, 8, 10, 13, 16, 20, 25, 31, 39], WHOLE_TO = 20;

const map = createPhantom("enzyme", { boxSize: BOX, pixelSize: PIXEL });
const { particles, truth } = simulateParticles({ map, count: IMAGES, snr: SNR, seed: 1 });
await using backend = await createBackend("cpu");

/** Milliseconds an image, the best of three, and points of the quadrature that it was compared at. */
async function measure(radius: number, quadrature: "cascade" | "exhaustive") {
  const plan = createPlan(particles, backend, {
    ...{ maxResolution: BOX * PIXEL / radius, quadrature, heldOut: 20, batchSize: 20 },
  });
  await using session = await backend.open(plan.problem);
  const source = await loadImages(particles, session, {
    ...{ bytesPerImage: 0, budget: Infinity, largestSelection: IMAGES, power: false },
  });
  const { images, which } = await source.select(Uint32Array.from({ length: IMAGES }, (_, i) => i));
  const voxels = resample(truth, plan.problem.workBox).voxels;
  const grid = createRandom(1, "growth").rotation();
  let best = Infinity, slices = Infinity, points = plan.points;
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    const { effort } = await likelihood(session, images, which, voxels, { grid, diagonal: true });
    best = Math.min(best, (performance.now() - began) / IMAGES);
    points = effort?.points ?? points;
    const sliced = performance.now();
    await session.project(voxels, grid);
    slices = Math.min(slices, performance.now() - sliced);
  }
  return { ms: best, slices, points, levels: plan.problem.coarse!.length + 1 };
}

const fine: Point[] = [], whole: Point[] = [];
console.log(
  "| r | levels | points | ms an image | whole, ms | slices, ms | power of r |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const radius of RADII) {
  const own = await measure(radius, "cascade");
  const all = radius <= WHOLE_TO ? await measure(radius, "exhaustive") : undefined;
  const before = fine.at(-1);
  const power = before && Math.log(own.ms / before[1]) / Math.log(radius / before[0]);
  fine.push([radius, own.ms]);
  if (all) whole.push([radius, all.ms]);
  const cells = [
    ...[radius, own.levels, Math.round(own.points), own.ms.toFixed(2)],
    ...[all?.ms.toFixed(2) ?? "", own.slices.toFixed(1), power?.toFixed(1) ?? ""],
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

const [file] = Deno.args;
if (file !== undefined) {
  const width = 720, height = 380, left = 70, right = 560, top = 30, bottom = 320;
  const values = [...fine, ...whole].map(([, ms]) => ms);
  const x = linearScale([Math.log10(6), Math.log10(42)], [left, right]);
  const radiusAxis = {
    ...x,
    at: (r: number) => x.at(Math.log10(r)),
    ticks: RADII.map((r) => ({ value: r, label: String(r) })),
  };
  const y = logScale([Math.min(...values) / 1.5, Math.max(...values) * 1.5], [bottom, top], {
    format: String,
  });
  /** A line of a given power through the cascade's value at r = 10. */
  const guide = (power: number): Point[] => {
    const [, at10] = fine.find(([r]) => r === 10)!;
    return [10, 39].map((r) => [r, at10 * (r / 10) ** power]);
  };
  const plot = plotLines([
    { name: "whole sum", look: lookOf(1), points: whole, dotted: true },
    { name: "coarse to fine", look: lookOf(0), points: fine, dotted: true },
    { name: "power 3", look: lookOf(5), points: guide(3), faint: true },
    { name: "power 2", look: lookOf(5), points: guide(2), faint: true },
  ], {
    ...{ x: radiusAxis, y, xLabel: "radius of the band, Fourier pixels" },
    ...{ yLabel: "ms an image, value and gradient", id: "growth" },
  });
  const colours = COLOURS.light.map((c, i) => `--c${i}:${c}`).join(";");
  const picture = markup`
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}"
      height="${height}" font-family="sans-serif" font-size="12.5">
      <style>svg{${colours}} .grid{stroke:#ddd;fill:none} .tick,.frame{stroke:#888;fill:none}
      .leader{fill:none} .faint{opacity:.6}</style>
      <rect width="${width}" height="${height}" fill="#fff" />${plot}
    </svg>
  `;
  await Deno.writeTextFile(file, picture.text.trim() + "\n");
}
