import assert from "node:assert/strict";

const folder = new URL("../examples/", import.meta.url);

/** Runs an example the way it says it is run, its types checked; returns its lines. */
async function linesOf(name: string): Promise<string[]> {
  const script = new URL(`${name}.ts`, folder);
  assert.ok(
    (await Deno.readTextFile(script)).includes(`    deno run --allow-read examples/${name}.ts`),
    `${name} says how it is run`,
  );
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--check", "--no-prompt", "--frozen", "--allow-read", script.href],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

/** The number in each line at a place where a pattern says it is. */
const numbers = (lines: readonly string[], pattern: RegExp) =>
  lines.map((line) => Number(pattern.exec(line)?.[1] ?? NaN));

/** What each example shows. */
const shown: Record<string, (lines: string[]) => void> = {
  custom_optimizer(lines) {
    assert.match(lines[0], /^momentum:/);
    assert.match(lines[1], /^normalized:/);
    const before = numbers(lines, /from ([\d.]+) to/), after = numbers(lines, /to ([\d.]+)$/);
    // from the same start, and to where the named one gets: what both gain is more than 1 nat
    assert.equal(before[0], before[1]);
    for (const value of after) assert.ok(value < before[0] - 1, lines.join("\n"));
  },
  custom_prior([error, ...lines]) {
    // central differences of a quadratic: float32 sums of some 200 terms over 2 h, h = 2^-6
    assert.ok(numbers([error], /off by (\S+)$/)[0] < 200 * 2 ** -24 * 2 ** 5);
    const [flat, little, much] = numbers(lines, /is (\S+) a voxel$/);
    assert.ok(flat > little && little > much && much > 0, lines.join("\n"));
  },
  custom_schedule(lines) {
    const t = numbers(lines.slice(0, -1), /^t = (\d+)/);
    assert.deepEqual(t, [0, 4, 8, 12, 16, 20, 24, 28]); // across the stop at 12
    const rates = numbers(lines.slice(0, -1), /rate (\S+)$/);
    const wanted = (t: number) => t < 5 ? 2 * (t + 1) / 5 : 1 + Math.cos(Math.PI * (t - 5) / 25);
    rates.forEach((rate, i) => assert.ok(Math.abs(rate - wanted(t[i])) < 5e-4 + 1e-9, lines[i]));
    assert.match(lines.at(-1)!, /^30 iterations/);
  },
  own_data([line]) {
    assert.match(line, /^600 packed images/);
    // 2 x 10 A is Nyquist, the band ends at 60 A: the particle is found
    assert.ok(numbers([line], /FSC 0.5 at (\d+) A$/)[0] < 80, line);
  },
  sweep(lines) {
    const runs = lines.map((line) => JSON.parse(line));
    assert.equal(runs.length, 3 * 3 * 2);
    assert.equal(new Set(runs.map((r) => `${r.optimizer} ${r.rate} ${r.seed}`)).size, 18);
    assert.ok(runs.some(({ heldOutNLL }) => heldOutNLL === null), "a run that diverges is in it");
  },
};

Deno.test("every example is described here", () => {
  const names = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) =>
    name
  );
  assert.deepEqual(names.sort(), Object.keys(shown).map((name) => `${name}.ts`).sort());
});

for (const [name, check] of Object.entries(shown)) {
  Deno.test(`the example ${name} runs, and shows what it says`, async () => {
    check(await linesOf(name));
  });
}
