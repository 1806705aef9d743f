import assert from "node:assert/strict";
import { createBand, mirrorOf, radiusOfResolution, workBoxOf } from "../lib/band.ts";
import { fc } from "./property.ts";

const bands = fc.tuple(fc.integer({ min: 2, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([half, part]) => createBand(2 * half, 1.01 + part * (half - 1.01)));

Deno.test("the published bands have 166 and 64 coefficients", () => {
  assert.equal(createBand(128, 10.24).count, 166);
  assert.equal(createBand(128, 6.4).count, 64);
  // the number depends on the radius alone
  assert.equal(createBand(64, 6.4).count, 64);
});

Deno.test("a band holds each Friedel pair of 0 < |k| < r once", () => {
  fc.assert(
    fc.property(bands, ({ k, count, radius }) => {
      const found = new Set<string>();
      for (let i = 0; i < count; i++) {
        const x = k[2 * i], y = k[2 * i + 1];
        assert.ok(x > 0 || (x === 0 && y > 0));
        found.add(`${x},${y}`).add(`${-x || 0},${-y || 0}`);
      }
      let wanted = 0;
      const reach = Math.ceil(radius);
      for (let y = -reach; y <= reach; y++) {
        for (let x = -reach; x <= reach; x++) {
          const k2 = x * x + y * y;
          if (k2 === 0 || k2 >= radius * radius) continue;
          wanted++;
          assert.ok(found.has(`${x},${y}`));
        }
      }
      assert.equal(found.size, wanted);
      assert.equal(2 * count, wanted);
    }),
    { numRuns: 50 },
  );
});

Deno.test("coefficients are ordered by ky, then kx", () => {
  const { k, count } = createBand(32, 7.5);
  for (let i = 1; i < count; i++) {
    const rise = k[2 * i + 1] - k[2 * i - 1];
    assert.ok(rise > 0 || (rise === 0 && k[2 * i] > k[2 * i - 2]));
  }
});

Deno.test("the mirror in ky is an involution that keeps kx = 0 in place", () => {
  fc.assert(
    fc.property(bands, (band) => {
      const mirror = mirrorOf(band), { k, count } = band;
      for (let i = 0; i < count; i++) {
        assert.equal(mirror[mirror[i]], i);
        assert.equal(k[2 * mirror[i]], k[2 * i]);
        if (k[2 * i] === 0) assert.equal(mirror[i], i);
        else assert.equal(k[2 * mirror[i] + 1] + k[2 * i + 1], 0);
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("a band without coefficients or beyond Nyquist is refused with the wanted range", () => {
  const message = /^RangeError: Cannot make a band: radius .* wanted more than 1 and at most 8/;
  for (const radius of [1, 0, -3, 8.001, NaN, Infinity]) {
    assert.throws(() => createBand(16, radius), message);
  }
  assert.ok(createBand(16, 8).count > 0);
});

Deno.test("the work grid is even, holds the band with room to spare, and is no finer than the box", () => {
  assert.equal(workBoxOf(createBand(64, 6.4)), 20);
  assert.equal(workBoxOf(createBand(128, 10.24)), 30);
  assert.equal(workBoxOf(createBand(16, 8)), 16);
  fc.assert(fc.property(bands, (band) => {
    const m = workBoxOf(band);
    assert.ok(m % 2 === 0 && m <= band.boxSize);
    if (m < band.boxSize) assert.ok(m / 2 >= 1.25 * band.radius + 2);
  }));
});

Deno.test("a resolution of 2 pixels is Nyquist", () => {
  assert.equal(radiusOfResolution(128, 2.5, 5), 64);
  assert.equal(radiusOfResolution(128, 2.5, 50), 6.4);
});
