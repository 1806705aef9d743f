import assert from "node:assert/strict";
import type { ImageStore, Problem, Session } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { createBand, workBoxOf } from "../lib/band.ts";
import { createObjective, type Evaluations } from "../lib/objective.ts";
import { circularWindow } from "../lib/prepare.ts";
import { flat } from "../lib/priors/flat.ts";
import type { Prior } from "../lib/priors/prior.ts";
import { parsePrior } from "../lib/priors/registry.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

const box = 12, count = 3, band = createBand(box, 2.5);
const problem: Problem = {
  band,
  pixelSize: 5,
  workBox: workBoxOf(band) - 2, // 10 voxels for 12 pixels: the prior's weight is not 1
  quadrature: createQuadrature(band),
};

/** The float64 backend with a few images. */
async function withImages(work: (session: Session, images: ImageStore) => Promise<void>) {
  await using backend = await createBackend("reference");
  await using session = await backend.open(problem);
  const { images, ctfs } = createSmallSet({ box, pixelSize: 5, count, height: 0.5 });
  const window = circularWindow(box), store = session.createImages(count);
  await store.set(0, images.map((v, i) => v * window[i % window.length]), ctfs);
  await work(session, store);
}

const objectiveOf = (
  session: Session,
  images: ImageStore,
  prior: Prior,
  evaluations: Evaluations,
) =>
  createObjective({
    session,
    images,
    which: [2, 0],
    prior,
    imageCount: 50,
    grid: createRandom(3).rotation(),
    unit: 0.125,
    evaluations,
  });

const voxels = blobDensity(problem.workBox, 0.4).map((v) => v - 0.12);

Deno.test("every evaluation is counted, in images", () =>
  withImages(async (session, images) => {
    const evaluations = { gradients: 1000, forwards: 10 };
    const objective = objectiveOf(session, images, flat(), evaluations);
    assert.equal(objective.batchSize, 2);
    assert.equal(objective.unit, 0.125);
    await objective.evaluate(voxels);
    assert.deepEqual(evaluations, { gradients: 1002, forwards: 10 });
    await objective.value(voxels);
    await objective.value(voxels);
    assert.deepEqual(evaluations, { gradients: 1002, forwards: 14 });
  }));

Deno.test("value() is evaluate()'s value, and neither changes the voxels", () =>
  withImages(async (session, images) => {
    const objective = objectiveOf(session, images, parsePrior("sparse:0.5,30"), {
      gradients: 0,
      forwards: 0,
    });
    const given = voxels.slice();
    const { value } = await objective.evaluate(given);
    assert.equal(await objective.value(given), value);
    assert.deepEqual(given, voxels);
  }));

Deno.test("the prior counts once per image set, per voxel of the images' box", () =>
  withImages(async (session, images) => {
    const counts = { gradients: 0, forwards: 0 };
    const without = await objectiveOf(session, images, flat(), counts).evaluate(voxels);
    const prior = parsePrior("sparse:0.5,30");
    const withPrior = await objectiveOf(session, images, prior, counts).evaluate(voxels);
    // (N/M)^3 / K
    const scale = (12 / 10) ** 3 / 50;
    let penalty = 0;
    voxels.forEach((v) => penalty += v >= 0 ? 0.5 * v : 30 * -(v ** 3));
    assert.ok(Math.abs(withPrior.value - without.value - scale * penalty) < 1e-12 * 50);
    voxels.forEach((v, i) => {
      const pull = scale * (v >= 0 ? 0.5 : -90 * v * v);
      const size = Math.abs(pull) + Math.abs(without.gradient[i]);
      assert.ok(Math.abs(withPrior.gradient[i] - without.gradient[i] - pull) < 2 ** -22 * size);
    });
  }));

for (const prior of ["flat", "sparse:0.5,30"]) {
  Deno.test(`the gradient is the finite difference of f, prior ${prior} included`, () =>
    withImages(async (session, images) => {
      const counts = { gradients: 0, forwards: 0 };
      const objective = objectiveOf(session, images, parsePrior(prior), counts);
      const random = createRandom(1, "direction");
      // Whole multiples of 2^-12 and, for directions, of 2^-6: steps are exact in float32, and f is
      // float64 of them. The prior's kink at 0 stays outside the steps.
      const round = (v: number, to: number) => Math.round(v / to) * to;
      const start = voxels.map((v) => Math.abs(v) < 0.02 ? 0.02 : v).map((v) => round(v, 2 ** -12));
      const { gradient } = await objective.evaluate(start);
      for (let trial = 0; trial < 4; trial++) {
        const direction = start.map(() => round(random.normal(), 2 ** -6));
        let slope = 0, squares = 0;
        gradient.forEach((g, i) => (slope += g * direction[i], squares += (g * direction[i]) ** 2));
        const rise = async (h: number) =>
          await objective.value(start.map((v, i) => v + h * direction[i])) -
          await objective.value(start.map((v, i) => v - h * direction[i]));
        // The cubic term of a step is what a second, twice as long, has too much; h^5 of the fifth
        // derivative is left, a thousandth of it. f ~ 20 nats is good to 1e-13, and the gradient is
        // rounded to float32, voxel by voxel.
        const h = 2 ** -9, near = await rise(h), far = await rise(2 * h);
        const cubic = (far - 2 * near) / 6;
        const bound = 4 * 2 ** -24 * 2 * h * Math.sqrt(squares) + 1e-3 * Math.abs(cubic) + 1e-12;
        assert.ok(Math.abs(near) > 1e3 * bound);
        assert.ok(Math.abs(near - cubic - 2 * h * slope) < bound);
      }
    }));
}
