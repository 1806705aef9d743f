import assert from "node:assert/strict";
import type { RunSummary } from "../../lib/compare/summary.ts";
import { combine, methodCurve, seedOffsets, type Track, trackOf } from "../../lib/report/curve.ts";
import { standing, wholeDomain, zoomDomain } from "../../lib/report/domain.ts";
import { costsToSolve } from "../../lib/report/profile_plot.ts";
import type { TraceRecord } from "../../lib/trace.ts";
import { madeUpComparison } from "./made_up.ts";

const record = (gradients: number, test: number | null, rest: Partial<TraceRecord> = {}) => ({
  t: 0,
  gradients,
  forwards: 0,
  seconds: 0,
  radius: 6.4,
  train: 0,
  test,
  step: 0,
  hyperparameters: {},
  ...rest,
});

const run = (rest: Partial<RunSummary>) => ({
  ...madeUpComparison([{ name: "sgd" }], { seeds: 1, boxSize: 16, lines: 1 }).summary.methods[0]
    .runs[0],
  ...rest,
});

Deno.test("the cost of measuring is taken off, in equal parts a measurement", () => {
  // two iterations of 100 gradients and 1 s each; every measurement adds 50 forwards and 0.5 s
  const trace = [
    record(100, 9, { forwards: 50, seconds: 1.5 }),
    record(200, null, { forwards: 50, seconds: 2.5 }),
    record(300, 7, { forwards: 100, seconds: 4 }),
  ];
  const summary = run({ gradients: 300, forwards: 0, seconds: 3, flop: 6e9 });
  const track = (axis: "gradients" | "flop" | "seconds") =>
    trackOf(trace, summary, { axis, offset: 1 });
  assert.deepEqual(track("gradients"), { gradients: [100, 300], cost: [100, 300], test: [10, 8] });
  assert.deepEqual(track("seconds").cost, [1, 3]);
  assert.deepEqual(track("flop").cost, [2e9, 6e9]);
  // where a trace leaves measuring out, there is nothing to take off
  const clean = trace.map((line, i) => ({ ...line, forwards: 40 * i, seconds: i + 1 }));
  const its = run({ gradients: 300, forwards: 80, seconds: 3, flop: 6.8e9 });
  assert.deepEqual(trackOf(clean, its, { axis: "seconds", offset: 0 }).cost, [1, 3]);
  assert.deepEqual(trackOf(clean, its, { axis: "flop", offset: 0 }).cost, [2e9, 6.8e9]);
});

Deno.test("the median is over the seeds that have got so far, and between measurements linear", () => {
  const track = (gradients: number[], test: number[], cost = gradients): Track => ({
    gradients,
    cost,
    test,
  });
  const curve = combine([
    track([100, 300], [10, 6], [1, 3]),
    track([100, 200], [12, 20], [2, 4]),
    track([100, 200, 300], [11, 9, 5], [1, 5, 9]),
  ])!;
  assert.deepEqual(curve.median, [11, 9, 5.5]);
  assert.deepEqual(curve.low, [10, 8, 5]);
  assert.deepEqual(curve.high, [12, 20, 6]);
  assert.deepEqual(curve.cost, [1, 4, 6]);
  assert.equal(combine([track([100], [1])]), null);
});

Deno.test("seeds are moved by their truths only where all are known", () => {
  const { problem } = madeUpComparison([], { seeds: 3 }).summary;
  assert.deepEqual(seedOffsets(problem, 3), [0.5, 0, -0.5]);
  assert.deepEqual(seedOffsets({ ...problem, truthTest: [55, null, 56] }, 3), [0, 0, 0]);
  // a made-up run differs from seed to seed by its truth and noise of 0.05: the band shrinks to that
  const { summary, data } = madeUpComparison([{ name: "sgd" }], { boxSize: 16 });
  const width = (offsets: number[]) => {
    const { curve } = methodCurve(summary.methods[0], data.traces, { axis: "gradients", offsets });
    return Math.max(...curve!.high.map((high, i) => high - curve!.low[i]));
  };
  assert.ok(width([0, 0, 0]) > 0.9);
  assert.ok(width(seedOffsets(problem, 3)) < 8 * 0.05);
});

Deno.test("what diverges does not stretch the axes, and the end has all that are within two nats", () => {
  const { summary, data } = madeUpComparison([
    { name: "a", above: 1, pace: 1000 },
    { name: "b", above: 1.5, pace: 1000 },
    { name: "c", above: 2.8, pace: 1000 },
    { name: "far", above: 9, pace: 1000 },
    { name: "lost", status: ["diverged", "diverged", "diverged"] },
  ], { boxSize: 16 });
  const offsets = seedOffsets(summary.problem, 3);
  const curves = summary.methods.map((method) =>
    methodCurve(method, data.traces, { axis: "gradients", offsets })
  );
  assert.equal(standing(curves[4])!.done, false);
  assert.ok(standing(curves[4])!.test > 1e5);
  const truth = 55.5, whole = wholeDomain(curves, truth), end = zoomDomain(curves, truth);
  assert.deepEqual(whole.x, [100, 10000]);
  assert.deepEqual(end.x, [5000, 10000]);
  assert.ok(whole.y[0] < truth && whole.y[1] > 79 && whole.y[1] < 83, `${whole.y}`);
  const within = (i: number) => standing(curves[i])!.test < end.y[1];
  assert.deepEqual([0, 1, 2, 3, 4].map(within), [true, true, true, false, false]);
  assert.ok(end.y[0] < truth);
});

Deno.test("a seed is solved 5 % above the best end, by those that came to it", () => {
  const { summary, data } = madeUpComparison([
    { name: "fast", above: 0.5, pace: 1000 },
    { name: "slow", above: 0.5, pace: 2000 },
    { name: "poor", above: 9 },
    { name: "none", status: ["missing", "missing", "missing"] },
  ], { boxSize: 16, seeds: 3 });
  const costs = costsToSolve(summary, data.traces);
  for (let seed = 0; seed < 3; seed++) {
    // 24.5 exp(-g/p) = 0.05 of about 24: g = 3.0 p, the noise of 0.05 moves it by 0.05/1.2 p
    assert.ok(Math.abs(costs[0][seed]! - 3000) < 300, `${costs[0][seed]}`);
    assert.ok(Math.abs(costs[1][seed]! / costs[0][seed]! - 2) < 0.3);
    assert.deepEqual([costs[2][seed], costs[3][seed]], [null, null]);
  }
});
