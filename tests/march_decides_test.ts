import assert from "node:assert/strict";
import type { Backend, Problem } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { createBand, workBoxOf } from "../lib/band.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../lib/checkpoint.ts";
import { march, type MarchOptions, type Stage } from "../lib/march.ts";
import { measureOffCentre } from "../lib/off_centre.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { recentred } from "../lib/recentre.ts";
import type { TraceRecord } from "../lib/trace.ts";
import { createVolume } from "../lib/volume.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

const box = 20, pixelSize = 4, field = box * pixelSize, height = 1.5;
const truth = createVolume({ boxSize: box, pixelSize, voxels: blobDensity(box, height) });
const setOf = (extent: number) =>
  createSmallSet({ count: 150, box, pixelSize, height, extent }).particles;

const common: Omit<MarchOptions, "backend" | "stages"> = {
  batchSize: 20,
  heldOut: 30,
  testEvery: 3,
  seed: 5,
  optimizer: "preconditioned",
  maskRadius: 0.42,
  shiftExtent: "auto",
};
const stages: readonly Stage[] = [
  { maxResolution: field / 3, epochs: 4 / 6, shiftStep: 1.4 },
  { maxResolution: field / 4, epochs: 2 / 6, firstMinibatch: 4 },
  { maxResolution: field / 5, epochs: 2 / 6, firstMinibatch: 6, optional: true },
  { maxResolution: field / 6, epochs: 1 / 6, firstMinibatch: 8, optional: true },
];

async function withBackend<T>(work: (backend: Backend) => Promise<T>): Promise<T> {
  await using backend = await createBackend("cpu", { threads: 2 });
  return await work(backend);
}

Deno.test("a map tells whether particles are off centre, and how far", async () => {
  await withBackend(async (backend) => {
    const band = createBand(box, 4);
    const problem: Problem = {
      band,
      pixelSize,
      workBox: workBoxOf(band),
      quadrature: createQuadrature(band),
    };
    const noise = new Float64Array(box).fill(1),
      which = Uint32Array.from({ length: 60 }, (_, i) => i);
    const at = (extent: number) =>
      measureOffCentre(setOf(extent), { backend, problem, map: truth, noise, which });
    const centred = await at(0), off = await at(2);
    assert.equal(centred.shifted, false);
    // to be anywhere costs the log of the points that are told apart from the centre, up to all 29
    assert.ok(centred.gain < -0.5 && centred.gain > -Math.log(29), `${centred.gain}`);
    assert.equal(off.shifted, true);
    assert.ok(off.gain > 5);
    // uniform to 2 px along each axis: deviation 2 / sqrt(3) = 1.15; points are 1 px apart
    assert.ok(Math.abs(off.sigma - 1.15) < 0.5, `${off.sigma}`);
  });
});

Deno.test("a map is moved so that its centre of mass is the box's centre, and no further", () => {
  const n = box, voxels = new Float32Array(n ** 3);
  for (let z = 0; z < n; z++) {
    for (let y = 0; y < n; y++) {
      for (let x = 0; x < n; x++) {
        const d2 = (x - 12.25) ** 2 + (y - 9) ** 2 + (z - 8.5) ** 2;
        voxels[(z * n + y) * n + x] = Math.exp(-d2 / 8);
      }
    }
  }
  const { map, moved } = recentred(createVolume({ boxSize: n, pixelSize, voxels }));
  // a Gaussian of 2 voxels: what is cut off at the edge or beyond Nyquist is below 1e-3
  assert.ok(Math.abs(moved - pixelSize * Math.hypot(2.25, 1, 1.5)) < 1e-2);
  assert.ok(recentred(map).moved < 1e-2);
  const wanted = (x: number, y: number, z: number) =>
    Math.exp(-((x - 10) ** 2 + (y - 10) ** 2 + (z - 10) ** 2) / 8);
  map.voxels.forEach((v, i) => {
    const at = wanted(i % n, Math.floor(i / n) % n, Math.floor(i / n / n));
    assert.ok(Math.abs(v - at) < 2e-3);
  });
  const empty = createVolume({ boxSize: n, pixelSize, voxels: new Float32Array(n ** 3) });
  assert.equal(recentred(empty).moved, 0);
});

/** A whole march: its trace, its checkpoints, what it decided, how it ended. */
async function whole(backend: Backend, extent: number, more: Partial<MarchOptions> = {}) {
  const words: string[] = [];
  await using run = await march(setOf(extent), {
    ...{ backend, stages, initial: truth, decided: (w: string) => words.push(w) },
    ...common,
    ...more,
  });
  const trace: TraceRecord[] = [], checkpoints: Checkpoint[] = [];
  for await (const record of run) {
    trace.push(record);
    checkpoints.push(run.checkpoint());
  }
  const { iteration, iterations, plans } = run;
  return {
    words,
    trace,
    checkpoints,
    iteration,
    iterations,
    plans,
    course: run.course(),
    map: run.map(),
  };
}

Deno.test("centred particles are left where they are, off-centre ones summed over from the first stage on", async () => {
  await withBackend(async (backend) => {
    const centred = await whole(backend, 0), off = await whole(backend, 2);
    assert.match(
      centred.words[0],
      /^shifts {7}none: held-out images are .* less likely when moved/,
    );
    assert.ok(centred.plans.every(({ config }) => config.shiftExtent === 0));
    assert.match(
      off.words[0],
      /summed over, .* px along each axis; the first stage goes on with them$/,
    );
    const [first, again, ...rest] = off.plans;
    assert.equal(first.config.shiftExtent, 0);
    assert.equal(again.resolution, first.resolution);
    for (const { config } of [again, ...rest]) {
      assert.ok(config.shiftExtent as number > 0);
      assert.equal(config.shiftExtent, off.course.shiftExtent);
      assert.equal(config.shiftSigma, off.course.shiftSigma);
    }
    assert.equal(again.config.shiftStep, 1.4);
    assert.equal(rest[0].config.shiftStep, null);
    assert.equal(off.course.stages.length, off.plans.length - 1);
    // four iterations, one with shifts, then the others
    assert.deepEqual(off.trace.slice(0, 7).map(({ radius }) => radius), [
      ...[3, 3, 3, 3],
      3,
      ...[4, 4],
    ]);
    assert.equal(off.iteration, off.iterations);
    assert.equal(off.trace.length, off.iterations);
  });
});

Deno.test("an optional stage is gone into while the last one's detail helps, and not beyond", async () => {
  await withBackend(async (backend) => {
    const { words, plans, course } = await whole(backend, 0);
    const decided = words.filter((w) => /^(further|end) /.test(w));
    // the blobs hold hardly anything beyond r = 5
    assert.match(
      decided[0],
      /^further {6}detail from 26.7 to 20.0 A: held-out images .* more likely/,
    );
    assert.equal(plans.length, decided.filter((w) => w.startsWith("further")).length + 2);
    assert.deepEqual(course.stages.map((s) => s.maxResolution), plans.map((p) => p.resolution));
    // of nothing but noise no detail helps
    const noise = createSmallSet({ count: 150, box, pixelSize, height: 1e-3 }).particles;
    const said: string[] = [];
    await using run = await march(noise, {
      ...common,
      ...{ backend, stages, initial: truth, shiftExtent: 0 },
      decided: (w: string) => said.push(w),
    });
    for await (const _ of run);
    assert.equal(said.length, 1);
    assert.match(said[0], /^end {10}detail from .* less likely; there is no more to find$/);
    assert.equal(run.plans.length, 2);
  });
});

Deno.test("a march that decided is resumed at any iteration to the same bits", async () => {
  await withBackend(async (backend) => {
    const all = await whole(backend, 2);
    const bare = (trace: TraceRecord[]) => trace.map(({ seconds: _, ...rest }) => rest);
    for (const from of [4, 5, 7]) {
      const bytes = encodeCheckpoint(all.checkpoints[from - 1]);
      const rest = await whole(backend, 2, { resume: decodeCheckpoint(bytes, "checkpoint") });
      assert.deepEqual(bare(rest.trace), bare(all.trace.slice(from)), `from ${from}`);
      assert.deepEqual(rest.map, all.map);
    }
  });
});

Deno.test("of several starts the likeliest goes on, and all of them are kept", async () => {
  await withBackend(async (backend) => {
    const more = { initial: undefined, shiftExtent: 0, starts: 3, stages: stages.slice(0, 2) };
    const words: string[] = [], particles = setOf(0);
    const begin = (resume?: Checkpoint) =>
      march(particles, { ...common, ...more, backend, resume, decided: (w) => words.push(w) });
    await using run = await begin();
    const radii: number[] = [], checkpoints: Checkpoint[] = [], steps: number[] = [];
    for await (const { radius, train } of run) {
      radii.push(radius);
      steps.push(train);
      checkpoints.push(run.checkpoint());
    }
    assert.deepEqual(radii, [...new Array(12).fill(3), 4, 4]);
    const starts = run.starts(), best = Math.min(...starts.map(({ test }) => test));
    assert.deepEqual(starts.map(({ seed }) => seed), [5, 6, 7]);
    assert.deepEqual(starts.map(({ chosen }) => chosen), starts.map(({ test }) => test === best));
    assert.equal(new Set(starts.map(({ test }) => test)).size, 3);
    assert.match(
      words[0],
      /^starts {7}3: seed \d is the likeliest, the others \d.*, \d.* nats an image less$/,
    );
    assert.equal(run.course().stages.length, 2);
    // the stage that follows begins with the best: another start's map gives another first value
    const bytes = encodeCheckpoint(checkpoints[9]);
    await using again = await begin(decodeCheckpoint(bytes, "checkpoint"));
    const rest: number[] = [];
    for await (const { train } of again) rest.push(train);
    assert.deepEqual(rest, steps.slice(10));
    assert.deepEqual(again.map(), run.map());
    const index = starts.findIndex(({ chosen }) => chosen);
    assert.deepEqual(checkpoints[4 * index + 3].voxels, run.checkpoint().starts![index].voxels);
  });
  await withBackend(async (backend) => {
    for (const [starts, initial] of [[0, "spheres"], [1.5, "spheres"], [2, truth]] as const) {
      await assert.rejects(
        () => march(setOf(0), { ...common, backend, stages, starts, initial }),
        /^RangeError: Cannot march: .* starts/,
      );
    }
  });
});

Deno.test("the likelihood of nothing at all is that of an empty map, with noise and outliers", async () => {
  await withBackend(async (backend) => {
    const empty = createVolume({ boxSize: box, pixelSize, voxels: new Float32Array(box ** 3) });
    for (const more of [{}, { noise: "shells", outlierShare: 0.05 } as const]) {
      await using run = await march(setOf(0), {
        ...common,
        ...{ backend, stages, initial: empty, shiftExtent: 0 },
        ...more,
      });
      // ||d||^2 / 2 is a float64 sum of the same squares; the sum of the weights of all poses is 1 to 1e-6
      assert.ok(Math.abs(await run.test(0) - await run.test()) < 1e-4);
    }
  });
});
