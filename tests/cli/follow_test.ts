import assert from "node:assert/strict";
import { follow } from "../../lib/cli/follow.ts";
import type { IO } from "../../lib/cli/io.ts";
import { openOutputDirectory } from "../../lib/cli/output_directory.ts";
import type { March } from "../../lib/march.ts";
import type { TraceRecord } from "../../lib/trace.ts";

const record = (t: number): TraceRecord => ({
  t,
  gradients: t,
  forwards: 0,
  seconds: t,
  radius: 4,
  train: 1,
  test: t % 2 ? null : 10 + t,
  step: 0.1,
  hyperparameters: {},
  effort: { points: 100, dropped: t / 32 },
});

/** A run of four iterations whose images for the last two are loaded when `fail` throws. */
function runOf(fail: () => void, iteration = 0): March {
  const plan = { flop: 1e9, iterations: 2, resolution: 40 };
  return {
    plans: [plan, plan],
    plan,
    stage: 0,
    iterations: 4,
    get iteration() {
      return iteration;
    },
    async *[Symbol.asyncIterator]() {
      while (iteration < 4) {
        if (iteration === 2) await fail();
        yield record(iteration++);
      }
    },
  } as unknown as March;
}

async function followed(
  fail: () => void,
  { interrupted = false, iteration = 0, lines: said = [] as string[] } = {},
) {
  const path = await Deno.makeTempDir();
  try {
    if (iteration > 0) {
      const lines = [0, 1, 2, 3].map((t) => `${JSON.stringify(record(t))}\n`);
      await Deno.writeTextFile(`${path}/trace.jsonl`, `${lines.join("")}{"t"`);
    }
    const out = await openOutputDirectory(path, { overwrite: true });
    const report = (line: string) => said.push(line);
    const io = { report, log() {}, draw() {}, print() {}, isTerminal: false, now: () => 0 } as IO;
    const told = await follow(runOf(fail, iteration), out, {
      every: 1e6,
      interrupted: () => Promise.resolve(interrupted),
      io,
    });
    const trace = (await Deno.readTextFile(`${path}/trace.jsonl`)).trimEnd().split("\n");
    return { ...told, trace: trace.map((line) => JSON.parse(line)) };
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("every record is a line of the trace, and the last measurement is told", async () => {
  assert.deepEqual(await followed(() => {}), {
    test: 12,
    stopped: false,
    lost: 3 / 32,
    trace: [0, 1, 2, 3].map(record),
  });
});

Deno.test("a run that is resumed keeps the lines before it, and with them the last measurement", async () => {
  const trace = [0, 1, 2, 3].map(record), whole = { test: 12, stopped: false, lost: 3 / 32 };
  assert.deepEqual(await followed(() => {}, { iteration: 4 }), { ...whole, trace });
  assert.deepEqual(await followed(() => {}, { iteration: 1 }), { ...whole, trace });
  const early = await followed(() => {}, { iteration: 1, interrupted: true });
  assert.deepEqual(early, {
    ...{ test: 10, stopped: true, lost: 1 / 32 },
    trace: trace.slice(0, 2),
  });
});

Deno.test("loading that is stopped is a stop like any other; what else goes wrong is not", async () => {
  const abort = () => AbortSignal.abort().throwIfAborted();
  const { stopped, trace } = await followed(abort);
  assert.equal(stopped, true);
  assert.deepEqual(trace, [0, 1].map(record));
  await assert.rejects(
    () => followed(() => assert.fail("diverged"), { interrupted: false }),
    /diverged/,
  );
});

Deno.test("a run that fails says from where it can go on, if it can", async () => {
  const lines: string[] = [], fail = () => assert.fail("lost");
  await assert.rejects(() => followed(fail, { lines }), /lost/);
  assert.deepEqual(lines.filter((line) => line.includes("saved")), []);
  await assert.rejects(() => followed(fail, { lines, iteration: 1 }), /lost/);
  assert.equal(lines.at(-1), "Iteration 1 is saved; --resume goes on from there.");
});
