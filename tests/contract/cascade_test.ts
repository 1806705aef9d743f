import assert from "node:assert/strict";
import type { Problem } from "../../lib/backend.ts";
import { type BackendName, createBackend } from "../../lib/backends.ts";
import { createBand, workBoxOf } from "../../lib/band.ts";
import { circularWindow } from "../../lib/prepare.ts";
import type { CoarseLevel } from "../../lib/quadrature/cascade.ts";
import { createQuadrature } from "../../lib/quadrature/quadrature.ts";
import { createRandom } from "../../lib/random.ts";
import { ignored } from "../gpu/on_gpu.ts";
import { blobDensity, createSmallSet } from "../small_set.ts";
import { scoreErrors } from "./accuracy.ts";

/** Backends that refine: they must find what the reference finds, level by level. */
const names = (["cpu", "webgpu"] as const satisfies BackendName[])
  .filter((name) => name !== "webgpu" || !ignored);

interface Case {
  readonly title: string;
  readonly box: number;
  /** Of the levels, the last the problem's own. */
  readonly radii: readonly number[];
  readonly extent?: number;
  readonly temperature?: number;
  readonly height: number;
  readonly images?: number;
  /** With coloured noise, and something else that each image might be. */
  readonly coloured?: boolean;
}
const cases: Case[] = [
  { title: "two levels", box: 20, radii: [3.1, 5], height: 3 },
  { title: "three levels", box: 20, radii: [2.7, 4.1, 6], height: 3 },
  { title: "tempered", box: 20, radii: [3.1, 5], height: 3, temperature: 2.5 },
  { title: "shifts", box: 18, radii: [3.1, 4.6], height: 2, extent: 1.9 },
  { title: "coloured noise, outliers", box: 20, radii: [3.1, 5], height: 3, coloured: true },
  { title: "broad posteriors", box: 16, radii: [2.2, 3.4], height: 0.3 },
  { title: "more images than a chunk", box: 18, radii: [3.3, 5.3], height: 2, images: 70 },
];

function problemOf({ box, radii, extent }: Case): Problem {
  const shifts = { extent, sigma: 2 };
  const bands = radii.map((radius) => createBand(box, radius)), band = bands[bands.length - 1];
  const coarse = bands.slice(0, -1).map((band, l): CoarseLevel => ({
    band,
    quadrature: createQuadrature(band, shifts),
    tolerance: [1e-4, 1e-3][l],
  }));
  return {
    band,
    pixelSize: 4,
    workBox: workBoxOf(band),
    quadrature: createQuadrature(band, shifts),
    coarse,
  };
}

async function everything(name: BackendName, given: Case, problem = problemOf(given)) {
  const { box, height, temperature, images: count = 4 } = given;
  const { images, ctfs } = createSmallSet({ box, count, height, extent: given.extent ? 1 : 0 });
  const window = circularWindow(box),
    which = Array.from({ length: count }, (_, i) => count - 1 - i);
  const pixels = images.map((v, i) => v * window[i % window.length]);
  const voxels = blobDensity(problem.workBox, height);
  await using backend = await createBackend(name, { threads: 2 });
  await using session = await backend.open(problem);
  const store = session.createImages(count);
  await store.set(0, pixels, ctfs);
  if (given.coloured) {
    await session.setNoise(Float64Array.from({ length: box }, (_, k) => 2 - k / box));
  }
  // about as likely as the poses are
  const outlier = given.coloured ? which.map((b) => -150 - 20 * b) : undefined;
  const slices = await session.project(voxels, createRandom(2, "cascade").rotation());
  const m = await session.marginalize(slices, store, which, {
    temperature,
    voxelGradient: true,
    best: true,
    outlier,
  });
  return {
    m,
    P: await slices.download(),
    gradient: await m.gradient!.download(),
    weight: await m.weight!.download(),
    weighed: await (await session.weigh(m.weight!, voxels)).download(),
    errors: (P: Float64Array) =>
      scoreErrors(problem, { voxels, slices: P, pixels, ctfs })
        .map((error) => error / (temperature ?? 1)).reverse(),
  };
}

/** What the reference finds, worked out once for all backends. */
const references = new Map<Case, ReturnType<typeof everything>>();
function reference(given: Case) {
  const known = references.get(given) ?? everything("reference", given);
  references.set(given, known);
  return known;
}

const largest = (a: ArrayLike<number>, b?: ArrayLike<number>) => {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - (b ? b[i] : 0));
    if (!(d <= most)) most = d;
  }
  return most;
};

for (const name of names) {
  for (const given of cases) {
    Deno.test(`${name}: coarse to fine is the definition's, ${given.title}`, async () => {
      const found = await everything(name, given), wanted = await reference(given);
      const errors = wanted.errors(wanted.P);
      // A point that is kept by one and not by the other lies at the edge of what is kept, by a score's
      // error: with those near it, it holds about the tolerance of a posterior at most.
      const edge = 4e-3;
      wanted.m.logLikelihood.forEach((truth, b) => {
        const ll = found.m.logLikelihood[b];
        assert.ok(Math.abs(ll - truth) < errors[b] + edge, `image ${b}: ${ll}, not ${truth}`);
        assert.ok(Math.abs(found.m.dropped![b] - wanted.m.dropped![b]) < edge);
        const [few, many] = [found.m.points![b], wanted.m.points![b]].sort((x, y) => x - y);
        assert.ok(few > 0 && many / few < 1.1, `image ${b}: ${few} points, and ${many}`);
        const { probability, ...best } = found.m.best![b], best0 = wanted.m.best![b];
        assert.deepEqual(best, {
          direction: best0.direction,
          angle: best0.angle,
          shift: best0.shift,
        });
        assert.ok(Math.abs(Math.log(probability / best0.probability)) < 2 * errors[b] + edge);
      });
      found.m.responsibility?.forEach((r, b) =>
        // the derivative of a responsibility by a log-likelihood is 1/4 at most
        assert.ok(Math.abs(r - wanted.m.responsibility![b]) < (errors[b] + edge) / 4)
      );
      const relative = Math.expm1(2 * Math.max(...errors)) + edge;
      const terms = wanted.gradient.map((g, i) =>
        Math.abs(g) + wanted.weight[i] * Math.abs(wanted.P[i])
      );
      assert.ok(largest(found.gradient, wanted.gradient) < relative * largest(terms));
      assert.ok(largest(found.weight, wanted.weight) < relative * largest(wanted.weight));
      assert.ok(largest(found.weighed, wanted.weighed) < relative * largest(wanted.weighed));
      const voxels = [found.m.voxelGradient!, wanted.m.voxelGradient!];
      assert.ok(largest(voxels[0], voxels[1]) < relative * largest(voxels[1]));
    });
  }

  Deno.test(`${name}: what coarse levels leave out is about what they say, and never adds`, async () => {
    for (const given of cases.slice(0, 3)) {
      const problem = problemOf(given);
      const refined = await everything(name, given, problem);
      const whole = await everything(name, given, { ...problem, coarse: [] });
      const errors = whole.errors(whole.P);
      whole.m.logLikelihood.forEach((all, b) => {
        const lost = all - refined.m.logLikelihood[b];
        assert.ok(lost > -2 * errors[b], `image ${b} gained ${-lost} nats`);
        // the levels are told apart by what they leave out of their own posteriors, not of the last one's
        assert.ok(lost < 2 * errors[b] + 20 * refined.m.dropped![b], `image ${b} lost ${lost}`);
      });
    }
  });
}
