import assert from "node:assert/strict";
import { createFFT, transform2, transform3 } from "../lib/fft.ts";
import { createRandom } from "../lib/random.ts";
import { FFTOracle } from "./fft_oracle.ts";
import { fc } from "./property.ts";

/** A pair of random lists. */
function noise(length: number, seed = 0): [Float64Array, Float64Array] {
  const random = createRandom(seed, "fft", length);
  const draw = () => Float64Array.from({ length }, () => random.normal());
  return [draw(), draw()];
}

/** sum_x f(x) exp(sign 2 pi i k x / n), term by term; angles are reduced before they are taken. */
function directSum(re: Float64Array, im: Float64Array, sign: number): [Float64Array, Float64Array] {
  const n = re.length, outRe = new Float64Array(n), outIm = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let x = 0; x < n; x++) {
      const angle = sign * 2 * Math.PI * ((k * x) % n) / n;
      const c = Math.cos(angle), s = Math.sin(angle);
      outRe[k] += re[x] * c - im[x] * s;
      outIm[k] += re[x] * s + im[x] * c;
    }
  }
  return [outRe, outIm];
}

/** |a - b| / |b| of complex lists. */
function relativeError(a: ArrayLike<number>[], b: ArrayLike<number>[]): number {
  let error = 0, power = 0;
  for (const part of [0, 1]) {
    for (let i = 0; i < a[part].length; i++) {
      error += (a[part][i] - b[part][i]) ** 2;
      power += b[part][i] ** 2;
    }
  }
  return Math.sqrt(error / power);
}

/**
 * A stage of radix p sums p products: at most p + 2 roundings, and there are at most log2 n stages, each
 * an isometry but for its factor. For a length of one large prime this is n + 2, the direct sum's own.
 */
function bound(n: number): number {
  let rest = n, roundings = 0;
  for (let p = 2; rest > 1; p++) while (rest % p === 0) (roundings += p + 2, rest /= p);
  return 2 ** -53 * (roundings + 4);
}

for (const n of [2, 4, 8, 16, 64, 128, 512, 1024]) {
  Deno.test(`a transform of length ${n} equals fft.js`, () => {
    const [re, im] = noise(n);
    const oracle = new FFTOracle(n), given = oracle.createComplexArray();
    for (let i = 0; i < n; i++) (given[2 * i] = re[i], given[2 * i + 1] = im[i]);
    const out = oracle.createComplexArray();
    oracle.transform(out, given);
    createFFT(n).transform(re, im);
    const parts = [0, 1].map((p) => Float64Array.from({ length: n }, (_, i) => out[2 * i + p]));
    assert.ok(relativeError([re, im], parts) < 2 * bound(n));
  });
}

for (
  const n of [1, 3, 5, 6, 7, 9, 11, 12, 13, 15, 20, 22, 24, 30, 36, 49, 60, 77, 97, 100, 121, 210]
) {
  Deno.test(`a transform of length ${n} equals the direct sum, both signs`, () => {
    for (const sign of [-1, 1] as const) {
      const [re, im] = noise(n);
      const wanted = directSum(re, im, sign);
      createFFT(n).transform(re, im, { sign });
      assert.ok(relativeError([re, im], wanted) < bound(n) + 2 ** -53 * (n + 2));
    }
  });
}

Deno.test("the inverse of a transform is the list times its length", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.integer(), (n, seed) => {
      const [re, im] = noise(n, seed), [backRe, backIm] = [re.slice(), im.slice()];
      const fft = createFFT(n);
      fft.transform(backRe, backIm);
      fft.transform(backRe, backIm, { sign: 1 });
      const scaled = [backRe.map((v) => v / n), backIm.map((v) => v / n)];
      assert.ok(relativeError(scaled, [re, im]) < 2 * bound(n));
    }),
    { numRuns: 50 },
  );
});

Deno.test("strided lines are transformed where they lie and nothing else is touched", () => {
  const n = 6, count = 3, stride = 4, lineStride = 29;
  const [re, im] = noise(100), [wasRe, wasIm] = [re.slice(), im.slice()];
  createFFT(n).transform(re, im, { stride, count, lineStride });
  const touched = new Set<number>();
  for (let line = 0; line < count; line++) {
    const places = Array.from({ length: n }, (_, i) => line * lineStride + i * stride);
    places.forEach((at) => touched.add(at));
    const pick = (from: Float64Array) => Float64Array.from(places, (at) => from[at]);
    const wanted = directSum(pick(wasRe), pick(wasIm), -1);
    assert.ok(relativeError([pick(re), pick(im)], wanted) < bound(n) + 2 ** -53 * (n + 2));
  }
  for (let at = 0; at < 100; at++) {
    if (!touched.has(at)) assert.deepEqual([re[at], im[at]], [wasRe[at], wasIm[at]]);
  }
});

Deno.test("transform2() and transform3() of a plane wave are one coefficient, on the right axes", () => {
  const n = 6, k = [1, 2, 5]; // x, y, z
  for (const dimensions of [2, 3]) {
    const re = new Float64Array(n ** dimensions), im = new Float64Array(re.length);
    for (let i = 0; i < re.length; i++) {
      const at = [i % n, Math.floor(i / n) % n, Math.floor(i / n / n)];
      const angle = 2 * Math.PI * at.reduce((sum, x, axis) => sum + x * k[axis], 0) / n;
      (re[i] = Math.cos(angle), im[i] = Math.sin(angle));
    }
    (dimensions === 2 ? transform2 : transform3)(re, im, n);
    const place = k[0] + n * k[1] + (dimensions === 3 ? n * n * k[2] : 0);
    for (let i = 0; i < re.length; i++) {
      const wanted = i === place ? n ** dimensions : 0;
      // n^d terms of size 1, angles of up to 30 rad good to 2^-49
      assert.ok(Math.hypot(re[i] - wanted, im[i]) < n ** dimensions * 2 ** -48);
    }
  }
});

Deno.test("transform3() forward and back is the list times n^3", () => {
  const n = 10, [re, im] = noise(n ** 3), [backRe, backIm] = [re.slice(), im.slice()];
  transform3(backRe, backIm, n);
  transform3(backRe, backIm, n, 1);
  const scaled = [backRe.map((v) => v / n ** 3), backIm.map((v) => v / n ** 3)];
  assert.ok(relativeError(scaled, [re, im]) < 6 * bound(n));
});

Deno.test("a length that is no positive integer is refused", () => {
  for (const n of [0, -4, 2.5, NaN]) {
    assert.throws(() => createFFT(n), /^RangeError: Cannot transform: length .*, wanted/);
  }
});
