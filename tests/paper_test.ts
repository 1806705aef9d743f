import assert from "node:assert/strict";
import { paperBatchSizes, paperHyperparameters } from "../lib/optimizers/paper.ts";
import { createOptimizer } from "../lib/optimizers/registry.ts";

const SEVEN = ["sgd", "momentum", "nesterov", "adagrad", "tonga", "olbfgs", "hessianFree"] as const;
const rates = (name: typeof SEVEN[number]) =>
  createOptimizer(name, paperHyperparameters[name]).hyperparameters;

Deno.test("the paper's seven have presets, each of hyperparameters it has", () => {
  assert.deepEqual(Object.keys(paperHyperparameters), SEVEN);
  for (const name of SEVEN) {
    assert.equal(createOptimizer(name, paperHyperparameters[name]).name, name);
  }
});

Deno.test("rates are annealed as eta_0 (1 + 0.01 t)^-0.75, but for AdaGrad and Hessian-free", () => {
  for (const name of ["sgd", "momentum", "nesterov", "tonga", "olbfgs"] as const) {
    const { learningRate } = rates(name), start = learningRate.at(0);
    assert.ok(start > 0);
    // 2^-0.75 at t = 100, 16^-0.75 = 1/8 at t = 1,500
    assert.ok(Math.abs(learningRate.at(100) / start - 0.59460) < 1e-5);
    assert.ok(Math.abs(learningRate.at(1500) / start - 1 / 8) < 1e-12);
  }
  const { learningRate } = rates("adagrad");
  assert.equal(learningRate.at(5000), learningRate.at(0));
  assert.deepEqual(Object.keys(rates("hessianFree")), ["damping", "differences"]);
});

Deno.test("momentum rises as min(0.9, 1 - 2^(-1 - log2(floor(t / 100) + 1)))", () => {
  for (const name of ["momentum", "nesterov"] as const) {
    const { momentum } = rates(name);
    // 1 - 1 / (2 (floor(t / 100) + 1))
    for (
      const [t, mu] of [[0, 1 / 2], [99, 1 / 2], [100, 3 / 4], [250, 5 / 6], [399, 7 / 8], [
        400,
        0.9,
      ], [9999, 0.9]]
    ) {
      assert.ok(Math.abs(momentum.at(t) - mu) < 1e-12);
    }
  }
});

Deno.test("minibatches are of 100 images, Hessian-free's of 300, and its products are differences", () => {
  for (const name of SEVEN) {
    assert.equal(paperBatchSizes[name], name === "hessianFree" ? 300 : 100);
  }
  assert.equal(rates("hessianFree").differences.at(0), 1);
});
