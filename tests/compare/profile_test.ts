import assert from "node:assert/strict";
import { gradientsTo, performanceProfiles, solvedBelow } from "../../lib/compare/profile.ts";
import { fc } from "../property.ts";

Deno.test("performance profiles of a case worked by hand", () => {
  // problem 1: best 100; problem 2: best 200; problem 3: only the second method; problem 4: nobody
  const [a, b] = performanceProfiles([
    [100, 400, null, null],
    [300, 200, 50, null],
  ]);
  assert.deepEqual(a, [{ factor: 1, share: 1 / 4 }, { factor: 2, share: 2 / 4 }]);
  assert.deepEqual(b, [{ factor: 1, share: 2 / 4 }, { factor: 3, share: 3 / 4 }]);
});

Deno.test("profiles rise, begin at 1 or more, and end at the share of problems solved", () => {
  const cost = fc.option(fc.integer({ min: 1, max: 20 }), { nil: null });
  const costs = fc.integer({ min: 1, max: 6 }).chain((problems) =>
    fc.array(fc.array(cost, { minLength: problems, maxLength: problems }), {
      minLength: 1,
      maxLength: 4,
    })
  );
  fc.assert(fc.property(costs, (rows) => {
    const profiles = performanceProfiles(rows);
    profiles.forEach((steps, m) => {
      const solved = rows[m].filter((c) => c !== null).length;
      assert.equal(steps.at(-1)?.share ?? 0, solved / rows[m].length);
      steps.forEach(({ factor, share }, i) => {
        assert.ok(factor >= 1);
        if (i > 0) assert.ok(factor > steps[i - 1].factor && share > steps[i - 1].share);
        // the definition
        const within = rows[m].filter((c, p) =>
          c !== null && c / Math.min(...rows.map((row) => row[p] ?? Infinity)) <= factor
        );
        assert.equal(share, within.length / rows[m].length);
      });
    });
    // whoever was the best somewhere begins at 1
    const any = rows[0].some((_, p) => rows.some((row) => row[p] !== null));
    assert.equal(profiles.some(([first]) => first?.factor === 1), any);
  }));
});

Deno.test("profiles refuse ragged tables and costs that are none", () => {
  assert.deepEqual(performanceProfiles([]), []);
  assert.throws(
    () => performanceProfiles([[1, 2], [1]]),
    new RangeError("Cannot make profiles: method 2 has 1 problems, wanted 2"),
  );
  for (const bad of [0, -1, NaN]) assert.throws(() => performanceProfiles([[bad]]), RangeError);
});

Deno.test("a problem is solved at the first measurement that is low enough", () => {
  const trace = [[100, 9], [200, null], [300, 5], [400, 4]].map(([gradients, test]) => ({
    gradients: gradients!,
    test,
  }));
  assert.equal(gradientsTo(trace, 5), 300);
  assert.equal(gradientsTo(trace, 4.9), 400);
  assert.equal(gradientsTo(trace, 3), null);
  assert.equal(solvedBelow(120, 20), 25); // 5 % of the way is left
  assert.equal(solvedBelow(120, 20, 0), 20);
});
