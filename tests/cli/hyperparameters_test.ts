import assert from "node:assert/strict";
import { parseHyperparameters } from "../../lib/cli/hyperparameters.ts";
import { createOptimizer } from "../../lib/optimizers/registry.ts";

Deno.test("hyperparameters are read by name, with whatever a schedule is made of", () => {
  const read = parseHyperparameters(" damping=0.25  learningRate=steps:0=0.5,100=0.1 ");
  assert.deepEqual(read, { damping: "0.25", learningRate: "steps:0=0.5,100=0.1" });
  const { damping, learningRate } = createOptimizer("tonga", read).hyperparameters;
  assert.deepEqual([damping.at(0), learningRate.at(99), learningRate.at(100)], [0.25, 0.5, 0.1]);
});

Deno.test("what is no hyperparameter is refused, and so is one that comes twice", () => {
  for (const bad of ["damping", "damping=", "=3", "0.3", "", "damping = 3", "damping=fast"]) {
    assert.throws(() => parseHyperparameters(bad), /^RangeError: Cannot (read|make) .*wanted/, bad);
  }
  assert.throws(
    () => parseHyperparameters("damping=1 damping=2"),
    /^RangeError: Cannot read hyperparameters .*: damping twice/,
  );
});
