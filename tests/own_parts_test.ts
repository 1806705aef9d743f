import assert from "node:assert/strict";
import {
  type Backend,
  type Checkpoint,
  createBackend,
  decodeCheckpoint,
  encodeCheckpoint,
  march,
  type Optimizer,
  optimizers,
  type Prior,
  reconstruct,
  type ReconstructOptions,
  type Schedule,
} from "../mod.ts";
import { createSmallSet } from "./small_set.ts";

/** 60 images to learn from, six iterations. */
const { particles } = createSmallSet({ count: 80, box: 16, pixelSize: 4, height: 2 });
const options = { maxResolution: 16, batchSize: 20, heldOut: 20, testEvery: 2, epochs: 2, seed: 5 };

/** A schedule that is not in the registry: eta_t = start / (1 + t). */
const harmonic = (start: number): Schedule => ({
  at: (t) => start / (1 + t),
  formula: `${start} / (1 + t)`,
  toJSON: () => ({ kind: "harmonic", start }),
});

/** Steps of a fixed length along the mean of all gradients so far; its state is an array and a number. */
const averaged = (rate = harmonic(0.5)): Optimizer<{ sum: Float32Array; count: number }> => ({
  name: "averaged",
  hyperparameters: { rate },
  init: (voxels) => ({ sum: new Float32Array(voxels.length), count: 0 }),
  async step(voxels, state, objective, t) {
    const { gradient } = await objective.evaluate(voxels);
    state.sum = state.sum.map((s, i) => s + gradient[i]);
    state.count++;
    return state.sum.map((s) => -rate.at(t) * objective.unit * s / state.count);
  },
});

/** -log p = lambda sum v^2 / 2. */
const gaussian = (lambda: number): Prior => ({
  name: "gaussian",
  formula: `exp(-${lambda} v^2 / 2)`,
  accumulate(voxels, gradient, scale) {
    let sum = 0;
    voxels.forEach((v, i) => {
      gradient[i] += scale * lambda * v;
      sum += v * v;
    });
    return scale * lambda * sum / 2;
  },
  toJSON: () => ({ name: "gaussian", lambda }),
});

async function withBackend<T>(work: (backend: Backend) => Promise<T>): Promise<T> {
  await using backend = await createBackend("cpu", { threads: 1 });
  return await work(backend);
}

/** The checkpoints of a run, before it and after each iteration; times left out. */
async function checkpointsOf(backend: Backend, more: Partial<ReconstructOptions>) {
  await using run = await reconstruct(particles, { backend, ...options, ...more });
  const untimed = ({ seconds: _, ...rest }: Checkpoint) => rest;
  const checkpoints = [run.checkpoint()];
  for await (const _ of run) checkpoints.push(run.checkpoint());
  return { all: checkpoints, last: untimed(checkpoints[checkpoints.length - 1]) };
}

Deno.test("an optimizer passed as an object does what its name does, to the bit", async () => {
  await withBackend(async (backend) => {
    const named = await checkpointsOf(backend, {
      optimizer: "momentum",
      hyperparameters: { learningRate: harmonic(1), momentum: 0.5 },
    });
    const made = await checkpointsOf(backend, {
      optimizer: optimizers.momentum({
        learningRate: harmonic(1),
        momentum: {
          at: () => 0.5,
          formula: "0.5",
          toJSON: () => ({ kind: "constant", value: 0.5 }),
        },
      }),
    });
    assert.deepEqual(made.last, named.last);
  });
});

Deno.test("optimizer, prior and schedule of one's own change the result, and a run with them resumes to the same bits", async () => {
  await withBackend(async (backend) => {
    const own = { optimizer: averaged(), prior: gaussian(1e-2) };
    const { all, last } = await checkpointsOf(backend, own);
    assert.equal(last.iteration, 6);
    assert.deepEqual(last.config.prior, { name: "gaussian", lambda: 1e-2 });
    assert.deepEqual(last.config.hyperparameters, { rate: { kind: "harmonic", start: 0.5 } });
    const resume = decodeCheckpoint(encodeCheckpoint(all[3]), "a checkpoint");
    assert.deepEqual((await checkpointsOf(backend, { ...own, resume })).last, last);

    for (
      const [change, message] of [
        [{ optimizer: averaged(harmonic(0.25)) }, "hyperparameters was"],
        [{ prior: gaussian(2) }, "prior was"],
        [{ optimizer: "sgd" }, 'optimizer was "averaged", is "sgd"'],
      ] as const
    ) {
      const other = await checkpointsOf(backend, { ...own, ...change });
      assert.notDeepEqual(other.last.voxels, last.voxels, message);
      await assert.rejects(
        reconstruct(particles, { backend, ...options, ...own, ...change, resume }),
        (error: Error) =>
          error.message.startsWith("Cannot resume: ") && error.message.includes(message),
      );
    }
  });
});

Deno.test("each stage of a march may have an optimizer of its own", async () => {
  await withBackend(async (backend) => {
    await using run = await march(particles, {
      backend,
      ...options,
      epochs: 1,
      stages: [
        { maxResolution: 20, optimizer: "sgd" },
        { maxResolution: 16, optimizer: averaged() },
      ],
    });
    const names: string[] = [];
    for await (const { hyperparameters } of run) names.push(Object.keys(hyperparameters)[0]);
    assert.deepEqual(names, [...Array(3).fill("learningRate"), ...Array(3).fill("rate")]);
  });
});

Deno.test("what is no optimizer, prior or schedule is refused before any image is read", async () => {
  await withBackend(async (backend) => {
    const unread = { ...particles, read: () => Promise.reject(new Error("an image was read")) };
    // deno-lint-ignore no-explicit-any
    const refusals: [any, string][] = [
      [
        { optimizer: { ...averaged(), step: undefined } },
        "its step is undefined, wanted a function",
      ],
      [
        { optimizer: { ...averaged(), hyperparameters: null } },
        "its hyperparameters is null, wanted an object",
      ],
      [
        { optimizer: averaged({ ...harmonic(1), toJSON: undefined } as never) },
        "Cannot use a schedule: its toJSON is undefined, wanted a function",
      ],
      [
        { optimizer: averaged(), hyperparameters: { rate: 1 } },
        "with hyperparameters rate: it has its own, wanted none beside it",
      ],
      [{ prior: { ...gaussian(1), toJSON: 1 } }, "its toJSON is number, wanted a function"],
    ];
    for (const [wrong, message] of refusals) {
      await assert.rejects(
        reconstruct(unread, { backend, ...options, ...wrong }),
        (error: Error) => {
          assert.match(error.message, /^Cannot use (an? )?(optimizer|prior|schedule)/);
          assert.ok(error.message.includes(message), error.message);
          return true;
        },
      );
    }
  });
});

Deno.test("an optimizer that returns another number of voxels, or evaluates nothing, ends the run with its name", async () => {
  await withBackend(async (backend) => {
    const step = averaged().step;
    const wrong: [Partial<Optimizer>, RegExp][] = [
      [
        { step: async (v, ...rest) => (await step(v, ...rest as [never, never, never])).slice(1) },
        /optimizer averaged with a change of \d+ voxels, wanted .* \d+ voxels$/,
      ],
      [
        { step: (voxels) => Promise.resolve(new Float32Array(voxels.length)) },
        /optimizer averaged with no evaluation, wanted the objective evaluated/,
      ],
    ];
    for (const [change, message] of wrong) {
      const optimizer = { ...averaged(), ...change } as Optimizer;
      await using run = await reconstruct(particles, { backend, ...options, optimizer });
      await assert.rejects(() => run[Symbol.asyncIterator]().next(), message);
    }
  });
});
