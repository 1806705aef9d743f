import assert from "node:assert/strict";
import { createBackend } from "../lib/backends.ts";
import type { Stage } from "../lib/march.ts";
import { createParticleStack, type ParticleStack } from "../lib/particles.ts";
import { createPlan, type Plan } from "../lib/plan.ts";
import { robustRecipe } from "../lib/recipe.ts";
import { annealing, type Schedule } from "../lib/schedule.ts";
import { randomCTF } from "./small_set.ts";
import { createRandom } from "../lib/random.ts";

const radiiOf = (
  { boxSize, pixelSize }: { boxSize: number; pixelSize: number },
  stages: readonly Stage[],
) => stages.map(({ maxResolution }) => boxSize * pixelSize / maxResolution!);

/** Radii agree to the rounding of a quotient or two. */
function sameRadii(found: readonly number[], wanted: readonly number[]) {
  assert.equal(found.length, wanted.length, `${found}`);
  found.forEach((r, i) => assert.ok(Math.abs(r / wanted[i] - 1) < 4 * 2 ** -52, `${found}`));
}

const iterationsOf = (stage: Stage, trained: number, batchSize: number) =>
  Math.ceil(stage.epochs! * trained / batchSize - 1e-6);

const rateOf = (stage: Stage) => stage.hyperparameters!.learningRate as Schedule;

const large = { boxSize: 64, pixelSize: 5, count: 2100 };

Deno.test("16,000 image gradients in four stages of rising radius, whatever the pixel size", () => {
  for (const pixelSize of [0.73, 1.06, 5, 11.2]) {
    for (const boxSize of [34, 64, 128, 400]) {
      const set = { ...large, boxSize, pixelSize };
      const { stages: all, ...common } = robustRecipe(set);
      const stages = all.filter(({ optional }) => !optional);
      assert.deepEqual(common, {
        optimizer: "preconditioned",
        maskRadius: 0.42,
        quadrature: "cascade",
        guard: true,
        noise: "shells",
        outlierShare: 0.05,
        scales: "auto",
        batchSize: 100,
        heldOut: 100,
      });
      sameRadii(radiiOf(set, stages), [6.4, 10, 13, 16]);
      assert.deepEqual(stages.map((s) => iterationsOf(s, 2000, 100)), [100, 30, 20, 10]);
      assert.deepEqual(stages.map(({ temperShare }) => temperShare), [0.01, 0, 0, 0]);
      const scopes = stages.map(({ outlierScope }) => outlierScope);
      assert.deepEqual(scopes, ["odd", "any", "any", "any"]);
    }
  }
});

Deno.test("beyond r = 16 there are optional stages to 0.9 of Nyquist, with all images once", () => {
  const beyond = (boxSize: number, count: number, finest?: number) => {
    const set = { ...large, boxSize, count };
    const stages = robustRecipe(set, { finest }).stages.filter(({ optional }) => optional);
    return {
      radii: radiiOf(set, stages).map((r) => Number(r.toPrecision(6))),
      images: stages.map((s) => Math.round(s.epochs! * (count - 100))),
      sizes: stages.map((s) => s.batchSize),
    };
  };
  assert.deepEqual(beyond(64, 2100), {
    radii: [20, 25, 28.8],
    images: [2100, 2100, 2100], // whole minibatches of 300
    sizes: [300, 300, 300],
  });
  assert.deepEqual(beyond(128, 50000).radii, [20, 25, 31.25, 39.0625, 48.8281, 57.6]);
  assert.deepEqual(beyond(128, 50000).images, new Array(6).fill(10200)); // 10,000 at most
  assert.deepEqual(beyond(34, 2100).radii, []);
  assert.deepEqual(beyond(64, 2100, 320 / 20).radii, []);
  assert.deepEqual(beyond(64, 300).sizes, [200, 200, 200]); // all there are
});

Deno.test("the march ends at the finest resolution asked for, or at Nyquist", () => {
  const ends = [
    [64, 320 / 20, [6.4, 10, 13, 16, 20]],
    [64, 320 / 10.05, [6.4, 10.05]],
    [64, 320 / 12, [6.4, 10, 12]],
    [64, 320 / 10.5, [6.4, 10, 10.5]],
    [64, 320 / 8, [6.4, 8]],
    [64, 320 / 5, [5]],
    [64, 320 / 24, [6.4, 10, 13, 16, 20, 24]],
    [64, 1e-3, [6.4, 10, 13, 16, 20, 25, 32]],
    [24, 0, [6.4, 10, 12]],
    [24, 1e-3, [6.4, 10, 12]],
    [32, 0, [6.4, 10, 13, 16]],
    [16, 0, [6.4, 8]],
    [12, 0, [6]],
  ] as const;
  for (const [boxSize, finest, wanted] of ends) {
    // 320 A is the field of 64 pixels of 5 A
    const set = { ...large, boxSize }, recipe = robustRecipe(set, { finest });
    const stages = recipe.stages.filter(({ optional }) => !optional);
    sameRadii(radiiOf(set, stages), wanted);
    assert.equal(stages[0].temperShare, 0.01);
  }
  // A last stage does as much as the step it stands for.
  const gradients = (finest: number) =>
    robustRecipe(large, { finest }).stages
      .map((s) => Math.round(s.epochs! * 2000));
  assert.deepEqual(gradients(320 / 5), [10000]);
  assert.deepEqual(gradients(320 / 8), [10000, 3000]);
  assert.deepEqual(gradients(320 / 12), [10000, 3000, 2000]);
  assert.deepEqual(gradients(320 / 24), [10000, 3000, 2000, 1000, 2100, 2100]);
});

/** A stack of which only the sizes matter. */
function stackOf(boxSize: number, pixelSize: number, count: number): ParticleStack {
  return createParticleStack({
    boxSize,
    pixelSize,
    images: new Float32Array(count * boxSize ** 2),
    ctfs: new Array(count).fill(randomCTF(createRandom(1))),
  });
}

Deno.test("every stage can be planned, at Nyquist and on the steps' own radii, whatever the rounding", async () => {
  await using backend = await createBackend("reference");
  for (let hundredths = 83; hundredths < 500; hundredths += 24) {
    const pixelSize = hundredths / 100;
    for (const boxSize of [10, 14, 20]) {
      const particles = stackOf(boxSize, pixelSize, 30);
      const finests = [0, 2 * pixelSize, boxSize * pixelSize / 6.4];
      for (const finest of finests) {
        const { stages, ...common } = robustRecipe(particles, {
          finest,
          batchSize: 10,
          heldOut: 10,
        });
        const plans = stages.map((stage): Plan =>
          createPlan(particles, backend, { ...common, ...stage })
        );
        const radii = plans.map(({ problem: { band } }) => band.radius);
        assert.ok(radii.at(-1)! <= boxSize / 2);
        // No stage is done twice.
        radii.slice(1).forEach((r, i) => assert.ok(r > 1.001 * radii[i], `${radii}`));
      }
    }
  }
});

Deno.test("gradients scale each stage alike, to whole minibatches, however many images", () => {
  for (const [count, heldOut, batchSize] of [[2100, 100, 100], [160, 20, 20], [1237, 101, 37]]) {
    for (const gradients of [500, 16000, 54321]) {
      const set = { ...large, count };
      const recipe = robustRecipe(set, { gradients, batchSize, heldOut });
      const stages = recipe.stages.filter(({ optional }) => !optional);
      const found = stages.map((s) => iterationsOf(s, count - heldOut, batchSize));
      const wanted = [10, 3, 2, 1].map((part) => gradients * part / 16 / batchSize);
      // rounded up, never down
      found.forEach((f, i) => assert.ok(f >= wanted[i] - 1e-6 && f < wanted[i] + 1, `${found}`));
    }
  }
});

Deno.test("minibatches go on from stage to stage without a gap", () => {
  for (const gradients of [undefined, 777, 30000]) {
    const { stages } = robustRecipe(large, { gradients });
    let images = 0;
    for (const stage of stages) {
      const size = stage.batchSize ?? 100;
      // whole minibatches, of their own size
      assert.equal(stage.firstMinibatch, Math.ceil(images / size));
      images = stage.firstMinibatch! * size + Math.round(stage.epochs! * 2000);
    }
  }
});

Deno.test("rates go on falling from stage to stage, and start over once, at r = 10", () => {
  const stages = robustRecipe(large).stages.filter(({ optional }) => !optional);
  const begins = [[0.6, 0], [0.2, 0], [0.2, 30], [0.2, 50]];
  const same = (schedule: Schedule, start: number, from: number) => {
    for (const t of [0, 1, 7, 40, 1000]) {
      const wanted = annealing({ start }).at(from + t);
      // a dozen roundings of a power
      assert.ok(Math.abs(schedule.at(t) / wanted - 1) < 1e-14, `${schedule.formula} at ${t}`);
    }
  };
  stages.forEach((stage, i) => same(rateOf(stage), begins[i][0], begins[i][1]));
  // r = 6.4 and 8 are both coarse: one schedule through both
  const coarse = robustRecipe(large, { finest: 320 / 8 }).stages;
  same(rateOf(coarse[0]), 0.6, 0);
  same(rateOf(coarse[1]), 0.6, 100);
});
