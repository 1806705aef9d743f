import assert from "node:assert/strict";
import type { ImageStore, Problem, Session, Slices } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { createBand, workBoxOf } from "../lib/band.ts";
import { ctfPhase } from "../lib/ctf.ts";
import { marginalize } from "../lib/marginalize.ts";
import { circularWindow } from "../lib/prepare.ts";
import { project } from "../lib/project.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";
import { findTemperature, posteriorShares } from "../lib/temper.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

/** Ten halvings of the factor between 1 and 1000. */
const RESOLUTION = 1000 ** (1 / 1024);

/** A session whose posteriors are given: scores of poses of equal weight, one list an image. */
function sessionOf(scores: readonly (readonly number[])[]): Session {
  return {
    project: () => Promise.resolve({}),
    marginalize: (
      _slices: unknown,
      _images: unknown,
      which: number[],
      { temperature = 1, gradient }: { temperature?: number; gradient?: boolean },
    ) => {
      assert.equal(gradient, false); // nobody needs it
      return Promise.resolve({
        logLikelihood: Float64Array.from(which, (i) => {
          const most = Math.max(...scores[i]) / temperature;
          const sum = scores[i].reduce((s, e) => s + Math.exp(e / temperature - most), 0);
          return most + Math.log(sum / scores[i].length);
        }),
      });
    },
  } as unknown as Session;
}

const find = (scores: readonly (readonly number[])[], share: number) =>
  findTemperature(
    sessionOf(scores),
    {} as ImageStore,
    scores.map((_, i) => i),
    new Float32Array(),
    {
      share,
    },
  );

/** One pose better than `others` by `height` nats. */
const peak = (height: number, others: number) => [height, ...new Array<number>(others).fill(0)];

/** T at which a peak is spread over a share: (x + Z - 1)^2 / (Z (x^2 + Z - 1)), x = exp(height / T). */
function temperatureOfPeak(height: number, others: number, share: number): number {
  const z = others + 1, a = 1 - z * share, b = 2 * others;
  const c = others * others - z * share * others;
  // a x^2 + b x + c = 0; a < 0, of the roots the one above 1
  const x = (-b - Math.sqrt(b * b - 4 * a * c)) / (2 * a);
  return height / Math.log(x);
}

Deno.test("the temperature of posteriors that are known is the one that spreads them as wanted", async () => {
  for (const share of [0.02, 0.1, 0.5, 0.9]) {
    for (const height of [30, 400]) {
      const wanted = temperatureOfPeak(height, 199, share);
      const found = await find([peak(height, 199)], share);
      assert.ok(found >= wanted * (1 - 1e-9), `${found} ${wanted}`);
      assert.ok(found <= wanted * RESOLUTION * (1 + 1e-9), `${found} ${wanted}`);
    }
  }
});

Deno.test("a posterior's share is its effective sample size over the poses: 1 if flat, 1 / Z of one pose", async () => {
  const scores = [peak(0, 99), peak(700, 99), [
    ...new Array(10).fill(50),
    ...new Array(90).fill(0),
  ]];
  const found = await posteriorShares(
    sessionOf(scores),
    {} as Slices,
    {} as ImageStore,
    scores.map((_, i) => i),
  );
  // sums of exponentials of at most 700, each to 1e-16, times 700 nats
  [1, 0.01, 0.1].forEach((share, i) => assert.ok(Math.abs(found[i] - share) < 1e-9, `${found[i]}`));
});

Deno.test("the median image decides, and images at -1000 nats do not underflow", async () => {
  const of = (height: number) => temperatureOfPeak(height, 99, 0.1);
  // three, in no order: it is 90's; sorted as text it would be another's
  for (const heights of [[300, 20, 90], [20, 90, 300], [90, 300, 20]]) {
    const found = await find(heights.map((h) => peak(h, 99).map((s) => s - 1000)), 0.1);
    assert.ok(found >= of(90) * (1 - 1e-9) && found <= of(90) * RESOLUTION * (1 + 1e-9));
  }
});

Deno.test("posteriors that are broad enough keep their temperature of 1", async () => {
  assert.equal(await find([new Array<number>(50).fill(-7)], 0.99), 1);
  assert.equal(await find([peak(1, 99)], 0.5), 1);
  // Just: the share at T = 1 is a little more, or a little less, than wanted.
  const share = (Math.exp(3) + 99) ** 2 / (100 * (Math.exp(6) + 99));
  assert.equal(await find([peak(3, 99)], share * (1 - 1e-9)), 1);
  assert.ok(await find([peak(3, 99)], share * (1 + 1e-9)) > 1);
});

const band = createBand(12, 2.5), pixelSize = 5, count = 5;
/** Poses of equal weight, for which the share is 1 / (Z sum q^2) exactly. */
const problem: Problem = (() => {
  const quadrature = createQuadrature(band), { directions } = quadrature;
  const weights = new Float64Array(directions.count).fill(1 / directions.count);
  return {
    band,
    pixelSize,
    workBox: workBoxOf(band),
    quadrature: { ...quadrature, directions: { ...directions, weights } },
  };
})();

/** Scores of every pose, [Z]: the log-likelihoods of quadratures of one point each. */
function scoresOf(
  voxels: Float32Array,
  image: Parameters<typeof marginalize>[1],
  grid: Float64Array,
): number[] {
  const { workBox, quadrature } = problem, { directions, angles, shifts } = quadrature;
  assert.equal(shifts.count, 1);
  const scores: number[] = [];
  for (let j = 0; j < directions.count; j++) {
    const frames = directions.frames.slice(9 * j, 9 * j + 9);
    const slice = project(voxels, { band, workBox, frames, grid });
    for (const angle of angles) {
      const one = {
        directions: { ...directions, count: 1, frames, weights: Float64Array.of(1) },
        angles: Float64Array.of(angle),
        shifts,
      };
      scores.push(
        marginalize(slice, image, { band, pixelSize, quadrature: one }).logLikelihood,
      );
    }
  }
  return scores;
}

Deno.test("on images: the share is 1 / (Z sum q^2) of all poses, and rises with the temperature", async () => {
  const { images, ctfs } = createSmallSet({ count, box: 12, pixelSize, height: 8 });
  const window = circularWindow(12), pixels = images.map((v, i) => v * window[i % 144]);
  const voxels = blobDensity(problem.workBox, 8), grid = createRandom(4).rotation();
  await using backend = await createBackend("reference");
  await using session = await backend.open(problem);
  const store = session.createImages(count);
  await store.set(0, pixels, ctfs);

  const scores = ctfs.map((ctf, i) =>
    scoresOf(voxels, { pixels: pixels.slice(144 * i, 144 * i + 144), phase: ctfPhase(ctf) }, grid)
  );
  const medianShare = (temperature: number) => {
    const shares = scores.map((s) => {
      const most = Math.max(...s), e = s.map((v) => Math.exp((v - most) / temperature));
      const sum = e.reduce((a, b) => a + b, 0);
      return 1 / (s.length * e.reduce((a, b) => a + (b / sum) ** 2, 0));
    });
    return shares.sort((a, b) => a - b)[2];
  };
  assert.ok(medianShare(1) < 0.02);
  let last = 1;
  for (const share of [0.03, 0.1, 0.3]) {
    const options = { share, grid };
    const found = await findTemperature(session, store, [0, 1, 2, 3, 4], voxels, options);
    // Broad enough here, and not a step of the bisection below.
    assert.ok(medianShare(found) >= share * (1 - 1e-9), `${found}: ${medianShare(found)}`);
    assert.ok(medianShare(found / RESOLUTION) < share * (1 + 1e-9), `${found}`);
    assert.ok(found > last);
    last = found;
  }
  const broad = { share: medianShare(1) * 0.999, grid };
  assert.equal(await findTemperature(session, store, [0, 1, 2, 3, 4], voxels, broad), 1);
});
