import assert from "node:assert/strict";
import { createBand } from "../lib/band.ts";
import {
  type CoarseLevel,
  createCascade,
  createReach,
  DEPTH,
  FIRST_RADIUS,
  keptPoints,
  MOST_KEPT,
  pointsNear,
  REACH,
  STEPS,
} from "../lib/quadrature/cascade.ts";
import { createQuadrature, rotationOf } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";
import { angleBetween } from "../lib/rotation.ts";

const random = createRandom(11, "cascade");

Deno.test("kept points are the fewest quarter nats that hold what is asked for", () => {
  for (const spread of [0.1, 1, 5]) {
    const scores = Float64Array.from({ length: 3000 }, () => -100 + spread * random.normal());
    for (const tolerance of [1e-1, 1e-3, 1e-6]) {
      const { kept, dropped } = keptPoints(scores, tolerance);
      const top = Math.max(...scores), q = scores.map((e) => Math.exp(e - top));
      const all = q.reduce((a, b) => a + b), held = kept.reduce((sum, i) => sum + q[i], 0);
      // beyond 25 nats nothing is counted: 3000 exp(-25) = 4e-8 at most
      assert.ok(Math.abs(dropped - (1 - held / all)) < 1e-7);
      assert.ok(dropped <= tolerance + 1e-7);
      const depth = Math.max(...kept.map((i) => top - scores[i]));
      assert.deepEqual(kept, [...scores.keys()].filter((i) => top - scores[i] <= depth));
      // a quarter of a nat less would not do
      const less = Math.floor(depth * STEPS) / STEPS;
      const shallower = [...scores.keys()].filter((i) => top - scores[i] < less);
      assert.ok(shallower.reduce((sum, i) => sum + q[i], 0) < (1 - tolerance) * all);
    }
  }
});

Deno.test("a flat posterior keeps no more points than there may be, and says what it left out", () => {
  const count = 3 * MOST_KEPT, { kept, dropped } = keptPoints(new Float64Array(count), 1e-4);
  assert.equal(kept.length, MOST_KEPT);
  assert.ok(Math.abs(dropped - 2 / 3) < 1e-9);
  const one = keptPoints([-3, -3 - DEPTH, -3 - 2 * DEPTH], 1e-9);
  assert.deepEqual(one, { kept: [0], dropped: 0 });
});

/** The points of a quadrature as rotations, and how far each is from a given one. */
const coarseBand = createBand(24, 3), fineBand = createBand(24, 5);
const shifts = { extent: 2, sigma: 1.5 };
const coarse: CoarseLevel = {
  band: coarseBand,
  quadrature: createQuadrature(coarseBand, { ...shifts, step: 1.6 }),
  tolerance: 1e-3,
};
const fine = createQuadrature(fineBand, { ...shifts, step: 0.8 });

Deno.test("points near a kept one are near as rotations and as shifts, and none such is missing", () => {
  const reach = createReach(coarse, fine), most = REACH * Math.atan(1 / 3);
  const { angles, shifts } = coarse.quadrature, S = shifts.count, T = fine.shifts.count;
  for (let trial = 0; trial < 20; trial++) {
    const c = Math.floor(random.uniform() * coarse.quadrature.directions.count);
    const h = Math.floor(random.uniform() * angles.length), s = Math.floor(random.uniform() * S);
    const found = new Set(
      pointsNear([(c * angles.length + h) * S + s], reach, coarse.quadrature, fine),
    );
    const own = rotationOf(coarse.quadrature, c, h);
    let near = 0;
    for (let f = 0; f < fine.directions.count; f++) {
      for (let k = 0; k < fine.angles.length; k++) {
        // alpha^2 + beta^2 is the square of the angle between two rotations, but for terms of the fourth
        // order: (2 tan)^2 (2 sin)^2 / 48 each, below 4 % of it at the reach of 0.51 rad
        const angle = angleBetween(own, rotationOf(fine, f, k));
        for (let t = 0; t < T; t++) {
          const dx = shifts.points[2 * s] - fine.shifts.points[2 * t];
          const dy = shifts.points[2 * s + 1] - fine.shifts.points[2 * t + 1];
          const point = (f * fine.angles.length + k) * T + t, is = found.has(point);
          if (angle < 0.96 * most && Math.hypot(dx, dy) < 0.75 * 1.6) {
            assert.ok(is, `pose ${angle} rad away, shift ${Math.hypot(dx, dy)} px`);
            near++;
          }
          if (is) assert.ok(angle < 1.04 * most && Math.hypot(dx, dy) < 1.6);
        }
      }
    }
    assert.ok(near > 0);
  }
});

Deno.test("every fine point is near the coarse points closest to it", () => {
  const reach = createReach(coarse, fine), { directions, angles, shifts } = coarse.quadrature;
  const all = Array.from(
    { length: directions.count * angles.length * shifts.count },
    (_, i) => i,
  );
  const points = fine.directions.count * fine.angles.length * fine.shifts.count;
  assert.equal(pointsNear(all, reach, coarse.quadrature, fine).length, points);
});

Deno.test("a cascade climbs in equal ratios from 6.4 Fourier pixels, or is not worth it", () => {
  for (const [radius, levels] of [[6.4, 0], [10, 0], [11, 2], [16, 2], [20, 3], [32, 4]]) {
    const band = createBand(96, radius), cascade = createCascade(band);
    assert.equal(cascade.length, levels, `r = ${radius}`);
    const radii = [...cascade.map(({ band }) => band.radius), radius];
    radii.slice(1).forEach((r, l) => {
      assert.ok(r / radii[l] <= 1.6 + 1e-9);
      assert.ok(Math.abs(r / radii[l] - radii[1] / radii[0]) < 1e-9);
    });
    if (levels > 0) assert.ok(Math.abs(radii[0] - FIRST_RADIUS) < 1e-9);
    assert.deepEqual(
      cascade.map(({ tolerance }) => tolerance),
      [1e-4, 1e-3, 1e-3, 1e-3].slice(0, levels),
    );
  }
  // with shifts the whole sum costs more
  assert.equal(createCascade(createBand(96, 8), { extent: 4 }).length, 1);
  assert.equal(createCascade(createBand(96, 7), { extent: 4 }).length, 0);
});
