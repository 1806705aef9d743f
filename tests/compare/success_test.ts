import assert from "node:assert/strict";
import { successCriterion } from "../../lib/compare/success.ts";
import { comparisonTable } from "../../lib/compare/table.ts";
import { done, summaryOf } from "./summaries.ts";

Deno.test("with a truth: within 1.1 of the best method's median FSC 0.5; diverged is failed", () => {
  const summary = summaryOf({
    a: [done(1, 40), done(1, 42), done(1, 90)], // median 42, limit 46.2
    b: [done(1, 46), done(1, 47), { status: "diverged" }],
    c: [done(1, 41), done(1, null), { status: "interrupted", test: 1 }],
  });
  const criterion = successCriterion(summary);
  const found = summary.methods.map((_, m) => summary.seeds.map((_, s) => criterion.of(m, s)));
  // c: one judged run, of median 41: the limit is 45.1
  assert.deepEqual(found, [[true, true, false], [false, false, false], [true, null, null]]);
  assert.match(criterion.description, /^FSC 0.5 at 45.1 A or finer/);
});

Deno.test("where all maps are bad none is a success: half the band has to be right", () => {
  // the band ends at 64 * 5 / 6.4 = 50 A
  const criterion = successCriterion(summaryOf({ a: [done(1, 140)], b: [done(1, 101)] }));
  assert.deepEqual([criterion.of(0, 0), criterion.of(1, 0)], [false, false]);
  assert.equal(successCriterion(summaryOf({ a: [done(1, 99)] })).of(0, 0), true);
});

Deno.test("without a truth: within two nats of the best run of the seed", () => {
  const summary = summaryOf({
    a: [done(10), done(20)],
    b: [done(12), done(17)],
    c: [done(12.1), { status: "missing" }],
  }, { truth: null });
  const criterion = successCriterion(summary);
  const found = summary.methods.map((_, m) => summary.seeds.map((_, s) => criterion.of(m, s)));
  assert.deepEqual(found, [[true, false], [true, true], [false, null]]);
});

Deno.test("the table marks what diverged, was interrupted or is missing, and gives no false numbers", () => {
  const lines = comparisonTable(summaryOf({
    good: [done(10, 40), done(14, 44)],
    bad: [{ status: "diverged", reason: "too fast", test: 1e30 }, done(11, 41)],
    half: [{ status: "interrupted", test: 3, gradients: 500 }, {}],
  }));
  assert.match(lines[0], /^method +rate +NLL +FSC 0.5, A +success +gradients +seconds +state$/);
  assert.match(
    lines[1],
    /^good +learningRate 2 \(not tuned\) +12.00 \+- 2.83 +42.0 \+- 2.8 +2\/2 /,
  );
  assert.match(lines[2], /^bad .* 11.00 +41.0 +1\/2 +1000 +2.0 +1.2 kB +1 diverged$/);
  assert.match(lines[3], /^half .* - +- +- +- +- +1.2 kB +1 interrupted, 1 missing$/);
  assert.ok(lines.includes("bad, seed 0: too fast"));
});
