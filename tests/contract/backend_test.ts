import assert from "node:assert/strict";
import {
  type Backend,
  type BackendName,
  backends,
  createBackend,
  type Marginal,
  type Problem,
  type Session,
} from "../../lib/backend.ts";
import { createBand, workBoxOf } from "../../lib/band.ts";
import type { CTF } from "../../lib/ctf.ts";
import { likelihood } from "../../lib/likelihood.ts";
import { circularWindow } from "../../lib/prepare.ts";
import { createQuadrature } from "../../lib/quadrature/quadrature.ts";
import { createRandom, type Random } from "../../lib/random.ts";
import { blobDensity, createSmallSet } from "../small_set.ts";
import { ROUNDING, scoreErrors, sliceDeviation, voxelDeviation } from "./accuracy.ts";

const names = Object.keys(backends) as BackendName[];
const SIGMAS = 6;

/** Sizes that divide by nothing: 151 pairs of directions x 13 columns, 43 x 40, 217 x 18, ... */
interface Size {
  readonly box: number;
  readonly radius: number;
  readonly workBox?: number;
  readonly extent?: number;
  readonly step?: number;
}
const sizes: Size[] = [
  { box: 16, radius: 4 },
  { box: 16, radius: 1.2 },
  { box: 18, radius: 2.2, extent: 1.5, step: 1.5 },
  { box: 20, radius: 5.5, workBox: 20 },
  { box: 30, radius: 3.3, extent: 3, step: 1 },
  { box: 12, radius: 6 },
];

function problemOf({ box, radius, workBox, extent, step }: Size): Problem {
  const band = createBand(box, radius);
  const quadrature = createQuadrature(band, { extent, sigma: 2, step });
  return { band, pixelSize: 4, workBox: workBox ?? workBoxOf(band), quadrature };
}

const titleOf = ({ box, radius, extent }: Size) =>
  `box ${box}, r ${radius}${extent ? `, shifts to ${extent} px` : ""}`;

const pointsOf = ({ quadrature: { directions, angles, shifts } }: Problem) =>
  directions.count * angles.length * shifts.count;

/** Images of the blobs in noise, faded out at the inscribed circle. */
function imagesOf(
  box: number,
  count: number,
  height: number,
): { pixels: Float32Array; ctfs: CTF[] } {
  const { images, ctfs } = createSmallSet({ box, count, height, extent: 1 });
  const window = circularWindow(box);
  return { pixels: images.map((v, i) => v * window[i % window.length]), ctfs: [...ctfs] };
}

const noise = (random: Random, length: number) =>
  Float32Array.from({ length }, () => random.normal());
const norm = (a: ArrayLike<number>) => Math.hypot(...Array.from(a));
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};
function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    if (!(d <= most)) most = d; // NaN is kept
  }
  return most;
}
const largest = (a: ArrayLike<number>) => largestDifference(a, new Float64Array(a.length));

/** Runs `work` with a session of a backend, and closes both. */
async function inSession<T>(
  name: BackendName,
  problem: Problem,
  work: (session: Session, backend: Backend) => Promise<T>,
): Promise<T> {
  await using backend = await createBackend(name, { threads: 2 });
  await using session = await backend.open(problem);
  return await work(session, backend);
}

/** All that one minibatch gives, downloaded. */
async function everything(session: Session, options: {
  voxels: Float32Array;
  grid?: Float64Array;
  pixels: Float32Array;
  ctfs: readonly CTF[];
  which: readonly number[];
  temperature?: number;
}) {
  const { voxels, grid, pixels, ctfs, which, temperature } = options;
  const images = session.createImages(ctfs.length);
  await images.set(0, pixels, ctfs);
  const slices = await session.project(voxels, grid);
  const P = await slices.download();
  const m = await session.marginalize(slices, images, which, {
    temperature,
    gradient: true,
    best: true,
  });
  const gradient = await m.gradient!.download(), weight = await m.weight!.download();
  const voxelGradient = await session.backproject(m.gradient!);
  const weighed = await (await session.weigh(m.weight!, voxels)).download();
  return { P, marginal: m, gradient, weight, voxelGradient, weighed };
}

for (const name of names.filter((name) => name !== "reference")) {
  for (const size of sizes) {
    const problem = problemOf(size), { workBox: m, band } = problem;

    Deno.test(`${name}: slices of noise and their adjoint are the definition's, ${titleOf(size)}`, async () => {
      const random = createRandom(1, "contract"), grid = random.rotation();
      const voxels = noise(random, m ** 3);
      const planes = problem.quadrature.directions.count / 2;
      const u = noise(random, 2 * planes * band.count);
      const both = (name: BackendName) =>
        inSession(name, problem, async (session) => ({
          P: await (await session.project(voxels, grid)).download(),
          V: await session.backproject(await session.upload(u)),
        }));
      const found = await both(name), wanted = await both("reference");
      assert.ok(
        largestDifference(found.P, wanted.P) < SIGMAS * sliceDeviation(problem, voxels),
      );
      const deviation = voxelDeviation(problem, u);
      found.V.forEach((v, i) =>
        assert.ok(Math.abs(v - wanted.V[i]) < SIGMAS * deviation[i], `voxel ${i}`)
      );
    });

    for (
      const { height, temperature, turned } of [
        { height: 0.3, temperature: 1, turned: true },
        { height: 3, temperature: 1, turned: false },
        { height: 3, temperature: 2.5, turned: true },
      ]
    ) {
      const title = `${titleOf(size)}, height ${height}, T = ${temperature}`;
      Deno.test(`${name}: likelihoods and gradients are the definition's, ${title}`, async () => {
        const random = createRandom(2, "contract");
        const count = pointsOf(problem) > 50000 ? 8 : 3;
        const { pixels, ctfs } = imagesOf(size.box, count, height);
        const voxels = blobDensity(m, height);
        // not in order, one of them twice
        const which = count === 8 ? [5, 0, 7, 2, 3, 1, 6, 4] : [2, 0, 2];
        const options = {
          voxels,
          pixels,
          ctfs,
          which,
          temperature,
          grid: turned ? random.rotation() : undefined,
        };
        const found = await inSession(name, problem, (s) => everything(s, options));
        const wanted = await inSession("reference", problem, (s) => everything(s, options));

        const errors = scoreErrors(problem, { voxels, slices: wanted.P, pixels, ctfs })
          .map((e) => e / temperature);
        which.forEach((image, b) => {
          const ll = found.marginal.logLikelihood[b], truth = wanted.marginal.logLikelihood[b];
          if (Deno.env.get("SHOW")) console.log("ll", Math.abs(ll - truth), errors[image], truth);
          assert.ok(Math.abs(ll - truth) < errors[image], `image ${b}: ${ll}, not ${truth}`);
          const best = found.marginal.best![b], best0 = wanted.marginal.best![b];
          assert.deepEqual({ ...best, probability: 0 }, { ...best0, probability: 0 });
          // a ratio of two sums of exp(score)
          assert.ok(Math.abs(Math.log(best.probability / best0.probability)) < 2 * errors[image]);
        });

        // Every term of a gradient carries a posterior weight, off by the errors of two scores; g and W P
        // have the size of the terms. Up to 1e-6 of each image's posterior may be left out.
        const relative = Math.expm1(2 * Math.max(...errors)) + 2e-5;
        const terms = wanted.gradient.map((g, i) =>
          Math.abs(g) + wanted.weight[i] * Math.abs(wanted.P[i])
        );
        const show = (what: string, a: ArrayLike<number>, b: ArrayLike<number>, bound: number) => {
          if (Deno.env.get("SHOW")) console.log(what, largestDifference(a, b), bound, largest(b));
        };
        show("g", found.gradient, wanted.gradient, relative * largest(terms));
        show("w", found.weight, wanted.weight, relative * largest(wanted.weight));
        show(
          "G",
          found.voxelGradient,
          wanted.voxelGradient,
          relative * largest(wanted.voxelGradient),
        );
        show("wv", found.weighed, wanted.weighed, relative * largest(wanted.weighed));
      });
    }
  }
}
