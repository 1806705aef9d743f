import assert from "node:assert/strict";
import { flat } from "../lib/priors/flat.ts";
import type { Prior } from "../lib/priors/prior.ts";
import { parsePrior, priors } from "../lib/priors/registry.ts";
import { sparse } from "../lib/priors/sparse.ts";
import { createRandom } from "../lib/random.ts";

function penalty(prior: Prior, voxels: Float32Array, scale = 1): number {
  return prior.accumulate(voxels, new Float32Array(voxels.length), scale);
}

Deno.test("the sparse prior is lambda+ v above zero and lambda- |v|^3 below", () => {
  const prior = sparse({ lambdaPlus: 0.5, lambdaMinus: 0.25 });
  const voxels = Float32Array.of(2, 0, -2, 4), gradient = Float32Array.of(1, 1, 1, 1);
  // 0.5 (2 + 0 + 4) + 0.25 * 8 = 5
  assert.equal(prior.accumulate(voxels, gradient, 3), 15);
  // 1 + 3 * 0.5, and 1 - 3 * 3 * 0.25 * 4
  assert.deepEqual(gradient, Float32Array.of(2.5, 2.5, -8, 2.5));
});

Deno.test("the flat prior asks for nothing", () => {
  const gradient = Float32Array.of(1, 2);
  assert.equal(flat().accumulate(Float32Array.of(-5, 5), gradient, 1), 0);
  assert.deepEqual(gradient, Float32Array.of(1, 2));
});

const examples: Record<keyof typeof priors, Prior> = {
  sparse: sparse({ lambdaPlus: 0.3, lambdaMinus: 0.2 }),
  flat: flat(),
};

for (const name of Object.keys(priors) as (keyof typeof priors)[]) {
  Deno.test(`the gradient of prior ${name} is the derivative of its value`, () => {
    const prior = examples[name], random = createRandom(1, name), scale = 0.7;
    // away from the kink at 0, by more than the step
    const voxels = Float32Array.from({ length: 40 }, () => {
      const v = random.normal();
      return v + Math.sign(v) * 0.1;
    });
    const gradient = new Float32Array(voxels.length);
    prior.accumulate(voxels, gradient, scale);
    for (let i = 0; i < voxels.length; i++) {
      const h = 2 ** -6, above = voxels.slice(), below = voxels.slice();
      above[i] += h, below[i] -= h;
      const slope = (penalty(prior, above, scale) - penalty(prior, below, scale)) /
        (above[i] - below[i]);
      // h^2 f'''/6, f''' <= 6 lambda-, and float32 gradients of size <= 0.7 * 3 * 0.2 * 16
      assert.ok(Math.abs(slope - gradient[i]) < scale * 0.2 * h * h + 7 * 2 ** -24);
    }
  });

  Deno.test(`prior ${name} survives JSON`, () => {
    const again = parsePrior(JSON.parse(JSON.stringify(examples[name])));
    assert.deepEqual(again.toJSON(), examples[name].toJSON());
    assert.equal(again.formula, examples[name].formula);
    const voxels = Float32Array.of(1, -2, 3);
    assert.equal(penalty(again, voxels), penalty(examples[name], voxels));
  });
}

Deno.test("short forms name the numbers in order", () => {
  assert.deepEqual(parsePrior("sparse").toJSON(), {
    name: "sparse",
    lambdaPlus: 1e-4,
    lambdaMinus: 1e-4,
  });
  assert.deepEqual(parsePrior("sparse:3e-2,1e-5").toJSON(), {
    name: "sparse",
    lambdaPlus: 3e-2,
    lambdaMinus: 1e-5,
  });
  assert.equal(parsePrior("flat").name, "flat");
  const own = flat();
  assert.equal(parsePrior(own), own);
});

Deno.test("what is no prior is refused with the part that is wrong", () => {
  const refusals: [Parameters<typeof parsePrior>[0], RegExp][] = [
    ["gaussian", /name gaussian, wanted one of sparse, flat/],
    ["constructor", /name constructor, wanted one of/],
    ["sparse:1,2,3", /unknown number 3, wanted lambdaPlus, lambdaMinus/],
    ["sparse:abc", /"abc" is not a number/],
    ["sparse:,5", /"" is not a number/],
    ["sparse:1:2", /"1:2" is not a number/],
    ["sparse:-1", /lambdaPlus -1, wanted a number >= 0/],
    ["flat:1", /unknown number 1, wanted no numbers/],
    [{ name: "sparse", lambda: 1 }, /unknown lambda, wanted lambdaPlus, lambdaMinus/],
    [{ name: "sparse", lambdaMinus: NaN }, /lambdaMinus NaN, wanted a number >= 0/],
  ];
  for (const [from, message] of refusals) {
    assert.throws(() => parsePrior(from), (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, /^Cannot (make|read) (a )?prior/);
      assert.match(error.message, message);
      return true;
    });
  }
});
