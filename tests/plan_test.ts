import assert from "node:assert/strict";
import { createBackend } from "../lib/backends.ts";
import type { CTF } from "../lib/ctf.ts";
import type { ParticleStack } from "../lib/particles.ts";
import { createPlan } from "../lib/plan.ts";
import type { PlanOptions } from "../lib/plan_options.ts";

const backend = await createBackend("cpu", { threads: 1 });

/** A stack of which only the sizes matter: 128 px of 2.8 A. */
function stack(count: number): ParticleStack {
  const unused = () => {
    throw new Error("a plan reads no image");
  };
  return {
    count,
    boxSize: 128,
    pixelSize: 2.8,
    ctf: unused as () => CTF,
    read: unused as () => Promise<Float32Array>,
  };
}

const plan = (options: PlanOptions, count = 50_000) => createPlan(stack(count), backend, options);

Deno.test("the paper's 16 % of Nyquist is a radius of 10.24 and about 95,000 points", () => {
  const { problem: { band, workBox }, points, resolution } = plan({ maxFrequency: 0.16 });
  assert.ok(Math.abs(band.radius - 10.24) < 1e-12, `${band.radius}`);
  assert.equal(band.count, 166);
  assert.equal(points, 1454 * 68);
  assert.equal(workBox, 2 * Math.ceil(1.25 * 10.24) + 4);
  assert.ok(Math.abs(resolution - 35) < 1e-12, `${resolution}`);
});

Deno.test("epochs are whole minibatches of the images that are not held out, rounded up", () => {
  assert.equal(plan({ epochs: 10 }).iterations, 4990);
  assert.equal(plan({ epochs: 0.001 }).iterations, 1);
  assert.equal(plan({ epochs: 3, batchSize: 7, heldOut: 1 }, 101).iterations, Math.ceil(300 / 7));
  // a number of epochs made from a number of iterations gives that number back
  for (let n = 1; n < 200; n++) assert.equal(plan({ epochs: n * 100 / 1900 }, 2000).iterations, n);
});

Deno.test("flop counts value and gradient of every image at every point", () => {
  const { flop, iterations, points, problem: { band } } = plan({ maxFrequency: 0.1, epochs: 1 });
  assert.equal(flop, 2 * iterations * 100 * points * band.count);
});

Deno.test("images are kept while they fit the memory given to them", () => {
  const { imageBytes } = plan({});
  assert.equal(imageBytes, 50_000 * backend.bytesPerImage(plan({}).problem));
  assert.equal(plan({ imageMemory: imageBytes }).resident, true);
  assert.equal(plan({ imageMemory: imageBytes - 1 }).resident, false);
});

Deno.test("what cannot be met is said with the value and the wanted value", () => {
  const refused: [PlanOptions, RegExp][] = [
    [{ maxResolution: 5 }, /a resolution of 5 A, wanted no finer than Nyquist, 5\.6 A$/],
    [{ maxFrequency: 1.1 }, /a frequency of 1\.1 Nyquist, wanted no finer than Nyquist, 5\.6 A$/],
    [{ maxResolution: 50, maxFrequency: 0.1 }, /wanted one of them$/],
    [{ batchSize: 0 }, /batchSize 0, wanted a positive integer$/],
    [{ heldOut: 1.5 }, /heldOut 1\.5, wanted a positive integer$/],
    [{ epochs: 0 }, /epochs 0, wanted > 0$/],
    [{ workBox: 21 }, /work box 21, wanted an even number from 20 to 128$/],
    [{ maskRadius: 0.6 }, /mask radius 0\.6 box edges, wanted above 0, at most 0\.5$/],
    [{ temperShare: 1 }, /tempered share 1, wanted 0 or more, below 1$/],
    [{ heldOut: 5000 }, /5000 held out, wanted at most 4096 with backend cpu$/],
    [
      { shiftExtent: 0.5 },
      /shifts up to 0\.5 px, wanted 0 or at least the step between them, 1\.43 px at 40 A$/,
    ],
  ];
  for (const [options, words] of refused) {
    assert.throws(
      () => plan(options),
      (error: Error) =>
        error instanceof RangeError && error.message.startsWith("Cannot plan a run: ") &&
        words.test(error.message),
      JSON.stringify(options),
    );
  }
});
