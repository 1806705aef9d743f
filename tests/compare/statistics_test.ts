import assert from "node:assert/strict";
import { confidence95, deviation, mean, median } from "../../lib/compare/statistics.ts";

Deno.test("mean, median and deviation of lists worked by hand", () => {
  assert.equal(mean([1, 2, 6]), 3);
  assert.equal(median([6, 1, 2]), 2);
  assert.equal(median([6, 1, 2, 4]), 3);
  assert.equal(deviation([1, 2, 6]), Math.sqrt((4 + 1 + 9) / 2));
  assert.ok(Number.isNaN(deviation([1])) && Number.isNaN(median([])) && Number.isNaN(mean([])));
});

Deno.test("the interval of a mean is Student's: from the table, and beyond it within 0.002", () => {
  assert.equal(confidence95([0, 2]), 12.706 * Math.sqrt(2) / Math.sqrt(2));
  assert.ok(Number.isNaN(confidence95([1])));
  // half of +1 and half of -1: deviation sqrt(n / (n - 1))
  const t = (n: number) => {
    const values = Array.from({ length: n }, (_, i) => i % 2 ? 1 : -1);
    return confidence95(values) * Math.sqrt(n) / Math.sqrt(n / (n - 1));
  };
  for (
    const [f, wanted] of [[1, 12.706], [9, 2.262], [11, 2.201], [21, 2.080], [61, 2.000], [
      119,
      1.980,
    ]]
  ) {
    assert.ok(Math.abs(t(f + 1) - wanted) < 0.002, `${f}: ${t(f + 1)}`);
  }
});
