import assert from "node:assert/strict";
import type { Backend, Marginal, Problem, Session } from "../../lib/backend.ts";
import { type BackendName, backends, chooseBackend, createBackend } from "../../lib/backends.ts";
import { createBand, workBoxOf } from "../../lib/band.ts";
import type { CTF } from "../../lib/ctf.ts";
import { backprojectWeight } from "../../lib/diagonal.ts";
import { likelihood } from "../../lib/likelihood.ts";
import { circularWindow } from "../../lib/prepare.ts";
import { createQuadrature } from "../../lib/quadrature/quadrature.ts";
import { createRandom, type Random } from "../../lib/random.ts";
import { ignored } from "../gpu/on_gpu.ts";
import { blobDensity, createSmallSet } from "../small_set.ts";
import { ROUNDING, scoreErrors, sliceDeviation, voxelDeviation } from "./accuracy.ts";

const names = (Object.keys(backends) as BackendName[])
  .filter((name) => name !== "webgpu" || !ignored);
const SIGMAS = 6;

/** Sizes that divide by nothing: 151 pairs of directions, 25, 43, 217, 97, 43, 295. */
interface Size {
  readonly box: number;
  readonly radius: number;
  readonly workBox?: number;
  readonly extent?: number;
  readonly step?: number;
  /** Images of a minibatch; the last size has more than fit into the cpu's cache at a time. */
  readonly images?: number;
}
const sizes: Size[] = [
  { box: 16, radius: 4 },
  { box: 16, radius: 1.2 },
  { box: 18, radius: 2.2, extent: 1.5, step: 1.5 },
  { box: 20, radius: 5.5, workBox: 20 },
  { box: 30, radius: 3.3, extent: 3, step: 1 },
  { box: 12, radius: 6 },
  { box: 30, radius: 2.2, extent: 4, step: 0.5, images: 8 },
];

function problemOf({ box, radius, workBox, extent, step }: Size): Problem {
  const band = createBand(box, radius);
  const quadrature = createQuadrature(band, { extent, sigma: 2, step });
  return { band, pixelSize: 4, workBox: workBox ?? workBoxOf(band), quadrature };
}

const titleOf = ({ box, radius, extent }: Size) =>
  `box ${box}, r ${radius}${extent ? `, shifts to ${extent} px` : ""}`;

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
    voxelGradient: true,
    diagonal: true,
    best: true,
  });
  const gradient = await m.gradient!.download(), weight = await m.weight!.download();
  const voxelGradient = await session.backproject(m.gradient!);
  const weighed = await (await session.weigh(m.weight!, voxels)).download();
  const seen = backprojectWeight(weight, session.problem, { grid, imageCount: which.length });
  // places on the lattice are off by a few roundings of r: so are the hats they are spread with
  const near = 8 * session.problem.band.radius * ROUNDING * largest(seen.values);
  assert.ok(largestDifference(m.diagonal!.values, seen.values) < near);
  assert.equal(m.diagonal!.radius, seen.radius);
  assert.deepEqual(m.voxelGradient, voxelGradient);
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
        const count = size.images ?? 3;
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
        const check = (a: ArrayLike<number>, b: ArrayLike<number>, size: number) => {
          assert.ok(largestDifference(a, b) < relative * size);
        };
        check(found.gradient, wanted.gradient, largest(terms));
        check(found.weight, wanted.weight, largest(wanted.weight));
        check(found.voxelGradient, wanted.voxelGradient, largest(wanted.voxelGradient));
        check(found.weighed, wanted.weighed, largest(wanted.weighed));
      });
    }
  }
}

for (const name of names) {
  const small = sizes[0], problem = problemOf(small);

  for (const size of sizes) {
    Deno.test(`${name}: backproject() is the adjoint of project(), ${titleOf(size)}`, async () => {
      const problem = problemOf(size), random = createRandom(3, "contract");
      const { band, workBox: m, quadrature } = problem;
      await inSession(name, problem, async (session) => {
        const v = noise(random, m ** 3),
          u = noise(random, band.count * quadrature.directions.count);
        const Pv = await (await session.project(v, random.rotation())).download();
        const Pu = await session.backproject(await session.upload(u));
        // Both ways through the same window: only roundings differ, those of lines of 5 M terms and 216
        // taps, in as many coefficients and voxels.
        const bound = SIGMAS * ROUNDING * Math.sqrt(5 * m + 216);
        const sizes = norm(Pv) * norm(u) / Math.sqrt(u.length) + norm(v) * norm(Pu) / m ** 1.5;
        assert.ok(Math.abs(dot(Pv, u) - dot(v, Pu)) < bound * sizes);
      });
    });
  }

  Deno.test(`${name}: likelihood()'s gradient is the finite difference of its mean`, async () => {
    const random = createRandom(4, "contract"), grid = random.rotation(), count = 4;
    for (const temperature of [1, 3]) {
      await inSession(name, problem, async (session) => {
        const { pixels, ctfs } = imagesOf(small.box, count, 1);
        const images = session.createImages(count);
        await images.set(0, pixels, ctfs);
        const voxels = blobDensity(problem.workBox, 0.8).map((v) => v + 0.02 * random.normal());
        const which = [0, 1, 2, 3];
        const f = async (v: Float32Array, gradient: boolean) => {
          const options = { grid, temperature, gradient };
          const result = await likelihood(session, images, which, v, options);
          const value = result.negativeLogLikelihood.reduce((a, b) => a + b, 0) / count;
          return { value, gradient: result.gradient };
        };
        const gradient = (await f(voxels, true)).gradient!;
        // half along the gradient, half across it
        const across = noise(random, voxels.length), size = norm(gradient);
        const direction = gradient.map((g, i) => g / size + across[i] / norm(across));
        const slope = async (h: number) => {
          const above = voxels.map((v, i) => v + h * direction[i]);
          const below = voxels.map((v, i) => v - h * direction[i]);
          const [a, b] = [(await f(above, false)).value, (await f(below, false)).value];
          // voxels are float32: along the gradient the step is not quite 2 h
          return { rise: a - b, run: dot(gradient, above.map((v, i) => v - below[i])) };
        };
        const h = 0.1 / size; // f changes by some 0.2 nats, each value good to about 1e-5
        const near = await slope(h), far = await slope(2 * h);
        const cubic = (far.rise - 2 * near.rise) / 6; // h^3 f'''/3 of the nearer
        assert.ok(near.run > 0.15);
        assert.ok(Math.abs(near.rise - cubic - near.run) < 5e-4 * near.run);
      });
    }
  });

  Deno.test(`${name}: an image's likelihood is its own: order, company and repeats do not matter`, async () => {
    const count = 5, { pixels, ctfs } = imagesOf(small.box, count, 1);
    await inSession(name, problem, async (session) => {
      const images = session.createImages(count + 2), area = small.box ** 2;
      // in two goes, the second first
      await images.set(4, pixels.slice(2 * area), ctfs.slice(2));
      await images.set(2, pixels.slice(0, 2 * area), ctfs.slice(0, 2));
      const slices = await session.project(blobDensity(problem.workBox));
      const run = async (which: number[]): Promise<Marginal & { g: Float64Array }> => {
        const m = await session.marginalize(slices, images, which, { gradient: true, best: true });
        return { ...m, g: await m.gradient!.download() };
      };
      const alone: Awaited<ReturnType<typeof run>>[] = [];
      for (let i = 0; i < count; i++) alone.push(await run([i + 2]));
      const which = [5, 2, 6, 2, 3], together = await run(which);
      const sum = new Float64Array(together.g.length);
      which.forEach((place, b) => {
        const own = alone[place - 2];
        assert.equal(together.logLikelihood[b], own.logLikelihood[0]);
        assert.deepEqual(together.best![b], own.best![0]);
        own.g.forEach((v, i) => sum[i] += v);
      });
      // sums in another order
      assert.ok(largestDifference(sum, together.g) < 1e-5 * largest(together.g));
    });
  });

  Deno.test(`${name}: what is not asked for is not given, and changes nothing`, async () => {
    const { pixels, ctfs } = imagesOf(small.box, 2, 1);
    await inSession(name, problem, async (session) => {
      const images = session.createImages(2);
      await images.set(0, pixels, ctfs);
      const slices = await session.project(blobDensity(problem.workBox));
      const all = await session.marginalize(slices, images, [0, 1], { gradient: true, best: true });
      const none = await session.marginalize(slices, images, [0, 1], { gradient: false });
      assert.deepEqual(none, { logLikelihood: all.logLikelihood });
      const { negativeLogLikelihood, gradient, best } = await likelihood(
        session,
        images,
        [1, 0],
        blobDensity(problem.workBox),
        { gradient: false, best: true },
      );
      assert.equal(gradient, undefined);
      assert.deepEqual(best, [all.best![1], all.best![0]]);
      assert.deepEqual([...negativeLogLikelihood], [...all.logLikelihood].reverse().map((v) => -v));
    });
  });

  Deno.test(`${name}: stores made later do not disturb the earlier ones`, async () => {
    const { pixels, ctfs } = imagesOf(small.box, 3, 1), area = small.box ** 2;
    await inSession(name, problem, async (session, backend) => {
      const first = session.createImages(3);
      await first.set(0, pixels, ctfs);
      const slices = await session.project(blobDensity(problem.workBox));
      const run = async (
        images: typeof first,
        which: number[],
      ) => [
        ...(await session.marginalize(slices, images, which, { gradient: false })).logLikelihood,
      ];
      const before = await run(first, [0, 1, 2]);
      // large enough that the memory has to grow
      const second = session.createImages(2000);
      await second.set(1999, pixels.slice(area, 2 * area), [ctfs[1]]);
      assert.deepEqual(await run(second, [1999]), [before[1]]);
      assert.deepEqual(await run(first, [0, 1, 2]), before);
      assert.equal(second.capacity, 2000);
      assert.ok(Math.abs(second.bytes - 2000 * backend.bytesPerImage(problem)) <= 2000 * 8);
      assert.ok(backend.bytes(problem, 100) > 0);
    });
  });

  Deno.test(`${name}: the weights of a posterior add up to 1, sharp or broad`, async () => {
    const { quadrature, band } = problem, half = quadrature.directions.count / 2;
    // with CTF = 1 the weight of a slice is 2 q, of a pair of slices 2 (q + q')
    const one = { defocusU: 0, defocusV: 0, sphericalAberration: 0, amplitudeContrast: 1 };
    for (const height of [0.05, 0.5, 2, 10, 30]) {
      const { pixels, ctfs } = imagesOf(small.box, 2, height);
      await inSession(name, problem, async (session) => {
        const images = session.createImages(2);
        const flat = ctfs.map((ctf) => ({ ...ctf, ...one, phaseShift: 0, bFactor: 0, scale: 1 }));
        await images.set(0, pixels, flat);
        const slices = await session.project(blobDensity(problem.workBox, height));
        const { weight } = await session.marginalize(slices, images, [0, 1]);
        const W = await weight!.download();
        for (let i = 0; i < band.count; i += 5) {
          let mass = 0;
          for (let j = 0; j < half; j++) mass += W[2 * (j * band.count + i)] / 2;
          // 1e-6 of each image may be left out; float32 sums over some 50 columns and both images
          assert.ok(Math.abs(mass - 2) < 2 * (1e-6 + 10 * ROUNDING), `${mass}`);
        }
      });
    }
  });

  Deno.test(`${name}: images are sorted out by the likelihood of their own density`, async () => {
    // one image is made of the density, the other is noise of the same power
    const { images, ctfs } = createSmallSet({ box: small.box, count: 1, height: 2 });
    const power = norm(images) / small.box, random = createRandom(6, "contract");
    const both = new Float32Array(2 * images.length);
    both.set(images);
    both.set(noise(random, images.length).map((v) => v * power), images.length);
    const window = circularWindow(small.box);
    await inSession(name, problem, async (session) => {
      const store = session.createImages(2);
      await store.set(0, both.map((v, i) => v * window[i % window.length]), [ctfs[0], ctfs[0]]);
      const gain = async (height: number) => {
        const v = blobDensity(problem.workBox, height);
        const options = { gradient: false };
        return (await likelihood(session, store, [0, 1], v, options)).negativeLogLikelihood;
      };
      const [none, full] = [await gain(0), await gain(2)];
      assert.ok(full[0] < none[0] - 20);
      assert.ok(full[1] > full[0]);
    });
  });

  Deno.test(`${name}: places that a store does not have are refused`, async () => {
    const { pixels, ctfs } = imagesOf(small.box, 2, 1), area = small.box ** 2;
    await inSession(name, problem, async (session) => {
      const images = session.createImages(3);
      await images.set(0, pixels, ctfs);
      const slices = await session.project(blobDensity(problem.workBox));
      const refused = (work: () => Promise<unknown>, message: RegExp) =>
        assert.rejects(async () => await work(), (error: Error) => {
          assert.ok(error instanceof RangeError);
          assert.match(error.message, message);
          return true;
        });
      await refused(
        () => images.set(2, pixels, ctfs),
        /^Cannot store images: 2 at place 2, wanted places 0 to 2$/,
      );
      await refused(
        () => images.set(0, pixels.slice(area), ctfs),
        /^Cannot store images: 256 pixels, wanted 2 x 16\^2$/,
      );
      await refused(
        () => session.marginalize(slices, images, [0, 3]),
        /^Cannot marginalize image 3: wanted places 0 to 2 of the store$/,
      );
    });
  });

  Deno.test(`${name}: numbers that overflow come out as numbers that are not finite`, async () => {
    const { pixels, ctfs } = imagesOf(small.box, 2, 1);
    await inSession(name, problem, async (session) => {
      const images = session.createImages(2);
      await images.set(0, pixels, ctfs);
      const voxels = blobDensity(problem.workBox);
      voxels[voxels.length >> 1] = NaN;
      const { negativeLogLikelihood, gradient } = await likelihood(session, images, [0, 1], voxels);
      assert.ok(negativeLogLikelihood.every(Number.isNaN));
      assert.ok(gradient!.some((g) => !Number.isFinite(g)));
    });
  });
}

Deno.test("a backend that does not exist is refused with the names of those that do", async () => {
  for (const name of ["gpu9", "toString", ""]) {
    await assert.rejects(
      () => createBackend(name as BackendName),
      /^RangeError: Cannot use backend .*: wanted auto or one of reference, cpu, webgpu/,
    );
  }
  await using backend = await createBackend();
  assert.equal(backend.name, (await chooseBackend()).name);
});
