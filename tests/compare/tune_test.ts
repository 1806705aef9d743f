import assert from "node:assert/strict";
import { type Candidate, searchValue } from "../../lib/compare/tune.ts";

/** Searches a function of the value; null where it diverges. */
async function search(
  f: (value: number) => number | null,
  { start = 1, runs = 6, cost = (_: number): number => 100 } = {},
) {
  const tried: number[] = [];
  const found = await searchValue("learningRate", {
    start,
    budget: 100 * runs,
    each: 100,
    try(value): Promise<Candidate> {
      tried.push(value);
      return Promise.resolve({ value, test: f(value), gradients: cost(value) });
    },
  });
  return { ...found, tried };
}

const bowl = (best: number) => (x: number) => Math.log(x / best) ** 2;

Deno.test("a best value inside the grid is closed in on", async () => {
  const { tried, chosen, atEdge, gradients, candidates } = await search(bowl(1.3));
  assert.deepEqual(tried.slice(0, 3), [1, 3, 0.333]);
  assert.deepEqual(tried.slice(3), [1.73, 1.32]); // 3^(1/2), 3^(1/4); nothing finer is told apart
  assert.deepEqual([chosen, atEdge, gradients], [1.32, false, 500]);
  assert.deepEqual(candidates.map(({ value }) => value), tried);
});

Deno.test("the grid is extended beyond an edge while that is best, from the same budget", async () => {
  for (const [best, wanted] of [[20, [9, 27, 81]], [0.03, [0.111, 0.037, 0.0123]]] as const) {
    const { tried, chosen, atEdge, gradients } = await search(bowl(best));
    assert.deepEqual(tried.slice(3), wanted);
    assert.equal(gradients, 600);
    assert.equal(chosen, wanted[1]);
    assert.equal(atEdge, false);
  }
  const { chosen, atEdge, tried } = await search((x) => -x, { runs: 5 });
  assert.deepEqual([tried, chosen, atEdge], [[1, 3, 0.333, 9, 27], 27, true]);
});

Deno.test("values that diverge are recorded and worse than all others", async () => {
  const { candidates, chosen, tried } = await search((x) => x > 2 ? null : -x);
  assert.deepEqual(candidates.filter(({ test }) => test === null).map(({ value }) => value), [3]);
  assert.ok(chosen > 1 && chosen <= 2 && Math.max(...tried) === 3);
});

Deno.test("if the first value diverges, much smaller ones are tried and none above it", async () => {
  const { tried, chosen } = await search((x) => x > 0.2 ? null : -x, { start: 1 });
  assert.deepEqual(tried.slice(0, 2), [1, 0.111]);
  assert.ok(tried.every((x) => x <= 1));
  assert.ok(chosen >= 0.111 && chosen <= 0.2);
  const hopeless = await search(() => null);
  assert.equal(hopeless.chosen, Math.min(...hopeless.tried));
  assert.ok(hopeless.atEdge && hopeless.candidates.every(({ test }) => test === null));
});

Deno.test("what runs cost is what counts: dearer ones are fewer, diverged ones save for more", async () => {
  const dear = await search(bowl(20), { cost: () => 110 });
  assert.deepEqual([dear.tried.length, dear.gradients], [5, 550]);
  const cheap = await search((x) => x > 0.1 ? null : -Math.abs(x), {
    cost: (x) => x > 0.1 ? 10 : 100,
  });
  assert.ok(cheap.tried.length > 6 && cheap.gradients <= 600);
});

Deno.test("a budget that does not pay for three values is refused", async () => {
  await assert.rejects(
    search(bowl(1), { runs: 2 }),
    new RangeError(
      "Cannot tune learningRate: from 1 with 200 image gradients, 100 a value, " +
        "wanted a value above 0 and enough for three",
    ),
  );
  await assert.rejects(search(bowl(1), { start: 0 }), RangeError);
});
