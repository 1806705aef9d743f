import assert from "node:assert/strict";
import { createRandom } from "../lib/random.ts";
import { fc } from "./property.ts";

/** Streams are seeded: a bound of five standard deviations either always holds or never. */
const SIGMAS = 5;
const draws = (count: number, draw: () => number) => Array.from({ length: count }, draw);
const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;

Deno.test("equal seed and labels give equal streams, whatever was drawn elsewhere", () => {
  fc.assert(fc.property(fc.integer(), fc.string(), fc.nat(), (seed, label, t) => {
    const a = createRandom(seed, label, t), other = createRandom(seed, label, t + 1);
    other.normal();
    const b = createRandom(seed, label, t);
    for (let i = 0; i < 20; i++) {
      other.uniform();
      assert.equal(a.uniform(), b.uniform());
    }
  }));
});

Deno.test("different seeds, labels, and ways to cut a label give different streams", () => {
  const streams = [
    createRandom(1),
    createRandom(2),
    createRandom(-1),
    createRandom(1, "ab"),
    createRandom(1, "a", "b"),
    createRandom(1, "b", "a"),
    createRandom(1, "a", 1),
    createRandom(1, "a", "1"),
    createRandom(1, "a", 2),
    createRandom(11, "a"),
  ];
  const first = streams.map((random) => draws(3, random.uniform).join());
  assert.equal(new Set(first).size, streams.length);
});

Deno.test("neighbouring labels are uncorrelated", () => {
  // first uniforms of streams t = 0, 1, ...: lag-1 correlation of n values has deviation 1/sqrt(n)
  const n = 20000;
  const u = Array.from({ length: n }, (_, t) => createRandom(7, "grid", t).uniform() - 0.5);
  let lag = 0, power = 0;
  for (let t = 1; t < n; t++) (lag += u[t] * u[t - 1], power += u[t] * u[t]);
  assert.ok(Math.abs(lag / power) < SIGMAS / Math.sqrt(n));
  assert.ok(Math.abs(mean(u)) < SIGMAS / Math.sqrt(12 * n));
});

Deno.test("the stream of a seed is the same in every version: runs are resumed with it", () => {
  const random = createRandom(1, "pinned");
  assert.equal(random.uniform(), 0.21442089343979365);
  assert.equal(random.uniform(), 0.43649019354182406);
  assert.equal(random.integer(1000), 751);
  // logarithm, sine and cosine may differ between engines by a rounding each
  assert.ok(Math.abs(random.normal() + 0.54929144550455) < 1e-14);
  assert.ok(Math.abs(random.normal() + 0.09068058650754779) < 1e-14);
});

Deno.test("uniform() lies in [0, 1) with the moments of the uniform distribution", () => {
  const n = 100000, u = draws(n, createRandom(3, "uniform").uniform);
  assert.ok(u.every((v) => v >= 0 && v < 1));
  // variances: of u 1/12, of u^2 1/5 - 1/9 = 4/45
  assert.ok(Math.abs(mean(u) - 1 / 2) < SIGMAS * Math.sqrt(1 / 12 / n));
  assert.ok(Math.abs(mean(u.map((v) => v * v)) - 1 / 3) < SIGMAS * Math.sqrt(4 / 45 / n));
  let lag = 0;
  for (let i = 1; i < n; i++) lag += (u[i] - 0.5) * (u[i - 1] - 0.5);
  assert.ok(Math.abs(lag / n) < SIGMAS / 12 / Math.sqrt(n));
});

Deno.test("normal() has the moments 0, 1, 0, 3 of the standard normal, pairs uncorrelated", () => {
  const n = 100000, x = draws(n, createRandom(3, "normal").normal);
  const moment = (p: number) => mean(x.map((v) => v ** p));
  // variances of x, x^2, x^3, x^4: 1, 2, 15, 96
  assert.ok(Math.abs(moment(1)) < SIGMAS * Math.sqrt(1 / n));
  assert.ok(Math.abs(moment(2) - 1) < SIGMAS * Math.sqrt(2 / n));
  assert.ok(Math.abs(moment(3)) < SIGMAS * Math.sqrt(15 / n));
  assert.ok(Math.abs(moment(4) - 3) < SIGMAS * Math.sqrt(96 / n));
  let pairs = 0;
  for (let i = 0; i < n; i += 2) pairs += x[i] * x[i + 1];
  assert.ok(Math.abs(pairs / (n / 2)) < SIGMAS * Math.sqrt(2 / n));
});

Deno.test("integer() draws every value below its limit equally often", () => {
  const n = 70000, random = createRandom(3, "integer"), counts = new Array(7).fill(0);
  for (let i = 0; i < n; i++) counts[random.integer(7)]++;
  const expected = n / 7, deviation = Math.sqrt(expected * 6 / 7);
  for (const count of counts) assert.ok(Math.abs(count - expected) < SIGMAS * deviation);
  assert.equal(random.integer(1), 0);
});

Deno.test("permutation() holds every index once", () => {
  fc.assert(fc.property(fc.nat(300), fc.integer(), (count, seed) => {
    const order = createRandom(seed, "order").permutation(count);
    assert.deepEqual([...order].sort((a, b) => a - b), [...new Array(count).keys()]);
  }));
});

Deno.test("permutation() brings every element to every place equally often", () => {
  const n = 20000, size = 5, random = createRandom(5, "places");
  const counts = new Array(size * size).fill(0);
  for (let i = 0; i < n; i++) {
    random.permutation(size).forEach((element, place) => counts[size * place + element]++);
  }
  const expected = n / size, deviation = Math.sqrt(expected * (1 - 1 / size));
  for (const count of counts) assert.ok(Math.abs(count - expected) < SIGMAS * deviation);
});

Deno.test("rotation() is uniform over SO(3): entries have mean 0 and mean square 1/3", () => {
  const n = 20000, random = createRandom(3, "rotation");
  const sum = new Float64Array(9), squares = new Float64Array(9);
  const cosines: number[] = [];
  for (let i = 0; i < n; i++) {
    const r = random.rotation();
    r.forEach((v, e) => (sum[e] += v, squares[e] += v * v));
    cosines.push((r[0] + r[4] + r[8] - 1) / 2);
  }
  for (let e = 0; e < 9; e++) {
    // each column is uniform on the sphere: E r^2 = 1/3, E r^4 = 1/5
    assert.ok(Math.abs(sum[e] / n) < SIGMAS * Math.sqrt(1 / 3 / n));
    assert.ok(Math.abs(squares[e] / n - 1 / 3) < SIGMAS * Math.sqrt((1 / 5 - 1 / 9) / n));
  }
  // The angle has density (1 - cos w)/pi: E cos w = -1/2, E cos^2 w = 1/2.
  assert.ok(Math.abs(mean(cosines) + 1 / 2) < SIGMAS * Math.sqrt(1 / 4 / n));
});
