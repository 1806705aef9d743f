import assert from "node:assert/strict";
import type { Backend, ImageStore } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../lib/checkpoint.ts";
import { march, type MarchOptions, type Stage } from "../lib/march.ts";
import { softSphere } from "../lib/mask.ts";
import { createOrder } from "../lib/minibatch.ts";
import { reconstruct } from "../lib/reconstruct.ts";
import type { ReconstructOptions } from "../lib/reconstruction.ts";
import type { TraceRecord } from "../lib/trace.ts";
import { createSmallSet } from "./small_set.ts";

const box = 20, pixelSize = 4, field = box * pixelSize;
const { particles } = createSmallSet({ count: 150, box, pixelSize, height: 1.5 });

/** 120 images to learn from: six minibatches an epoch. */
const common: Omit<ReconstructOptions, "backend"> = {
  batchSize: 20,
  heldOut: 30,
  testEvery: 3,
  seed: 5,
  optimizer: "preconditioned",
  maskRadius: 0.42,
};

const stages: readonly Stage[] = [
  { maxResolution: field / 3, epochs: 5 / 6, temperShare: 0.1, temperIterations: 3 },
  { maxResolution: field / 4, epochs: 4 / 6, firstMinibatch: 5 },
  { maxResolution: field / 5, epochs: 3 / 6, firstMinibatch: 9 },
];

/** Counts sessions opened and not closed, and notes the places of images asked for with a gradient. */
function watched(backend: Backend) {
  const seen: number[][] = [];
  const counts = { opened: 0, open: 0, most: 0 };
  const watching: Backend = {
    ...backend,
    async open(problem) {
      const session = await backend.open(problem);
      counts.opened++;
      counts.most = Math.max(counts.most, ++counts.open);
      let closed = false;
      return {
        ...session,
        marginalize(slices, images: ImageStore, which, options) {
          if (options?.gradient !== false) seen.push([...Array.from(which)]);
          return session.marginalize(slices, images, which, options);
        },
        async [Symbol.asyncDispose]() {
          if (!closed) counts.open--;
          closed = true;
          await session[Symbol.asyncDispose]();
        },
      };
    },
  };
  return { watching, counts, seen };
}

async function withBackend<T>(work: (backend: Backend) => Promise<T>): Promise<T> {
  await using backend = await createBackend("cpu", { threads: 2 });
  return await work(backend);
}

/** A whole march: its trace, a checkpoint before it and after each iteration, its map. */
async function whole(backend: Backend, more: Partial<MarchOptions> = {}) {
  await using run = await march(particles, { backend, ...common, stages, ...more });
  const trace: TraceRecord[] = [], checkpoints: Checkpoint[] = [run.checkpoint()];
  const places: [number, number][] = [];
  for await (const record of run) {
    trace.push(record);
    checkpoints.push(run.checkpoint());
    places.push([run.stage, run.iteration]);
  }
  return { trace, checkpoints, places, map: run.map(), run };
}

const untimed = ({ seconds: _, ...rest }: TraceRecord) => rest;
const timeless = ({ seconds: _, before, ...rest }: Checkpoint) => ({
  ...rest,
  before: { ...before, seconds: 0 },
});

Deno.test("stages go on from one another: t, images, seconds run through, the band grows", async () => {
  await withBackend(async (backend) => {
    const { trace, places, run } = await whole(backend);
    assert.equal(run.iterations, 12);
    assert.deepEqual(run.plans.map(({ iterations }) => iterations), [5, 4, 3]);
    assert.deepEqual(trace.map(({ t }) => t), Array.from({ length: 12 }, (_, t) => t));
    assert.deepEqual(trace.map(({ gradients }) => gradients), trace.map((_, t) => 20 * (t + 1)));
    // each stage measures at its 0th, 3rd and last iteration, 30 images each time
    const measured = [0, 3, 4, 5, 8, 9, 11];
    trace.forEach(({ test, forwards }, t) => {
      assert.equal(test !== null, measured.includes(t), `t ${t}`);
      assert.equal(forwards, 30 * measured.filter((m) => m <= t).length, `t ${t}`);
    });
    trace.slice(1).forEach(({ seconds }, i) => assert.ok(seconds > trace[i].seconds));
    const radii = [3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5];
    trace.forEach(({ radius }, t) => assert.ok(Math.abs(radius - radii[t]) < 1e-12));
    assert.deepEqual(places, trace.map((_, t) => [t < 5 ? 0 : t < 9 ? 1 : 2, t + 1]));
    assert.equal(run.plan, run.plan);
    assert.equal(run.plan.problem.workBox, run.plans[2].problem.workBox);
    // it has learned something all the way
    const tests = trace.flatMap(({ test }) => test === null ? [] : [test]);
    assert.ok(tests[2] < tests[0], `${tests}`);
  });
});

Deno.test("each stage sees the images after those of the one before, and closes its session", async () => {
  await withBackend(async (backend) => {
    const { watching, counts, seen } = watched(backend);
    const { order } = {
      order: createOrder({ count: 150, heldOut: 30, batchSize: 20, seed: 5 }),
    };
    const of = (position: number) => [...order.minibatch(position, 20)];
    await whole(watching);
    assert.deepEqual(counts, { opened: 3, open: 0, most: 1 });
    // A stage begins with an estimate of its time on made-up images (twice, the first to warm up); then a
    // gradient of each minibatch. A method whose rates have no unit needs no curvature.
    const real = seen.filter((which) => which.length === 20);
    const wanted = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(of);
    assert.deepEqual(real, wanted);

    // left in the middle, and one whose last stage cannot be begun
    {
      await using run = await march(particles, { backend: watching, ...common, stages });
      for await (const { t } of run) if (t === 6) break;
      assert.equal(counts.open, 1);
    }
    assert.equal(counts.open, 0);
    const opened = counts.opened;
    await assert.rejects(
      () =>
        march(particles, {
          backend: watching,
          ...common,
          stages: [stages[0], { maxResolution: pixelSize }],
        }),
      /^RangeError: Cannot plan a run: a resolution of 4 A, wanted no finer than Nyquist, 8 A$/,
    );
    assert.equal(counts.opened, opened); // before anything is done
  });
});

Deno.test("resumed in any stage or between two, it gives the same bits as if it had never stopped", async () => {
  await withBackend(async (backend) => {
    const { trace, checkpoints, map } = await whole(backend);
    for (const stop of [0, 2, 5, 6, 9, 10, 12]) {
      const bytes = encodeCheckpoint(checkpoints[stop]);
      const resume = decodeCheckpoint(bytes, "checkpoint");
      const given = structuredClone(resume);
      const rest = await whole(backend, { resume });
      assert.deepEqual(rest.trace.map(untimed), trace.slice(stop).map(untimed), `stop ${stop}`);
      assert.deepEqual(
        rest.checkpoints.slice(1).map(timeless),
        checkpoints.slice(stop + 1).map(timeless),
      );
      assert.deepEqual(rest.checkpoints[0], resume);
      assert.deepEqual(rest.map, map);
      assert.deepEqual(resume, given); // it is not written into
      if (stop > 0 && stop < 12) assert.ok(rest.trace[0].seconds > trace[stop - 1].seconds);
      assert.equal(rest.run.iterations, 12);
      assert.equal(rest.run.iteration, 12);
    }
  });
});

Deno.test("a checkpoint of a stage that there is none of, or of another march, is refused", async () => {
  await withBackend(async (backend) => {
    const { checkpoints } = await whole(backend);
    const begin = (resume: Checkpoint, more: readonly Stage[]) =>
      march(particles, { backend, ...common, stages: more, resume });
    await assert.rejects(
      () => begin(checkpoints[12], stages.slice(0, 2)),
      /^RangeError: Cannot resume: stage 3, wanted one of 2$/,
    );
    await assert.rejects(
      () => begin(checkpoints[7], [stages[0], { ...stages[1], firstMinibatch: 6 }]),
      /^RangeError: Cannot resume: firstMinibatch was 5, is 6$/,
    );
  });
});

Deno.test("stopped between two stages, it can be saved and goes on to the same bits", async () => {
  await withBackend(async (backend) => {
    const { trace, map } = await whole(backend);
    const controller = new AbortController();
    await using run = await march(particles, {
      backend,
      ...common,
      stages,
      signal: controller.signal,
    });
    await assert.rejects(async () => {
      for await (const { t } of run) if (t === 4) controller.abort();
    }, { name: "AbortError" });
    const checkpoint = run.checkpoint();
    assert.equal(run.iteration, 5);
    assert.equal(run.map().boxSize, box);
    const rest = await whole(backend, { resume: checkpoint });
    assert.deepEqual(rest.trace.map(untimed), trace.slice(5).map(untimed));
    assert.deepEqual(rest.map, map);
  });
});

Deno.test("a march of one empty stage is reconstruct(), to the bit", async () => {
  await withBackend(async (backend) => {
    const options = { backend, ...common, ...stages[1] };
    const { trace, checkpoints, map } = await whole(backend, { ...stages[1], stages: [{}] });
    await using run = await reconstruct(particles, options);
    const alone: TraceRecord[] = [];
    for await (const record of run) alone.push(record);
    assert.deepEqual(trace.map(untimed), alone.map(untimed));
    assert.deepEqual(map, run.map());
    const { seconds: _, stage: __, before: ___, ...last } = checkpoints.at(-1)!;
    const { seconds: ____, ...wanted } = run.checkpoint();
    assert.deepEqual(last, wanted);
  });
});

Deno.test("outside the mask the density is exactly zero, within it is not touched", async () => {
  await withBackend(async (backend) => {
    const options = { backend, ...common, maxResolution: field / 5, epochs: 2 / 6 };
    const trial = async (maskRadius?: number) => {
      await using run = await reconstruct(particles, { ...options, maskRadius });
      for await (const _ of run);
      return { m: run.plan.problem.workBox, voxels: run.checkpoint().voxels };
    };
    const free = await trial();
    for (const maskRadius of [0.25, 0.42]) {
      const { m, voxels } = await trial(maskRadius);
      const mask = softSphere(m, { radius: maskRadius, width: 2 });
      assert.ok(mask.some((w) => w === 0));
      voxels.forEach((v, i) => assert.equal(v === 0, mask[i] === 0, `voxel ${i}`));
      assert.ok(free.voxels.some((v, i) => mask[i] === 0 && v !== 0));
    }
    for (const maskRadius of [0, 0.51, NaN]) {
      await assert.rejects(() => trial(maskRadius), /^RangeError: Cannot plan a run: mask radius/);
    }
  });
});

Deno.test("the temperature begins where the share asks for and is 1 after as many iterations", async () => {
  await withBackend(async (backend) => {
    const run = async (more: Partial<ReconstructOptions>) => {
      const { trace } = await whole(backend, {
        stages: [{ maxResolution: field / 4, epochs: 1, ...more }],
      });
      return trace;
    };
    const temperatures = (trace: readonly TraceRecord[]) =>
      trace.map(({ hyperparameters: { temperature } }) => temperature);
    const plain = await run({});
    assert.deepEqual(temperatures(plain), new Array(6).fill(undefined));
    const starts: number[] = [];
    for (const temperShare of [0.3, 0.6]) {
      const trace = await run({ temperShare, temperIterations: 4 });
      const [hottest, ...rest] = temperatures(trace);
      starts.push(hottest);
      // geometrically; powers agree to their rounding
      [0.75, 0.5, 0.25, 0, 0].forEach((power, i) =>
        assert.ok(Math.abs(rest[i] / hottest ** power - 1) < 1e-14)
      );
      assert.deepEqual(rest.slice(3), [1, 1]);
      assert.notEqual(trace[0].train, plain[0].train);
    }
    assert.ok(starts[1] > starts[0] && starts[0] > 1, `${starts}`);
    // From the same start, the last stretch at T = 1 follows another path.
    await assert.rejects(() => run({ temperShare: 1 }), /tempered share 1, wanted 0 or more/);
    const broad = temperatures(await run({ temperShare: 1e-6 }));
    assert.deepEqual(broad, new Array(6).fill(1));
  });
});

Deno.test("a run that begins later in the order sees what an earlier one would have come to", async () => {
  await withBackend(async (backend) => {
    const { watching, seen } = watched(backend);
    const order = createOrder({ count: 150, heldOut: 30, batchSize: 20, seed: 5 });
    for (const firstMinibatch of [0, 4, 17]) {
      seen.length = 0;
      await whole(watching, {
        firstMinibatch,
        stages: [{ maxResolution: field / 3, epochs: 0.5 }],
      });
      const real = seen.filter((which) => which.length === 20);
      const wanted = [0, 1, 2].map((t) => [...order.minibatch(firstMinibatch + t, 20)]);
      assert.deepEqual(real, wanted);
    }
  });
});
