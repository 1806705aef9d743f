import assert from "node:assert/strict";
import type { Backend } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../lib/checkpoint.ts";
import { type OptimizerName, optimizers } from "../lib/optimizers/registry.ts";
import { createParticleStack } from "../lib/particles.ts";
import type { Plan } from "../lib/plan.ts";
import { createBand } from "../lib/band.ts";
import { createQuadrature, rotationOf } from "../lib/quadrature/quadrature.ts";
import { reconstruct } from "../lib/reconstruct.ts";
import type { ReconstructOptions } from "../lib/reconstruction.ts";
import { angleBetween } from "../lib/rotation.ts";
import type { TraceRecord } from "../lib/trace.ts";
import { createVolume } from "../lib/volume.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

const box = 16, pixelSize = 4;
const { particles } = createSmallSet({ count: 120, box, pixelSize, height: 2 });

/** r = 16 * 4 / 16 = 4 Fourier pixels; 100 images to learn from, 20 to measure with. */
const options: Omit<ReconstructOptions, "backend"> = {
  maxResolution: 16,
  batchSize: 20,
  heldOut: 20,
  testEvery: 2,
  epochs: 2,
  seed: 5,
};

async function withBackend<T>(
  work: (backend: Backend) => Promise<T>,
  { threads = 2 }: { threads?: number } = {},
): Promise<T> {
  await using backend = await createBackend("cpu", { threads });
  return await work(backend);
}

/** A whole run: its trace but for the time it took, its checkpoint, its map. */
async function wholeRun(backend: Backend, more: Partial<ReconstructOptions> = {}) {
  await using run = await reconstruct(particles, { backend, ...options, ...more });
  const trace: Omit<TraceRecord, "seconds">[] = [];
  const checkpoints: Checkpoint[] = [run.checkpoint()];
  for await (const { seconds, ...record } of run) {
    assert.ok(seconds > 0);
    trace.push(record);
    checkpoints.push(run.checkpoint());
  }
  return { trace, checkpoints, map: run.map() };
}

const untimed = ({ seconds: _, ...rest }: Checkpoint) => rest;

Deno.test("the likelihood of held-out images rises, whichever optimizer", async () => {
  await withBackend(async (backend) => {
    // The start, which no step leaves: some are half way after their first iteration.
    const still = { optimizer: "sgd", hyperparameters: { learningRate: 0 }, epochs: 0.2 };
    const start = (await wholeRun(backend, still)).trace[0].test!;
    for (const optimizer of Object.keys(optimizers)) {
      const { trace } = await wholeRun(backend, { optimizer, epochs: 6 });
      assert.equal(trace.length, 30);
      const measured = trace.flatMap(({ test }) => test === null ? [] : [test]);
      // From random spheres (29 nats) to blobs (25): the held-out images are the same all along, so that the
      // mean does not move by itself.
      assert.ok(measured.at(-1)! < start - 2, `${optimizer}: ${start} to ${measured}`);
    }
  });
});

Deno.test("a record tells what was done: counts, radius, steps, schedules, when it was measured", async () => {
  await withBackend(async (backend) => {
    const { trace, checkpoints } = await wholeRun(backend, { testEvery: 4 });
    assert.equal(trace.length, 10);
    let forwards = 0;
    trace.forEach((record, t) => {
      assert.equal(record.t, t);
      assert.equal(record.gradients, 20 * (t + 1));
      const measured = t % 4 === 0 || t === 9;
      assert.equal(record.test !== null, measured);
      if (measured) forwards += 20;
      assert.equal(record.forwards, forwards);
      assert.equal(record.radius, 4);
      assert.ok(record.step > 0);
      const { voxels } = checkpoints[t], after = checkpoints[t + 1].voxels;
      const length = Math.hypot(...voxels.map((v, i) => after[i] - v));
      // sums of some thousand float32 squares, and voxels rounded once more
      assert.ok(Math.abs(record.step / (length / Math.hypot(...voxels)) - 1) < 1e-4);
      assert.deepEqual(record.hyperparameters, {
        learningRate: 2 * (1 + 0.01 * t) ** -0.75,
        momentum: 0.5,
      });
    });
  });
});

Deno.test("same seed, same bits; another seed, another run", async () => {
  await withBackend(async (backend) => {
    const first = await wholeRun(backend);
    const again = await wholeRun(backend);
    assert.deepEqual(again.checkpoints.map(untimed), first.checkpoints.map(untimed));
    assert.deepEqual(again.trace, first.trace);
    assert.deepEqual(again.map, first.map);
    const other = await wholeRun(backend, { seed: 6 });
    assert.notDeepEqual(other.trace[0].train, first.trace[0].train);
    assert.notDeepEqual(other.checkpoints[0].voxels, first.checkpoints[0].voxels);
  });
});

Deno.test("neither the number of threads nor where images are kept changes a bit", async () => {
  const first = await withBackend((backend) => wholeRun(backend), { threads: 1 });
  for (const threads of [2, 3]) {
    const other = await withBackend((backend) => wholeRun(backend), { threads });
    assert.deepEqual(other.checkpoints.map(untimed), first.checkpoints.map(untimed));
    assert.deepEqual(other.trace, first.trace);
  }
  const streamed = await withBackend((backend) => wholeRun(backend, { imageMemory: 0 }));
  assert.deepEqual(streamed.checkpoints.map(untimed), first.checkpoints.map(untimed));
  assert.deepEqual(streamed.trace, first.trace);
});

for (const optimizer of Object.keys(optimizers) as OptimizerName[]) {
  Deno.test(`a run resumed at any iteration gives the same bits as one that never stopped: ${optimizer}`, async () => {
    await withBackend(async (backend) => {
      const whole = await wholeRun(backend, { optimizer });
      for (const stop of [0, 1, 4, 9, 10]) {
        // through a file, and with a longer plan: how many epochs are wanted may change
        const bytes = encodeCheckpoint(whole.checkpoints[stop]);
        const resume = decodeCheckpoint(bytes, "run.ckpt");
        const before = structuredClone(resume);
        const rest = await wholeRun(backend, { optimizer, resume });
        assert.deepEqual(rest.trace, whole.trace.slice(stop));
        assert.deepEqual(rest.checkpoints.map(untimed), whole.checkpoints.slice(stop).map(untimed));
        assert.deepEqual(rest.map, whole.map);
        assert.deepEqual(resume, before); // the checkpoint is not written into
      }
      const longer = await wholeRun(backend, {
        optimizer,
        epochs: 3,
        resume: whole.checkpoints[10],
      });
      assert.deepEqual(longer.trace.map(({ t }) => t), [10, 11, 12, 13, 14]);
    });
  });
}

Deno.test("a run is not resumed under another configuration, and the difference is named", async () => {
  await withBackend(async (backend) => {
    const { checkpoints: [resume] } = await wholeRun(backend, { epochs: 0.2 });
    const changes: [Partial<ReconstructOptions>, string][] = [
      [{ seed: 6 }, "seed was 5, is 6"],
      [{ maxResolution: 20 }, "resolution was 16, is 20"],
      [{ batchSize: 10 }, "batchSize was 20, is 10"],
      [{ heldOut: 30 }, "heldOut was 20, is 30"],
      [{ optimizer: "nesterov" }, 'optimizer was "momentum", is "nesterov"'],
      [{ hyperparameters: { momentum: 0.3 } }, "hyperparameters was"],
      [{ prior: "flat" }, "prior was"],
      [{ shiftExtent: 2 }, "shiftExtent was 0, is 2"],
      [{ workBox: 16 }, "workBox was 14, is 16"],
    ];
    for (const [change, message] of changes) {
      await assert.rejects(
        () => reconstruct(particles, { backend, ...options, ...change, resume }),
        (error: Error) => {
          assert.ok(error instanceof RangeError);
          assert.ok(error.message.startsWith("Cannot resume: "), error.message);
          assert.ok(error.message.includes(message), error.message);
          return true;
        },
      );
    }
    const fewer = createSmallSet({ count: 119, box, pixelSize }).particles;
    await assert.rejects(
      () => reconstruct(fewer, { backend, ...options, resume }),
      /^RangeError: Cannot resume: images was 120, is 119$/,
    );
  });
});

Deno.test("a run that diverges says so", async () => {
  await withBackend(async (backend) => {
    for (const learningRate of [1e30, 1e12, 1e6]) {
      await using run = await reconstruct(particles, {
        backend,
        ...options,
        epochs: 20,
        hyperparameters: { learningRate },
      });
      await assert.rejects(async () => {
        for await (const { step } of run) assert.ok(step > 0);
      }, /^RangeError: Cannot go on: iteration \d+ gave f = .* a smaller learning rate may help$/);
    }
  });
});

Deno.test("the map has the images' box and pixel size, and holds the density", async () => {
  await withBackend(async (backend) => {
    const truth = createVolume({ boxSize: box, pixelSize, voxels: blobDensity(box) });
    await using run = await reconstruct(particles, { backend, ...options, initial: truth });
    const map = run.map();
    assert.equal(map.boxSize, box);
    assert.equal(map.pixelSize, pixelSize);
    assert.equal(run.plan.problem.workBox, 14);
    // Not yet moved: the truth on 14^3 voxels and back, without what is beyond the seventh Fourier pixel,
    // exp(-2 pi^2 0.08^2 7^2) = 2e-3 of the spectrum there, and a ball of it
    map.voxels.forEach((v, i) => assert.ok(Math.abs(v - truth.voxels[i]) < 0.01));
    assert.equal(run.iteration, 0);
  });
});

Deno.test("a starting map of another field of view is refused", async () => {
  await withBackend(async (backend) => {
    const initial = createVolume({ boxSize: box, pixelSize: 5, voxels: blobDensity(box) });
    await assert.rejects(
      () => reconstruct(particles, { backend, ...options, initial }),
      /^RangeError: Cannot start from the map: it spans 80\.0 A, wanted the images' 64\.0 A$/,
    );
    const coarser = createVolume({ boxSize: 8, pixelSize: 8, voxels: blobDensity(8) });
    await using run = await reconstruct(particles, { backend, ...options, initial: coarser });
    assert.equal(run.map().boxSize, box);
  });
});

Deno.test("with the truth to start from, the best poses are the true ones", async () => {
  const height = 5, pixelSize = 8, band = createBand(box, 5);
  const quadrature = createQuadrature(band, { extent: 2 });
  const { directions, angles, shifts } = quadrature;
  const set = createSmallSet({
    count: 50,
    box,
    pixelSize,
    height,
    poseOf(random) {
      const s = random.integer(shifts.count);
      const rotation = rotationOf(
        quadrature,
        random.integer(directions.count),
        random.integer(angles.length),
      );
      return { rotation, shift: [shifts.points[2 * s], shifts.points[2 * s + 1]] };
    },
  });
  await withBackend(async (backend) => {
    const voxels = blobDensity(box, height);
    await using run = await reconstruct(set.particles, {
      backend,
      maxResolution: box * pixelSize / 5,
      batchSize: 20,
      heldOut: 20,
      shiftExtent: 2,
      initial: createVolume({ boxSize: box, pixelSize, voxels }),
    });
    const told: number[] = [];
    const poses = await run.poses((done, total) => told.push(done / total));
    assert.equal(poses.length, 50);
    assert.deepEqual(told, [0.4, 0.8, 1]);
    const errors = poses.map(({ rotation }, i) => angleBetween(rotation, set.rotations[i]));
    // Poses are points of the grid, 0.2 rad apart. Noise takes some to a neighbour, and the background of
    // so full a box, measured outside the circle, is off by up to half: a few go far. By chance one in 300
    // would be as close as this.
    assert.ok(errors.filter((e) => e < 0.26).length >= 40, `${errors}`);
    const misses = poses.map(({ shift }, i) =>
      Math.hypot(shift[0] - set.shifts[i][0], shift[1] - set.shifts[i][1])
    );
    assert.ok(misses.filter((e) => e < 0.5).length >= 45, `${misses}`); // steps of 0.32 px
    assert.ok(poses.every(({ probability }) => probability > 0 && probability <= 1 + 1e-6));
  });
});

Deno.test("the plan is told before anything is read, loading as it goes, and both can be stopped", async () => {
  await withBackend(async (backend) => {
    const plans: [Plan, number][] = [], loaded: number[] = [];
    await using run = await reconstruct(particles, {
      backend,
      ...options,
      planned: (plan, seconds) => (assert.deepEqual(loaded, []), plans.push([plan, seconds])),
      loading: (done) => loaded.push(done),
    });
    assert.equal(plans.length, 1);
    assert.equal(plans[0][0], run.plan);
    assert.ok(plans[0][1] > 0);
    assert.equal(run.plan.iterations, 10);
    assert.equal(run.plan.points, 302 * 28);
    assert.equal(loaded.at(-1), 120);
    const controller = new AbortController();
    await assert.rejects(
      () =>
        reconstruct(particles, {
          backend,
          ...options,
          loading: () => controller.abort(),
          signal: controller.signal,
        }),
      { name: "AbortError" },
    );
  });
});

Deno.test("images that cannot be used are refused before the run, and no thread is left behind", async () => {
  const { images, ctfs } = createSmallSet({ count: 120, box, pixelSize });
  images.fill(3, 99 * box * box, 100 * box * box);
  const spoiled = createParticleStack({ boxSize: box, pixelSize, images, ctfs: [...ctfs] });
  await withBackend(async (backend) => {
    await assert.rejects(
      () => reconstruct(spoiled, { backend, ...options }),
      /^RangeError: Cannot use image 100: its corners are constant \(3\)/,
    );
    const few = createSmallSet({ count: 39, box, pixelSize }).particles;
    await assert.rejects(
      () => reconstruct(few, { backend, ...options }),
      /^RangeError: Cannot split the images: 39 images, wanted at least 40/,
    );
  });
});
