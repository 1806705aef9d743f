import assert from "node:assert/strict";
import { adagrad } from "../lib/optimizers/adagrad.ts";
import { constant } from "../lib/schedule.ts";
import { gradientsInTurn } from "./dense_oracle.ts";

const at = (value: number) => constant({ value });

/** The steps that come of these gradients. */
async function steps(
  gradients: number[][],
  { rate = 1, delta = 0, unit = 1 }: { rate?: number; delta?: number; unit?: number },
) {
  const optimizer = adagrad({ learningRate: at(rate), delta: at(delta) });
  const objective = gradientsInTurn(gradients, unit),
    voxels = new Float32Array(gradients[0].length);
  const state = optimizer.init(voxels), out: number[][] = [];
  for (let t = 0; t < gradients.length; t++) {
    out.push([...await optimizer.step(voxels, state, objective, t)]);
  }
  assert.equal(objective.gradients, gradients.length);
  assert.equal(objective.values, 0);
  return out;
}

/** Equal but for a few roundings to float32. */
function assertSteps(actual: number[][], wanted: number[][]) {
  actual.forEach((row, t) =>
    row.forEach((v, i) =>
      assert.ok(Math.abs(v - wanted[t][i]) <= 4 * 2 ** -23 * Math.abs(wanted[t][i]), `${t}, ${i}`)
    )
  );
}

Deno.test("AdaGrad does by hand what it does", async () => {
  // gamma = sqrt((1 + 49) / 2) = 5; roots of s: 1, 7; then 1, 25; then sqrt(2), 25
  const gradients = [[1, -7], [0, 24], [-1, 0]];
  assertSteps(await steps(gradients, { rate: 2, delta: 0, unit: 0.5 }), [
    [-5, 5],
    [0, -5 * 24 / 25],
    [5 / Math.SQRT2, 0],
  ]);
  assertSteps(await steps(gradients, { rate: 2, delta: 0.6, unit: 0.5 }), [
    [-1 / (1 / 5 + 0.6), 7 / (7 / 5 + 0.6)],
    [0, -24 / (25 / 5 + 0.6)],
    [1 / (Math.SQRT2 / 5 + 0.6), 0],
  ]);
});

Deno.test("without delta AdaGrad's first step is as long as gradient descent's, in every voxel alike", async () => {
  const gradient = [0.5, -3, 2, 1e-3], [step] = await steps([gradient], { rate: 0.7, unit: 0.25 });
  const length = 0.7 * 0.25 * Math.hypot(...gradient);
  assert.ok(Math.abs(Math.hypot(...step) / length - 1) < 4 * 2 ** -23);
  step.forEach((v) => assert.ok(Math.abs(Math.abs(v) / (length / 2) - 1) < 4 * 2 ** -23));
});

Deno.test("a large delta makes AdaGrad gradient descent with the rate eta / delta", async () => {
  const gradients = [[0.5, -3], [2, 1]], delta = 1e6;
  const wanted = gradients.map((g) => g.map((v) => -0.25 * 0.7 * v));
  const found = await steps(gradients, { rate: 0.7 * delta, delta, unit: 0.25 });
  // sqrt(s) / gamma is at most 2
  found.forEach((row, t) =>
    row.forEach((v, i) => assert.ok(Math.abs(v / wanted[t][i] - 1) < 2 / delta + 2 ** -22))
  );
});

Deno.test("voxels that never have a gradient stay, even without delta, and nothing is not a number", async () => {
  assert.deepEqual(await steps([[0, 0], [0, 0]], { delta: 0 }), [[0, 0], [0, 0]]);
  const [, second] = await steps([[0, 2], [0, -1]], { delta: 0 });
  assert.equal(second[0], 0);
  assert.ok(second[1] > 0);
});
