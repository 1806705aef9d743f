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

Deno.test("the prior's part of the gradient is what a flat prior leaves out", () =>
  withImages(async (session, images) => {
    const counts = { gradients: 0, forwards: 0 };
    const objective = objectiveOf(session, images, parsePrior("sparse:0.5,30"), counts);
    const { gradient, priorGradient } = await objective.evaluate(voxels, { priorGradient: true });
    const without = await objectiveOf(session, images, flat(), counts).evaluate(voxels);
    gradient.forEach((g, i) => {
      const size = Math.abs(g) + Math.abs(priorGradient![i]);
      assert.ok(Math.abs(g - priorGradient![i] - without.gradient[i]) <= 2 ** -23 * size);
    });
    assert.equal(without.priorGradient, undefined);
    assert.equal(counts.gradients, 4);
  }));

Deno.test("halves are the gradients of the minibatch's first and second half, at the price of the whole", () =>
  withImages(async (session, images) => {
    const prior = parsePrior("sparse:0.5,30"), counts = { gradients: 0, forwards: 0 };
    const of = (which: number[]) =>
      createObjective({
        session,
        images,
        which,
        prior,
        imageCount: 50,
        grid: createRandom(3).rotation(),
        unit: 1,
        evaluations: counts,
      });
    const whole = await of([2, 0, 1]).evaluate(voxels);
    const [first, second] = [
      await of([2, 0]).evaluate(voxels),
      await of([1]).evaluate(voxels),
    ];
    counts.gradients = 0;
    const halved = await of([2, 0, 1]).evaluate(voxels, { halves: true });
    assert.equal(counts.gradients, 3);
    const largest = whole.gradient.reduce((a, g) => Math.max(a, Math.abs(g)), 0);
    const close = (a: Float32Array, b: Float32Array) =>
      a.forEach((v, i) => assert.ok(Math.abs(v - b[i]) <= 4 * 2 ** -23 * largest));
    close(halved.halves![0], first.gradient);
    close(halved.halves![1], second.gradient);
    close(halved.gradient, whole.gradient);
    assert.ok(Math.abs(halved.value - whole.value) < 1e-12 * Math.abs(whole.value));
    await assert.rejects(
      () => of([1]).evaluate(voxels, { halves: true }),
      /^RangeError: Cannot halve a minibatch of 1 images, wanted 2 or more$/,
    );
    for (const other of [{ diagonal: true }, { product: true }]) {
      await assert.rejects(
        () => of([2, 0]).evaluate(voxels, { halves: true, ...other }),
        /^TypeError: Cannot evaluate halves together with the diagonal or products/,
      );
    }
  }));

Deno.test("products are those of the Hessian where posteriors do not move, and cost no evaluation", () =>
  withImages(async (session, images) => {
    const counts = { gradients: 0, forwards: 0 }, random = createRandom(7, "products");
    // So hot that every posterior is its prior: what a step does to it goes as 1/T^2, G as 1/T.
    const hot = createObjective({
      session,
      images,
      which: [2, 0],
      prior: flat(),
      imageCount: 50,
      grid: createRandom(3).rotation(),
      temperature: 2 ** 30,
      unit: 1,
      evaluations: counts,
    });
    const direction = () => voxels.map(() => random.normal());
    const [u, v] = [direction(), direction()];
    const here = await hot.evaluate(voxels, { product: true });
    const [Gu, Gv] = [await here.product!(u), await here.product!(v)];
    assert.equal(counts.gradients, 2);
    const there = await hot.evaluate(voxels.map((x, i) => x + v[i]));
    const largest = Gv.reduce((a, g) => Math.max(a, Math.abs(g)), 0);
    // both gradients are rounded to float32, of the size of G times |voxels| + |v|, and V + v is
    there.gradient.forEach((g, i) =>
      assert.ok(Math.abs(g - here.gradient[i] - Gv[i]) < 2 ** -18 * largest, `${i}`)
    );
    const inner = (a: Float32Array, b: Float32Array) => a.reduce((s, x, i) => s + x * b[i], 0);
    const size = Math.sqrt(inner(Gu, Gu) * inner(v, v));
    assert.ok(Math.abs(inner(u, Gv) - inner(v, Gu)) < 1e-6 * size);
    assert.ok(inner(u, Gu) > 0 && inner(v, Gv) > 0);
    // it has been evaluated since
    await assert.rejects(
      () => here.product!(v),
      /^TypeError: Cannot multiply by the curvature: evaluated again since/,
    );
  }));

Deno.test("an objective tells the band's radius, and its block if there is one", () =>
  withImages((session, images) => {
    const counts = { gradients: 0, forwards: 0 };
    const objective = objectiveOf(session, images, flat(), counts);
    assert.equal(objective.radius, 2.5);
    assert.equal(objective.block, undefined);
    const options = { session, images, which: [1], prior: flat(), imageCount: 50, unit: 1 };
    const block = { index: 1, count: 4 };
    assert.equal(createObjective({ ...options, block, evaluations: counts }).block, block);
    return Promise.resolve();
  }));
