import assert from "node:assert/strict";
import { circularWindow, normalize } from "../lib/prepare.ts";
import { createRandom } from "../lib/random.ts";

const N = 16;
const distance = (i: number) => Math.hypot(i % N - N / 2, Math.floor(i / N) - N / 2);
const corners = [...new Array(N * N).keys()].filter((i) => distance(i) > N / 2);

/** Images of noise about 5, of deviation 3, with a bright disc in the middle. */
function images(count: number): Float32Array {
  const random = createRandom(1, "images");
  return Float32Array.from(
    { length: count * N * N },
    (_, i) => 5 + 3 * random.normal() + (distance(i % (N * N)) < 4 ? 20 : 0),
  );
}

Deno.test("the window is 1 inside, 0 from the inscribed circle on, linear over two pixels", () => {
  const window = circularWindow(N);
  window.forEach((w, i) => {
    const r = distance(i);
    assert.ok(Math.abs(w - Math.min(1, Math.max(0, (N / 2 - r) / 2))) < 2 ** -23);
  });
  assert.equal(window[0], 0);
  assert.equal(window[N * N / 2 + N / 2], 1);
  assert.equal(window[N * N / 2 + 1], 0.5); // x = -7, one pixel inside the circle
});

Deno.test("images are brought to mean 0 and deviation 1 outside the circle, and faded out there", () => {
  const count = 3, given = images(count), prepared = given.slice();
  const backgrounds = normalize(prepared, N);
  const window = circularWindow(N);
  for (let image = 0; image < count; image++) {
    const values = corners.map((i) => given[image * N * N + i]);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length);
    assert.ok(Math.abs(backgrounds[image].mean - mean) < 1e-13 * Math.abs(mean) * values.length);
    assert.ok(Math.abs(backgrounds[image].deviation - deviation) < 1e-12 * deviation);
    for (let i = 0; i < N * N; i++) {
      const wanted = window[i] * (given[image * N * N + i] - mean) / deviation;
      // stored as float32
      assert.ok(Math.abs(prepared[image * N * N + i] - wanted) <= 2 ** -23 * Math.abs(wanted));
    }
  }
});

Deno.test("gain and offset of the detector do not matter", () => {
  const given = images(2), other = given.map((v) => -100 + 0.25 * v);
  normalize(given, N);
  normalize(other, N);
  // a rounding of 100 before, and gained up again by 4 / 3
  other.forEach((v, i) => assert.ok(Math.abs(v - given[i]) < 100 * 2 ** -24 * 4 / 3 + 1e-5));
});

Deno.test("images without noise in their corners are refused by name", () => {
  const given = images(3);
  for (const i of corners) given[2 * N * N + i] = 7;
  assert.throws(
    () => normalize(given.slice(), N),
    /^RangeError: Cannot use image 3: its corners are constant \(7\), wanted background noise/,
  );
  assert.throws(() => normalize(given.slice(), N, (i) => `photo ${i}`), /Cannot use photo 2:/);
  const zeros = new Float32Array(N * N);
  zeros[N * N / 2 + N / 2] = 1;
  assert.throws(() => normalize(zeros, N), /its corners are constant \(0\)/);
  assert.throws(() => normalize(new Float32Array(N * N).fill(NaN), N), /^RangeError: Cannot use/);
});
