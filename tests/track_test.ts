import assert from "node:assert/strict";
import {
  appended,
  type BenchOutput,
  fromBench,
  fromSummary,
  type Measurement,
  parseHistory,
  toBencher,
  toGitHub,
} from "../bench/history.ts";
import type { ComparisonSummary, RunSummary } from "../lib/compare/summary.ts";

const place = { commit: "abc1234", date: "2026-01-02T03:04:05+00:00", machine: "a machine" };

const bench: BenchOutput = {
  version: 1,
  runtime: "Deno/2.9.6 x86_64-unknown-linux-gnu",
  cpu: "AMD EPYC",
  benches: [{
    origin: "file:///somewhere/bench/kernels_bench.ts",
    name: "slices, r = 6.4",
    results: [{ ok: { min: 40, p75: 50.5, p99: 80 } }],
  }],
};

const run = (more: Partial<RunSummary>): RunSummary => ({
  seed: 0,
  status: "done",
  reason: null,
  iterations: 1,
  gradients: 100,
  forwards: 0,
  flop: 1e9,
  seconds: 2,
  overhead: 0.1,
  test: 80,
  resolution: 40,
  correlation: 0.75,
  trace: null,
  maps: [],
  ...more,
});

const summaryOf = (runs: readonly RunSummary[]): ComparisonSummary => ({
  version: 1,
  vitreous: "0.1.0",
  problem: {
    name: "paper-synthetic-small",
    count: 2000,
    heldOut: 100,
    boxSize: 64,
    pixelSize: 5,
    radius: 6.4,
    points: 25960,
    snr: 0.05,
    truth: null,
    truthTest: [null],
  },
  setting: "paper",
  budget: { unit: "evals", amount: 19000, epochs: 10 },
  seeds: runs.map(({ seed }) => seed),
  backend: "cpu: 2 threads",
  methods: [{
    name: "momentum",
    kind: "optimizer",
    hyperparameters: {},
    tuning: null,
    stateBytes: 0,
    runs,
  }],
});

Deno.test("what deno bench writes becomes lines, and these what Bencher and GitHub read", () => {
  const lines = fromBench(bench, place);
  assert.deepEqual(lines, [{
    ...place,
    machine: "AMD EPYC, a machine",
    problem: "kernels_bench.ts",
    subject: "slices, r = 6.4",
    quantity: "time",
    unit: "ns",
    value: 50.5,
    lower: 40,
    upper: 80,
  }]);
  assert.deepEqual(toBencher(lines), {
    "kernels_bench.ts: slices, r = 6.4": {
      latency: { value: 50.5, lower_value: 40, upper_value: 80 },
    },
  });
  assert.deepEqual(toGitHub(lines), [{
    name: "kernels_bench.ts: slices, r = 6.4: time",
    unit: "ns",
    value: 50.5,
    range: "40 .. 80",
    extra: "AMD EPYC, a machine",
  }]);
});

Deno.test("a benchmark that failed, or of another version, is not tracked", () => {
  assert.throws(
    () => fromBench({ ...bench, benches: [{ ...bench.benches[0], results: [{}] }] }, place),
    new RangeError("Cannot track slices, r = 6.4: it failed, wanted a time"),
  );
  assert.throws(() => fromBench({ ...bench, version: 2 }, place), /version 2, wanted 1/);
});

Deno.test("a comparison becomes means over the seeds that ended, with their 95 % interval", () => {
  const lines = fromSummary(
    summaryOf([
      run({ test: 80 }),
      run({ seed: 1, test: 82 }),
      run({ seed: 2, status: "diverged", test: 1e9, resolution: null }),
      run({ seed: 3, status: "interrupted" }),
    ]),
    place,
  );
  const by = Object.fromEntries(lines.map((line) => [line.quantity, line]));
  const problem = "paper-synthetic-small, 2000 images, paper, 19000 gradients";
  for (const line of lines) {
    assert.equal(line.problem, problem);
    assert.equal(line.subject, "momentum");
    assert.equal(line.machine, "cpu: 2 threads, a machine");
  }
  const nll = by["held-out NLL"];
  assert.equal(nll.value, 81);
  // Student's t for two values, 12.706, times their standard error, 1
  assert.ok(Math.abs(nll.upper! - 81 - 12.706) < 1e-2 && Math.abs(nll.lower! - 81 + 12.706) < 1e-2);
  assert.equal(by["1 - correlation"].value, 0.25);
  assert.ok(Math.abs(by.failed.value - 1 / 3) < 1e-15);
  assert.deepEqual(Object.keys(toBencher(lines)), [`${problem}: momentum`]);
  assert.deepEqual(Object.keys(toBencher(lines)[`${problem}: momentum`]), [
    "held-out-nll",
    "fsc-0-5",
    "1-correlation",
    "seconds",
    "overhead",
    "failed",
  ]);
  assert.equal(toGitHub(lines)[0].name, `${problem}: momentum: held-out NLL`);
});

Deno.test("of one seed there is no interval; what was not measured has no line", () => {
  const lines = fromSummary(summaryOf([run({ resolution: null, correlation: null })]), place);
  assert.deepEqual(lines.map(({ quantity }) => quantity), [
    "held-out NLL",
    "seconds",
    "overhead",
    "failed",
  ]);
  assert.ok(lines.every((line) => !("lower" in line)));
  assert.ok(!("range" in toGitHub(lines)[0]));
  assert.deepEqual(fromSummary(summaryOf([run({ status: "missing" })]), place), []);
});

Deno.test("history has one line a commit, machine, problem, subject and quantity: the last", () => {
  const [line] = fromBench(bench, place);
  const others: Measurement[] = [
    { ...line, commit: "def5678" },
    { ...line, machine: "another" },
    { ...line, problem: "another" },
    { ...line, subject: "another" },
    { ...line, quantity: "another" },
  ];
  const history = [line, ...others], again = { ...line, value: 60 };
  assert.deepEqual(appended(history, [again]), [...others, again]);
  assert.deepEqual(appended([], [line, again]), [again]);
  const text = history.map((line) => JSON.stringify(line) + "\n").join("");
  assert.deepEqual(parseHistory(text, "x"), history);
  assert.throws(() => parseHistory(`${text}{"com`, "x"), /^SyntaxError: Cannot read x: line 7, /);
});
