import assert from "node:assert/strict";
import { createBackend } from "../lib/backends.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../lib/checkpoint.ts";
import { type Guard, judge } from "../lib/guard.ts";
import { reconstruct } from "../lib/reconstruct.ts";
import type { ReconstructOptions } from "../lib/reconstruction.ts";
import type { TraceRecord } from "../lib/trace.ts";
import { createVolume } from "../lib/volume.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

Deno.test("the guard keeps the best, bears a little, and goes back from more with half the step", () => {
  const at = (test: number) => ({ test, voxels: Float32Array.of(test) });
  let guard: Guard | undefined;
  const then = (test: number) => {
    const judged = judge(guard, at(test));
    guard = judged.guard;
    return [judged.back, guard.test, guard.voxels[0], guard.brake];
  };
  assert.deepEqual(then(50), [false, 50, 50, 1]);
  assert.deepEqual(then(51.9), [false, 50, 50, 1]);
  assert.deepEqual(then(48), [false, 48, 48, 1]);
  assert.deepEqual(then(50.1), [true, 48, 48, 0.5]);
  assert.deepEqual(then(NaN), [true, 48, 48, 0.25]);
  assert.deepEqual(then(47), [false, 47, 47, 0.25]);
});

const box = 20, height = 1.5;
const { particles } = createSmallSet({ count: 150, box, height });
const initial = createVolume({ boxSize: box, pixelSize: 4, voxels: blobDensity(box, height) });
/** Preconditioned steps of 6 overshoot five times: the run diverges. */
const wild: Omit<ReconstructOptions, "backend"> = {
  ...{ maxResolution: 20, epochs: 2, batchSize: 20, heldOut: 30, testEvery: 2, seed: 3, initial },
  optimizer: "preconditioned",
  hyperparameters: { learningRate: 6 },
  maskRadius: 0.42,
};

async function whole(more: Partial<ReconstructOptions>) {
  await using backend = await createBackend("cpu", { threads: 2 });
  await using run = await reconstruct(particles, { backend, ...wild, ...more });
  const trace: TraceRecord[] = [], checkpoints: Checkpoint[] = [];
  for await (const record of run) {
    trace.push(record);
    checkpoints.push(run.checkpoint());
  }
  return { trace, checkpoints, map: run.map(), end: await run.test() };
}

Deno.test("a run whose steps are too long is brought back, one without a guard is lost", async () => {
  const free = await whole({}), guarded = await whole({ guard: true });
  assert.ok(guarded.trace.some(({ back }) => back));
  assert.ok(free.trace.every(({ back }) => back === undefined));
  const best = Math.min(...guarded.trace.map(({ test }) => test ?? Infinity));
  // the last iteration is measured, and was taken back if it was worse by 2 nats
  assert.ok(guarded.end <= best + 2, `${guarded.end}, best ${best}`);
  assert.ok(free.end > guarded.end + 10, `${free.end} and ${guarded.end}`);
});

Deno.test("a guarded run is resumed to the same bits", async () => {
  const all = await whole({ guard: true });
  const untimed = (trace: TraceRecord[]) => trace.map(({ seconds: _, ...rest }) => rest);
  for (const from of [3, 8]) {
    const resume = decodeCheckpoint(encodeCheckpoint(all.checkpoints[from - 1]), "checkpoint");
    const rest = await whole({ guard: true, resume });
    assert.deepEqual(untimed(rest.trace), untimed(all.trace.slice(from)));
    assert.deepEqual(rest.map, all.map);
  }
});
