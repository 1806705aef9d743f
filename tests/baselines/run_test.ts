import assert from "node:assert/strict";
import type { Backend } from "../../lib/backend.ts";
import { createBackend } from "../../lib/backends.ts";
import type { Baseline, BaselineOptions } from "../../lib/baselines/baseline.ts";
import { type BaselineName, baselines } from "../../lib/baselines/registry.ts";
import { likelihood } from "../../lib/likelihood.ts";
import { createOrder } from "../../lib/minibatch.ts";
import { normalize } from "../../lib/prepare.ts";
import { reconstruct } from "../../lib/reconstruct.ts";
import { resample } from "../../lib/resample.ts";
import type { TraceRecord } from "../../lib/trace.ts";
import { createVolume } from "../../lib/volume.ts";
import { distance } from "../dense_oracle.ts";
import { blobDensity, createSmallSet } from "../small_set.ts";

const box = 16, pixelSize = 4;
const { particles } = createSmallSet({ count: 120, box, pixelSize, height: 2 });
const options: Omit<BaselineOptions, "backend"> = {
  maxResolution: 16, // r = 4
  heldOut: 20,
  iterations: 3,
  seed: 5,
};

async function wholeRun(backend: Backend, baseline: Baseline, more: Partial<BaselineOptions> = {}) {
  await using run = await baseline(particles, { backend, ...options, ...more });
  const trace: Omit<TraceRecord, "seconds">[] = [], flop: number[] = [];
  for await (const { seconds, ...record } of run) {
    assert.ok(seconds > 0);
    trace.push(record), flop.push(run.flop);
  }
  return { trace, flop, map: run.map(), problem: run.problem };
}

for (const name of Object.keys(baselines) as BaselineName[]) {
  const baseline = baselines[name];

  Deno.test(`${name}: from random spheres held-out images become likelier; the trace counts what was done`, async () => {
    await using backend = await createBackend("cpu", { threads: 2 });
    const { trace, flop, problem } = await wholeRun(backend, baseline);
    assert.equal(trace.length, 3);
    trace.forEach(({ t, gradients, forwards, radius, train, step, test }, i) => {
      assert.deepEqual([t, gradients, forwards, radius], [i, 100 * (i + 1), 0, 4]);
      assert.ok(Number.isFinite(train) && Number.isFinite(test) && step > 0);
    });
    // the start is measured by train: noise of both sets differs by much less than the start's misfit
    assert.ok(trace[2].test! < trace[0].train - 1, `${trace[2].test}, ${trace[0].train}`);
    const { directions, angles } = problem.quadrature;
    const pass = 100 * directions.count * angles.length * problem.band.count;
    const products = name === "batchEM" ? 2 : 1;
    assert.deepEqual(flop, [1, 2, 3].map((i) => i * products * pass));
  });

  Deno.test(`${name}: the last record measures the map it ends with`, async () => {
    await using backend = await createBackend("cpu", { threads: 2 });
    const { trace, map, problem } = await wholeRun(backend, baseline);
    await using session = await backend.open(problem);
    const { heldOut } = createOrder({ count: 120, heldOut: 20, batchSize: 1, seed: 5 });
    const pixels = await particles.read(heldOut), images = session.createImages(20);
    normalize(pixels, box);
    await images.set(0, pixels, Array.from(heldOut, particles.ctf));
    const { voxels } = resample(map, problem.workBox);
    const which = Uint32Array.from(heldOut.keys());
    const { negativeLogLikelihood } = await likelihood(session, images, which, voxels);
    const mean = negativeLogLikelihood.reduce((a, b) => a + b) / 20;
    // to the other grid and back rounds voxels to float32: some 1e-6 of a gradient of tens of nats
    assert.ok(Math.abs(mean - trace[2].test!) < 1e-4, `${mean}, ${trace[2].test}`);
  });

  Deno.test(`${name}: same seed, same bits, wherever images are kept; batches only round`, async () => {
    await using backend = await createBackend("cpu", { threads: 2 });
    const first = await wholeRun(backend, baseline);
    assert.deepEqual(await wholeRun(backend, baseline), first);
    assert.deepEqual(await wholeRun(backend, baseline, { imageMemory: 0 }), first);
    assert.notDeepEqual((await wholeRun(backend, baseline, { seed: 6 })).trace, first.trace);
    const one = (await wholeRun(backend, baseline, { iterations: 1 })).map.voxels;
    const { map } = await wholeRun(backend, baseline, { iterations: 1, batchSize: 33 });
    // sums of 100 images in another order, float32, then 20 conjugate gradients
    assert.ok(distance(map.voxels, one) < 1e-4 * Math.hypot(...one));
  });

  Deno.test(`${name}: it starts where the optimizers start, or from a map, and keeps to a mask`, async () => {
    await using backend = await createBackend("cpu", { threads: 2 });
    await using run = await baseline(particles, { backend, ...options });
    await using optimized = await reconstruct(particles, { backend, ...options, batchSize: 20 });
    assert.deepEqual(run.map(), optimized.map());
    const initial = createVolume({ boxSize: box, pixelSize, voxels: blobDensity(box, 2) });
    const near = await wholeRun(backend, baseline, { initial });
    const far = await wholeRun(backend, baseline);
    assert.ok(near.trace[0].train < far.trace[0].train - 1);
    const { problem, map } = await wholeRun(backend, baseline, { maskRadius: 0.2 });
    const m = problem.workBox, coarse = resample(map, m).voxels;
    const largest = Math.max(...coarse.map(Math.abs));
    coarse.forEach((v, i) => {
      const r = Math.hypot(
        i % m - m / 2,
        Math.floor(i / m) % m - m / 2,
        Math.floor(i / m / m) - m / 2,
      );
      // beyond the radius and its edge of two voxels nothing but the rounding of resampling
      if (r > 0.2 * m + 2) assert.ok(Math.abs(v) < 1e-6 * largest);
    });
  });

  Deno.test(`${name}: an iteration can be stopped between two batches; what cannot be run is refused`, async () => {
    await using backend = await createBackend("cpu", { threads: 2 });
    const controller = new AbortController(), seen: [number, number][] = [];
    await using run = await baseline(particles, {
      backend,
      ...options,
      batchSize: 40,
      signal: controller.signal,
      progress(done, total) {
        seen.push([done, total]);
        if (done === 80) controller.abort();
      },
    });
    await assert.rejects(async () => {
      for await (const _ of run);
    }, { name: "AbortError" });
    assert.deepEqual(seen, [[40, 100], [80, 100]]);
    assert.equal(run.iteration, 0);
    for (const iterations of [0, 1.5, NaN]) {
      await assert.rejects(
        baseline(particles, { backend, ...options, iterations }),
        new RangeError(
          `Cannot plan a run: ${iterations} iterations, wanted a whole number, 1 or more`,
        ),
      );
    }
    await assert.rejects(baseline(particles, { backend, heldOut: 120 }), /^RangeError: Cannot/);
    await assert.rejects(
      baseline(particles, { backend, maxResolution: 1 }),
      /no finer than Nyquist/,
    );
  });
}
