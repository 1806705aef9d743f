import assert from "node:assert/strict";
import type { Backend } from "../../lib/backend.ts";
import { createBackend } from "../../lib/backends.ts";
import { measureLandmarks } from "../../lib/compare/landmarks.ts";
import { flopOf, summarizeRun } from "../../lib/compare/summarize.ts";
import { createTrial, type TrialRecord } from "../../lib/compare/trial.ts";
import { createPlan } from "../../lib/plan.ts";
import { blobDensity, createSmallSet } from "../small_set.ts";
import { createVolume } from "../../lib/volume.ts";

const { particles } = createSmallSet({ count: 120, height: 3 });
/** r = 4. */
const common = { maxResolution: 16, heldOut: 20, batchSize: 10, seed: 2 };

async function run(
  backend: Backend,
  options: Partial<Parameters<typeof createTrial>[1]> = {},
  { stopAfter = Infinity } = {},
) {
  const before = options.before ?? [];
  await using trial = await createTrial(particles, {
    ...common,
    backend,
    budget: { unit: "evals", amount: 300 },
    ...options,
  });
  const records: TrialRecord[] = [...before];
  for await (const record of trial) {
    records.push(record);
    if (records.length >= stopAfter) break;
  }
  return { records, checkpoint: trial.run.checkpoint(), plan: trial.run.plan };
}

const untimed = ({ seconds: _, overhead: __, ...rest }: TrialRecord) => rest;

Deno.test("a run ends within its budget, at the iteration that its dearest would pass it", async () => {
  await using backend = await createBackend("cpu", { threads: 2 });
  for (const [optimizer, each] of [["sgd", 10], ["olbfgs", 20]] as const) {
    const { records } = await run(backend, { optimizer });
    assert.deepEqual(
      records.map(({ gradients }) => gradients),
      records.map((_, t) => each * (t + 1)),
    );
    assert.equal(records.at(-1)!.gradients, 300);
    assert.ok(records.at(-1)!.test !== null);
    const odd = await run(backend, { optimizer, budget: { unit: "evals", amount: 299 } });
    assert.equal(odd.records.at(-1)!.gradients, 300 - each);
  }
  // products by differences take from 2 to 6 gradients an iteration
  const { records } = await run(backend, {
    optimizer: "hessianFree",
    hyperparameters: { differences: 1 },
  });
  const costs = records.map(({ gradients }, i) => gradients - (records[i - 1]?.gradients ?? 0));
  const end = records.at(-1)!.gradients;
  assert.ok(end <= 300 && end + Math.max(...costs) > 300, `${costs}`);
  const forwards = records.at(-1)!.forwards;
  assert.ok(forwards >= 10 * records.length && forwards % 10 === 0, `${forwards}`);
});

Deno.test("measuring is left out of forwards, and is at the same gradients for every method", async () => {
  await using backend = await createBackend("cpu", { threads: 2 });
  const marks: number[][] = [];
  for (const optimizer of ["sgd", "adam"]) {
    const { records } = await run(backend, { optimizer });
    assert.ok(records.every(({ forwards }) => forwards === 0));
    marks.push(records.filter(({ test }) => test !== null).map(({ gradients }) => gradients));
    for (const { seconds, overhead } of records) assert.ok(overhead >= 0 && overhead < seconds);
  }
  assert.deepEqual(marks[0], marks[1]);
  assert.equal(marks[0][0], 10);
  // never further apart than 15 % or 2 % of the budget, but for whole iterations
  marks[0].slice(1).forEach((m, i) => assert.ok(m <= 1.15 * marks[0][i] + 10));
});

Deno.test("a run resumed from a checkpoint goes on to the same records", async () => {
  await using backend = await createBackend("cpu", { threads: 2 });
  const whole = await run(backend, { optimizer: "momentum" });
  for (const stopAfter of [1, 13]) {
    const part = await run(backend, { optimizer: "momentum" }, { stopAfter });
    const rest = await run(backend, {
      optimizer: "momentum",
      before: part.records,
      resume: part.checkpoint,
    });
    assert.deepEqual(rest.records.map(untimed), whole.records.map(untimed));
    assert.deepEqual(rest.checkpoint.voxels, whole.checkpoint.voxels);
    rest.records.slice(1).forEach(({ seconds }, i) => assert.ok(seconds > rest.records[i].seconds));
  }
  const again = await run(backend, {
    optimizer: "momentum",
    before: whole.records,
    resume: whole.checkpoint,
  });
  assert.equal(again.records.length, whole.records.length); // it had ended
});

Deno.test("a budget of seconds ends a run; one of nothing is refused", async () => {
  await using backend = await createBackend("cpu", { threads: 2 });
  const { records } = await run(backend, { budget: { unit: "seconds", amount: 0.05 } });
  assert.ok(records.at(-1)!.seconds >= 0.05);
  assert.ok(records.slice(0, -1).every(({ seconds }) => seconds < 0.05));
  await assert.rejects(
    run(backend, { budget: { unit: "evals", amount: 0 } }),
    new RangeError("Cannot run on a budget of 0 image gradients, wanted more than 0"),
  );
});

Deno.test("a summary counts a gradient as two passes, a forward as one, of J I S n each", async () => {
  await using backend = await createBackend("cpu", { threads: 2 });
  const { records, plan } = await run(backend, { optimizer: "sgd" });
  const summary = summarizeRun(records, {
    seed: 2,
    flop: (counts) => flopOf(plan, counts),
    status: "done",
    trace: "t",
    maps: [],
  });
  assert.equal(summary.flop, 2 * 300 * plan.points * plan.problem.band.count);
  assert.equal(
    flopOf(plan, { gradients: 0, forwards: 7 }),
    7 * plan.points * plan.problem.band.count,
  );
  // as the plan of the same run has it
  const same = createPlan(particles, backend, { ...common, epochs: 3 });
  assert.equal(same.flop, summary.flop);
  assert.deepEqual([summary.gradients, summary.iterations, summary.test], [
    300,
    30,
    records.at(-1)!.test,
  ]);
});

Deno.test("the landmarks: the truth explains held-out images better than nothing, a run lies between", async () => {
  await using backend = await createBackend("cpu", { threads: 2 });
  const plan = createPlan(particles, backend, common);
  const truth = createVolume({ boxSize: 16, pixelSize: 4, voxels: blobDensity(16, 3) });
  const found = await measureLandmarks(particles, { backend, plan, truth });
  const { records } = await run(backend, { optimizer: "sgd" });
  const { test } = records.at(-1)!;
  assert.ok(found.truth! < test! && test! < found.empty, `${found.truth} ${test} ${found.empty}`);
  const unknown = await measureLandmarks(particles, { backend, plan, truth: null });
  assert.deepEqual(unknown, { empty: found.empty, truth: null });
});
