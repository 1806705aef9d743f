import assert from "node:assert/strict";
import { createRandom } from "../../lib/random.ts";
import { escapeText, markup } from "../../lib/report/markup.ts";
import { lookOf } from "../../lib/report/palette.ts";
import { linePath, type Point, spread, thin, thinBand } from "../../lib/report/path.ts";
import {
  formatCount,
  formatSeconds,
  powerOfTen,
  shortCount,
  withPrefix,
} from "../../lib/report/quantity.ts";
import { linearScale, logScale } from "../../lib/report/scale.ts";

const random = createRandom(3, "drawing");
const walk: Point[] = Array.from({ length: 5000 }, (_, i) => [i / 10, 100 * random.normal()]);

Deno.test("thinning keeps the first, least, most and last of every column, in order, and nothing else", () => {
  const kept = thin(walk);
  assert.ok(kept.length <= 4 * 250 && kept.length > 3 * 250);
  for (let column = 0; column < 250; column++) {
    const inside = ([x]: Point) => Math.floor(x / 2) === column;
    const before = walk.filter(inside), after = kept.filter(inside);
    const heights = (list: Point[]) => list.map(([, y]) => y);
    assert.equal(Math.min(...heights(after)), Math.min(...heights(before)));
    assert.equal(Math.max(...heights(after)), Math.max(...heights(before)));
    assert.deepEqual([after[0], after.at(-1)], [before[0], before.at(-1)]);
  }
  assert.deepEqual(kept, walk.filter((p) => kept.includes(p)));
  const few: Point[] = [[0, 1], [5, 2], [9, 3]];
  assert.deepEqual(thin(few), few);
});

Deno.test("a thinned band holds the whole band", () => {
  const lower = walk.map(([x, y]): Point => [x, y + 5]), band = thinBand(walk, lower);
  assert.ok(band.upper.length <= 2 * 250);
  walk.forEach(([x, y]) => {
    const column = Math.floor(x / 2);
    const tops = band.upper.filter((p) => Math.floor(p[0] / 2) === column);
    const bottoms = band.lower.filter((p) => Math.floor(p[0] / 2) === column);
    assert.ok(tops.every((p) => p[1] <= y) && bottoms.every((p) => p[1] >= y + 5));
  });
});

Deno.test("path data lead through every point to a twentieth of a px, however many came before", () => {
  const path = linePath(walk);
  assert.match(path, /^M[^A-Za-z]+l[^A-Za-z]+$/);
  const numbers = path.match(/-?(\d+\.?\d*|\.\d+)/g)!.map(Number);
  assert.equal(numbers.length, 2 * walk.length);
  let x = 0, y = 0;
  walk.forEach((point, i) => {
    x += numbers[2 * i], y += numbers[2 * i + 1];
    assert.ok(Math.abs(x - point[0]) < 0.0501 && Math.abs(y - point[1]) < 0.0501);
  });
  assert.equal(linePath([[1, 2]]), "M1 2");
  assert.equal(linePath([[0.5, -0.5], [1, 1e9], [1.04, -1e9]]), "M.5-.5l.5 5000.5 0-10000");
});

Deno.test("labels end apart and in order, none moved where there is room, all within bounds", () => {
  const room = { gap: 10, low: 0, high: 100 };
  assert.deepEqual(spread([80, 10, 40], room), [80, 10, 40]);
  assert.deepEqual(spread([50, 50], room), [45, 55]);
  assert.deepEqual(spread([0, 1, 100], room), [0, 10, 100]);
  assert.deepEqual(spread([], room), []);
  for (let round = 0; round < 50; round++) {
    const wanted = Array.from({ length: 11 }, () => 100 * random.uniform());
    const places = spread(wanted, room);
    const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
    // eleven labels at 10 px just fit: there is one way
    order.forEach((i, rank) => assert.ok(Math.abs(places[i] - 10 * rank) < 1e-9));
    // with room, nudging any label or group that may move makes the sum of squares no less
    const free = spread(wanted, { gap: 10, low: -500, high: 500 });
    const squares = (list: number[]) => list.reduce((sum, p, i) => sum + (p - wanted[i]) ** 2, 0);
    for (let a = 0; a < 11; a++) {
      for (let b = a; b < 11; b++) {
        for (const step of [-0.5, 0.5]) {
          const moved = [...free];
          for (let rank = a; rank <= b; rank++) moved[order[rank]] += step;
          const apart = order.every((i, rank) =>
            rank === 0 || moved[i] - moved[order[rank - 1]] >= 10 - 1e-9
          );
          if (apart) assert.ok(squares(moved) >= squares(free) - 1e-9);
        }
      }
    }
  }
});

Deno.test("ticks are round, rise, and lie within the axis", () => {
  const format = shortCount;
  for (let round = 0; round < 200; round++) {
    const low = 10 ** (4 * random.uniform() - 2), high = low * 10 ** (0.05 + 5 * random.uniform());
    for (
      const scale of [
        linearScale([low, high], [0, 300]),
        logScale([low, high], [0, 300], { format }),
      ]
    ) {
      assert.ok(Math.abs(scale.at(low)) < 1e-9 && Math.abs(scale.at(high) - 300) < 1e-9);
      const labelled = scale.ticks.filter(({ label }) => label !== null);
      assert.ok(labelled.length >= 2 && labelled.length <= 9, `${low} ${high}: ${labelled.length}`);
      scale.ticks.forEach(({ value }, i) => {
        assert.ok(value >= low * (1 - 1e-6) - 1e-12 && value <= high * (1 + 1e-6));
        assert.ok(i === 0 || value > scale.ticks[i - 1].value);
      });
      assert.equal(new Set(labelled.map(({ label }) => label)).size, labelled.length);
    }
  }
  assert.deepEqual(linearScale([54.6, 56.9], [0, 1]).ticks.map((t) => t.label), [
    "55.0",
    "55.5",
    "56.0",
    "56.5",
  ]);
  assert.deepEqual(
    logScale([100, 20000], [0, 1], { format }).ticks.flatMap((t) => t.label ?? []),
    ["100", "1K", "10K"],
  );
});

Deno.test("quantities are written with their units", () => {
  assert.deepEqual([0, 950, 63.1e9, 1.234e12].map((v) => withPrefix(v, "flop")), [
    "0 flop",
    "950 flop",
    "63.1 Gflop",
    "1.23 Tflop",
  ]);
  assert.deepEqual([7, 999, 1000, 1234567].map(formatCount), ["7", "999", "1,000", "1,234,567"]);
  assert.deepEqual([500, 5000, 52500, 1e6].map(shortCount), ["500", "5K", "52.5K", "1M"]);
  assert.deepEqual([0.85, 12.34, 245, 7800].map(formatSeconds), [
    "0.85 s",
    "12.3 s",
    "4 min 05 s",
    "2 h 10 min",
  ]);
  assert.deepEqual([1e12, 2e10, 1e-3].map(powerOfTen), ["10¹²", "2·10¹⁰", "10⁻³"]);
});

Deno.test("24 methods in a row differ in colour or dash", () => {
  const looks = Array.from({ length: 24 }, (_, i) => lookOf(i));
  assert.equal(new Set(looks.map(({ colour, dash }) => `${colour} ${dash}`)).size, 24);
  const more = Array.from({ length: 30 }, (_, i) => JSON.stringify(lookOf(i)));
  assert.equal(new Set(more).size, 30);
});

Deno.test("markup escapes what is put in, but not markup, and leaves out what is not there", () => {
  const evil = `<b a='1' c="2">&`;
  assert.equal(escapeText(evil), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;");
  assert.equal(
    markup`<i>${evil}${[markup`<u>${1}</u>`, null, false, "x"]}</i>`.text,
    `<i>${escapeText(evil)}<u>1</u>x</i>`,
  );
  assert.equal(
    markup`
      <p class="a"
        id="b">two
        words ${"  kept\n"}
      </p>
    `.text,
    `<p class="a" id="b">two words   kept\n</p>`,
  );
});
