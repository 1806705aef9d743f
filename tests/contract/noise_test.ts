import assert from "node:assert/strict";
import type { ImageStore, Problem, Session } from "../../lib/backend.ts";
import { type BackendName, backends, createBackend } from "../../lib/backends.ts";
import { createBand, workBoxOf } from "../../lib/band.ts";
import { likelihood } from "../../lib/likelihood.ts";
import { createNoise, shellCount } from "../../lib/noise.ts";
import { circularWindow } from "../../lib/prepare.ts";
import { createQuadrature } from "../../lib/quadrature/quadrature.ts";
import { createRandom } from "../../lib/random.ts";
import { ignored } from "../gpu/on_gpu.ts";
import { blobDensity, createSmallSet } from "../small_set.ts";
import { scoreErrors } from "./accuracy.ts";

const names = (Object.keys(backends) as BackendName[])
  .filter((name) => name !== "webgpu" || !ignored);
const box = 20, count = 5, height = 2;

function problemOf(radius: number, extent = 0): Problem {
  const band = createBand(box, radius);
  const quadrature = createQuadrature(band, { extent, sigma: 2, step: 1 });
  return { band, pixelSize: 4, workBox: workBoxOf(band), quadrature };
}
const problems = [problemOf(4.3), problemOf(2.2, 1.5)];

/** Falls from 3 to about 1/3, not smoothly. */
const coloured = (shells: number) =>
  Float64Array.from({ length: shells }, (_, s) => 3 * Math.exp(-s / 2) + 0.2 + 0.1 * (s % 2));

const { images: raw, ctfs } = createSmallSet({ box, count, height });
const pixels = raw.map((v, i) => v * circularWindow(box)[i % (box * box)]);

async function inSession<T>(
  name: BackendName,
  problem: Problem,
  work: (session: Session, store: ImageStore) => Promise<T>,
): Promise<T> {
  await using backend = await createBackend(name, { threads: 2 });
  await using session = await backend.open(problem);
  const store = session.createImages(count);
  await store.set(0, pixels, ctfs);
  return await work(session, store);
}

const all = { gradient: true, voxelGradient: true, diagonal: true, best: true };
const which = [3, 0, 4, 1, 0];

/** All that a minibatch gives. */
async function everything(
  session: Session,
  store: ImageStore,
  options: { outlier?: ArrayLike<number>; temperature?: number } = {},
) {
  const slices = await session.project(blobDensity(session.problem.workBox, height));
  const m = await session.marginalize(slices, store, which, { ...all, ...options });
  const P = await slices.download();
  return { ...m, P, gradient: await m.gradient!.download(), weight: await m.weight!.download() };
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((most, v) => Math.max(most, Math.abs(v)), 0);

for (const name of names) {
  Deno.test(`${name}: the power of an image by shell is what its likelihood without a density has`, async () => {
    for (const problem of problems) {
      const shells = shellCount(problem.band);
      await inSession(name, problem, async (session, store) => {
        const power = await store.power(which);
        assert.equal(power.length, which.length * shells);
        const slices = await session.project(new Float32Array(problem.workBox ** 3));
        for (const variance of [new Float64Array(shells).fill(1), coloured(shells)]) {
          await session.setNoise(variance);
          const options = { gradient: false, temperature: 1.5 };
          const { logLikelihood } = await session.marginalize(slices, store, which, options);
          const { logDeterminant } = createNoise(problem.band, variance);
          logLikelihood.forEach((l, b) => {
            let sum = 0;
            for (let s = 1; s < shells; s++) sum += power[b * shells + s] / variance[s];
            // float32 sums of some hundred numbers; poses have weight 1 to the same accuracy
            assert.ok(Math.abs(l + (sum + logDeterminant) / 1.5) < 2e-6 * (sum + 1));
            assert.equal(power[b * shells], 0);
          });
        }
      });
    }
  });

  Deno.test(`${name}: noise of variance 1 in every shell is what there is without it, to the bit`, async () => {
    for (const problem of problems) {
      await inSession(name, problem, async (session, store) => {
        const before = await everything(session, store);
        await session.setNoise(coloured(shellCount(problem.band)));
        const between = await everything(session, store);
        assert.notDeepEqual(between.logLikelihood, before.logLikelihood);
        await session.setNoise(new Float64Array(shellCount(problem.band)).fill(1));
        const after = await everything(session, store);
        assert.deepEqual(after, before);
      });
    }
  });

  Deno.test(`${name}: images stored before and after the noise is set are compared alike`, async () => {
    const problem = problems[0], variance = coloured(shellCount(problem.band));
    const options = { outlier: [-300, -300, -250, -200, -300], temperature: 1.2 };
    const before = await inSession(name, problem, async (session, store) => {
      await session.setNoise(variance);
      return await everything(session, store, options);
    });
    const after = await inSession(name, problem, async (session) => {
      await session.setNoise(variance);
      const store = session.createImages(count);
      await store.set(0, pixels, ctfs);
      return await everything(session, store, options);
    });
    assert.deepEqual(after, before);
  });

  Deno.test(`${name}: the gradient in coloured noise among outliers is a finite difference`, async () => {
    const problem = problems[0], { workBox } = problem, random = createRandom(1, "noise");
    await inSession(name, problem, async (session, store) => {
      await session.setNoise(coloured(shellCount(problem.band)));
      const voxels = blobDensity(workBox, 0.5 * height);
      const plain = await likelihood(session, store, which, voxels, { gradient: false });
      // some images are likely outliers, some are not
      const outlier = plain.negativeLogLikelihood.map((l, b) => -l + 2 * b - 4);
      const f = async (v: Float32Array, gradient: boolean) => {
        const slices = await session.project(v);
        return await session.marginalize(slices, store, which, {
          outlier,
          gradient,
          voxelGradient: gradient,
        });
      };
      const g = (await f(voxels, true)).voxelGradient!, size = Math.hypot(...g);
      const across = g.map(() => random.normal());
      const direction = g.map((v, i) => v / size + across[i] / Math.hypot(...across));
      const slope = async (h: number) => {
        const above = voxels.map((v, i) => v + h * direction[i]);
        const below = voxels.map((v, i) => v - h * direction[i]);
        const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
        const rise = sum((await f(below, false)).logLikelihood) -
          sum((await f(above, false)).logLikelihood);
        return { rise, run: g.reduce((s, v, i) => s + v * (above[i] - below[i]), 0) };
      };
      const h = 0.2 / size, near = await slope(h), far = await slope(2 * h);
      const cubic = (far.rise - 2 * near.rise) / 6; // h^3 f'''/3 of the nearer
      assert.ok(near.run > 0.3);
      // values of a hundred nats are float32 sums, good to 1e-5 each
      assert.ok(Math.abs(near.rise - cubic - near.run) < 1e-3 * near.run);
    });
  });

  Deno.test(`${name}: responsibilities are the images' shares and scale their gradients`, async () => {
    const problem = problems[0];
    await inSession(name, problem, async (session, store) => {
      const slices = await session.project(blobDensity(problem.workBox, height));
      const run = async (image: number, outlier?: number[]) => {
        const m = await session.marginalize(slices, store, [image], { outlier, best: true });
        return {
          ...m,
          gradient: await m.gradient!.download(),
          weight: await m.weight!.download(),
        };
      };
      const own = await run(1), [l] = own.logLikelihood;
      assert.equal(own.responsibility, undefined);
      for (const ahead of [-Infinity, -1000, -2, 0, 3, 1000]) {
        const m = await run(1, [l + ahead]);
        const share = 1 / (1 + Math.exp(ahead)); // scores of a hundred nats in float32
        assert.ok(Math.abs(m.responsibility![0] - share) < 1e-4);
        const total = l + Math.max(0, ahead) + Math.log1p(Math.exp(-Math.abs(ahead)));
        assert.ok(Math.abs(m.logLikelihood[0] - total) < 1e-4 + 1e-6 * Math.abs(total));
        const scaled = (a: Float64Array, b: Float64Array) => {
          const most = largest(b);
          assert.ok(a.every((v, i) => Math.abs(v - share * b[i]) < 1e-4 * most));
        };
        scaled(m.gradient, own.gradient);
        scaled(m.weight, own.weight);
        // the best pose is that of an image that is none
        assert.deepEqual(m.best, own.best);
      }
    });
  });

  Deno.test(`${name}: a noise that leaves a shell out is refused`, async () => {
    await inSession(name, problems[0], async (session) => {
      for (
        const [variance, message] of [
          [[1, 1, 1], /variance undefined in shell 3, wanted a number above 0 in shells 1 to 4$/],
          [[1, 1, 0, 1, 1], /variance 0 in shell 2/],
          [[1, NaN, 1, 1, 1], /variance NaN in shell 1/],
          [[1, 1, 1, 1, Infinity], /variance Infinity in shell 4/],
        ] as const
      ) {
        await assert.rejects(async () => await session.setNoise(variance), (error: Error) => {
          assert.ok(error instanceof RangeError);
          assert.match(error.message, message);
          return true;
        });
      }
      await session.setNoise([0, 1, 1, 1, 1, 7]); // shell 0 has no coefficient, shell 5 none here
    });
  });
}

for (const name of names.filter((name) => name !== "reference")) {
  Deno.test(`${name}: coloured noise and outliers are the definition's`, async () => {
    for (const problem of problems) {
      for (const temperature of [1, 2.5]) {
        const variance = coloured(shellCount(problem.band));
        const run = (name: BackendName, outlier?: ArrayLike<number>) =>
          inSession(name, problem, async (session, store) => {
            await session.setNoise(variance);
            return await everything(session, store, { outlier, temperature });
          });
        const plain = await run("reference");
        const outlier = plain.logLikelihood.map((l, b) => l + 1.5 * b - 3);
        const wanted = await run("reference", outlier), found = await run(name, outlier);
        const errors = scoreErrors(problem, {
          voxels: blobDensity(problem.workBox, height),
          slices: wanted.P,
          pixels,
          ctfs,
        }).map((e) => e * Math.max(...createNoise(problem.band, variance).inverse) / temperature);
        which.forEach((image, b) => {
          const d = Math.abs(found.logLikelihood[b] - wanted.logLikelihood[b]);
          assert.ok(d < errors[image]);
          const share = Math.abs(found.responsibility![b] - wanted.responsibility![b]);
          assert.ok(share < errors[image]);
          assert.ok(wanted.responsibility![b] > 0.01 && wanted.responsibility![b] < 0.99);
        });
        // weights are off by the errors of two scores and of the share
        const relative = Math.expm1(3 * Math.max(...errors)) + 2e-5;
        const close = (a: ArrayLike<number>, b: ArrayLike<number>, size: number) => {
          for (let i = 0; i < a.length; i++) assert.ok(Math.abs(a[i] - b[i]) < relative * size);
        };
        const terms = wanted.gradient.map((g, i) => Math.abs(g) + wanted.weight[i] * wanted.P[i]);
        close(found.gradient, wanted.gradient, largest(terms));
        close(found.weight, wanted.weight, largest(wanted.weight));
        close(
          found.diagonal!.values,
          wanted.diagonal!.values,
          largest(wanted.diagonal!.values),
        );
        close(found.voxelGradient!, wanted.voxelGradient!, largest(wanted.voxelGradient!));
      }
    }
  });
}
