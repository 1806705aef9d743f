import assert from "node:assert/strict";
import { createBall } from "../lib/ball.ts";
import { transform3 } from "../lib/fft.ts";
import { createRandom } from "../lib/random.ts";
import { shellMeans, shellsOf } from "../lib/shells.ts";

const random = createRandom(1, "ball");
const grids = [[8, 2.3], [10, 3], [12, 4.6], [6, 3], [4, 0.4]] as const;
const noise = (m: number) => new Float32Array(m ** 3).map(() => random.normal());

/** Frequencies of a grid along an axis. */
const axis = (m: number) => Array.from({ length: m }, (_, i) => i <= m / 2 ? i : i - m);

Deno.test("a ball holds one of each k and -k of |k| < r + 1/2, none at Nyquist, and says where it lies", () => {
  for (const [m, radius] of grids) {
    const { k, places, count } = createBall(m, radius);
    const ks = axis(m), wanted = new Set<string>();
    for (const x of ks) {
      for (const y of ks) {
        for (const z of ks) {
          const inside = Math.sqrt(x * x + y * y + z * z) < radius + 0.5;
          if (inside && Math.max(Math.abs(x), Math.abs(y), Math.abs(z)) < m / 2) {
            wanted.add(`${[x, y, z]}`);
          }
        }
      }
    }
    const found = new Set<string>();
    for (let i = 0; i < count; i++) {
      const own = [...k.subarray(3 * i, 3 * i + 3)], mate = own.map((v) => 0 - v);
      assert.ok(i === 0 || !found.has(`${own}`));
      found.add(`${own}`).add(`${mate}`);
      const at = places[i];
      assert.deepEqual([ks[at % m], ks[Math.floor(at / m) % m], ks[Math.floor(at / m / m)]], own);
    }
    assert.deepEqual([...found].sort(), [...wanted].sort());
    assert.deepEqual([...k.subarray(0, 3)], [0, 0, 0]);
  }
});

Deno.test("packing is the transform, at the places it names", () => {
  for (const [m, radius] of grids) {
    const ball = createBall(m, radius), voxels = noise(m), packed = ball.pack(voxels);
    const re = Float64Array.from(voxels), im = new Float64Array(m ** 3);
    transform3(re, im, m);
    ball.places.forEach((at, i) => {
      // float64 sums of m^3 numbers of size 1
      assert.ok(Math.hypot(packed[2 * i] - re[at], packed[2 * i + 1] - im[at]) < 1e-12 * m ** 1.5);
    });
  }
});

Deno.test("what is unpacked is what was packed and nothing besides", () => {
  for (const [m, radius] of grids) {
    const ball = createBall(m, radius), packed = ball.pack(noise(m));
    const voxels = ball.unpack(packed);
    const re = Float64Array.from(voxels), im = new Float64Array(m ** 3), inside = new Set<number>();
    transform3(re, im, m);
    // m^3 voxels of size <= 4, each rounded to float32, add up as random numbers do: 5 of them
    const bound = 5 * 2 ** -23 * Math.sqrt(m ** 3);
    ball.places.forEach((at, i) => {
      const mate = [at % m, Math.floor(at / m) % m, Math.floor(at / m / m)]
        .map((v) => (m - v) % m).reduce((sum, v, a) => sum + v * m ** a, 0);
      inside.add(at).add(mate);
      assert.ok(Math.hypot(packed[2 * i] - re[at], packed[2 * i + 1] - im[at]) < bound);
      assert.ok(Math.hypot(packed[2 * i] - re[mate], packed[2 * i + 1] + im[mate]) < bound);
    });
    re.forEach((v, at) => assert.ok(inside.has(at) || Math.hypot(v, im[at]) < bound));
  }
});

Deno.test("packing and unpacking twice does not carry anything over", () => {
  const ball = createBall(8, 2.3), [a, b] = [noise(8), noise(8)];
  const first = ball.pack(a).slice(), cut = ball.unpack(first).slice();
  ball.unpack(ball.pack(b));
  assert.deepEqual(ball.pack(a), first);
  assert.deepEqual(ball.unpack(first), cut);
  assert.equal(createBall(8, 2.3), ball);
});

Deno.test("shells are round(|k|), and their means those of their values", () => {
  const m = 6, shells = shellsOf(m), ks = axis(m);
  assert.equal(shells[0], 0);
  assert.equal(shells[1], 1); // (1, 0, 0)
  assert.equal(shells[(1 * m + 1) * m + 5], 2); // (-1, 1, 1): 1.73
  assert.equal(shells[(3 * m + 3) * m + 3], 5); // 5.196
  const values = noise(m), means = shellMeans(values, m);
  for (let shell = 0; shell < m; shell++) {
    const own: number[] = [];
    for (let z = 0, i = 0; z < m; z++) {
      for (let y = 0; y < m; y++) {
        for (let x = 0; x < m; x++, i++) {
          if (Math.round(Math.hypot(ks[x], ks[y], ks[z])) === shell) own.push(values[i]);
        }
      }
    }
    const wanted = own.reduce((a, b) => a + b, 0) / own.length;
    assert.ok(Math.abs(means[shell] - wanted) < 1e-13);
  }
});
