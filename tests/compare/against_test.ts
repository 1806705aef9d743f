import assert from "node:assert/strict";
import { compareSummaries } from "../../lib/compare/against.ts";
import { differenceTable } from "../../lib/compare/table.ts";
import { done, summaryOf } from "./summaries.ts";

const nll = (now: number[], before: number[]) =>
  compareSummaries(
    summaryOf({ a: now.map((test) => done(test)) }),
    summaryOf({ a: before.map((test) => done(test)) }),
  ).find(({ quantity }) => quantity === "held-out NLL")!;

Deno.test("differences are paired by seed: large spread between seeds is no noise", () => {
  const better = nll([10, 20, 30], [11, 21.1, 30.9]);
  assert.equal(better.verdict, "better");
  assert.deepEqual([better.now, better.before], [20, 21]);
  // changes -1, -1.1, -0.9: deviation 0.1, Student's t for 2 degrees of freedom 4.303
  assert.ok(Math.abs(better.noise - 4.303 * 0.1 / Math.sqrt(3)) < 1e-12);
  assert.equal(nll([11, 21.1, 30.9], [10, 20, 30]).verdict, "worse");
  assert.equal(nll([10, 20, 30], [11, 19, 30.5]).verdict, "within the noise");
});

Deno.test("one seed tells nothing of the noise, unless nothing has changed", () => {
  assert.equal(nll([10], [11]).verdict, "noise unknown");
  assert.equal(nll([10], [10]).verdict, "the same");
});

Deno.test("a higher correlation is better; only runs that are done in both count", () => {
  const with3 = (correlation: number[], status: "done" | "diverged" = "done") =>
    summaryOf({
      a: correlation.map((c, i) => ({
        ...done(1),
        correlation: c,
        status: i === 0 ? status : "done",
      })),
      onlyHere: correlation.map(() => done(1)),
    });
  const reference = with3([0.8, 0.7, 0.6]);
  const found = compareSummaries(with3([0.1, 0.81, 0.7], "diverged"), {
    ...reference,
    methods: reference.methods.slice(0, 1),
  });
  assert.deepEqual(new Set(found.map(({ method }) => method)), new Set(["a"]));
  const correlation = found.find(({ quantity }) => quantity === "correlation")!;
  assert.deepEqual([correlation.now, correlation.before], [(0.81 + 0.7) / 2, (0.7 + 0.6) / 2]);
  assert.equal(correlation.verdict, "better"); // changes 0.11 and 0.1
  assert.equal(differenceTable(found).length, 1 + found.length);
});

Deno.test("another problem, setting or budget is refused", () => {
  const now = summaryOf({ a: [done(1)] });
  assert.throws(
    () => compareSummaries(now, { ...now, setting: "robust" }),
    new RangeError("Cannot compare with the reference: its setting is robust, wanted paper"),
  );
  const budget = { ...now.budget, amount: 7 };
  assert.throws(() => compareSummaries(now, { ...now, budget }), /its budget is 7, wanted 1000$/);
  const problem = { ...now.problem, count: 5 };
  assert.throws(() => compareSummaries(now, { ...now, problem }), /its images is 5, wanted 300$/);
});
