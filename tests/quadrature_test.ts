import assert from "node:assert/strict";
import { createBand } from "../lib/band.ts";
import { createDirections } from "../lib/quadrature/directions.ts";
import { LARGEST_DEGREE, lebedev, LEBEDEV_DEGREES } from "../lib/quadrature/lebedev.ts";
import { createQuadrature, quadraturePoints, rotationOf } from "../lib/quadrature/quadrature.ts";
import { createShifts } from "../lib/quadrature/shifts.ts";
import { spiral } from "../lib/quadrature/spiral.ts";
import { createRandom } from "../lib/random.ts";
import { angleBetween, multiply, rotationZ, transpose } from "../lib/rotation.ts";
import { fc } from "./property.ts";

const ROUNDING = 2 ** -53;

/** Kahan's sum: one rounding, however many terms. */
function compensatedSum(terms: Float64Array): number {
  let sum = 0, carry = 0;
  for (const term of terms) {
    const y = term - carry, t = sum + y;
    carry = t - sum - y;
    sum = t;
  }
  return sum;
}

/** sum_j w_j P_l(p_j . u) for l = 0..degree; u need not be short. */
function legendreSums(points: Float64Array, weights: Float64Array, u: number[], degree: number) {
  const sums = new Float64Array(degree + 1), length = Math.hypot(...u);
  for (let j = 0; j < weights.length; j++) {
    const x = (points[3 * j] * u[0] + points[3 * j + 1] * u[1] + points[3 * j + 2] * u[2]) / length;
    let before = 1, now = x;
    sums[0] += weights[j];
    for (let l = 1; l <= degree; l++) {
      sums[l] += weights[j] * now;
      [before, now] = [now, ((2 * l + 1) * x * now - l * before) / (l + 1)];
    }
  }
  return sums;
}

for (const { degree, positive } of LEBEDEV_DEGREES) {
  Deno.test(`the Lebedev rule of degree ${degree} integrates every polynomial up to it`, () => {
    const { points, weights } = lebedev(degree), random = createRandom(degree, "axis");
    assert.equal(weights.every((w) => w > 0), positive);
    const size = weights.reduce((sum, w) => sum + Math.abs(w), 0);
    assert.ok(Math.abs(compensatedSum(weights) - 1) <= 2 * ROUNDING * size);
    for (let trial = 0; trial < 2; trial++) {
      const axis = [random.normal(), random.normal(), random.normal()];
      const sums = legendreSums(points, weights, axis, degree);
      // Weights and points are published to 16 digits: each term errs by a few roundings of its size,
      // weights times |P_l| <= 1, and few of them err the same way.
      for (let l = 1; l <= degree; l++) {
        assert.ok(Math.abs(sums[l]) < 5e-16 * size, `P_${l}: ${sums[l]}`);
      }
    }
  });
}

Deno.test("a Lebedev rule does not integrate two degrees more: the test above can fail", () => {
  for (const degree of [3, 5, 7, 11, 17, 23, 41]) {
    const { points, weights } = lebedev(degree);
    let worst = 0;
    for (const axis of [[1, 0, 0], [1, 1, 0], [1, 1, 1], [3, 2, 1]]) {
      const sums = legendreSums(points, weights, axis, degree + 3);
      worst = Math.max(worst, ...sums.slice(degree + 1).map(Math.abs));
    }
    assert.ok(worst > 1e-3);
  }
});

Deno.test("Lebedev points are distinct unit vectors in antipodal pairs", () => {
  for (const degree of [3, 9, 31, 65]) {
    const { points } = lebedev(degree), seen = new Set<string>();
    const name = (sign: number, j: number) =>
      [...points.subarray(3 * j, 3 * j + 3)].map((v) =>
        (sign * v + 0).toFixed(12).replace(/^-(0\.0*)$/, "$1")
      )
        .join();
    for (let j = 0; j < points.length / 3; j++) {
      assert.ok(Math.abs(Math.hypot(...points.subarray(3 * j, 3 * j + 3)) - 1) < 4 * ROUNDING);
      seen.add(name(1, j));
    }
    assert.equal(seen.size, points.length / 3);
    for (let j = 0; j < points.length / 3; j++) assert.ok(seen.has(name(-1, j)));
  }
});

Deno.test("a degree that Lebedev and Laikov did not publish is refused", () => {
  assert.throws(
    () => lebedev(4),
    /^RangeError: Cannot make a Lebedev rule: degree 4, wanted one of 3,5/,
  );
  assert.equal(LEBEDEV_DEGREES.length, 32);
  assert.equal(LARGEST_DEGREE, 131);
});

Deno.test("the paper's bands have 1454 x 68 and 590 x 44 rotations, L = 65 and 41 rounded up to fours", () => {
  for (const [radius, directions, angles] of [[10.24, 1454, 68], [6.4, 590, 44]]) {
    const quadrature = createQuadrature(createBand(128, radius));
    assert.equal(quadrature.directions.count, directions);
    assert.equal(quadrature.angles.length, angles);
    assert.equal(quadrature.shifts.count, 1);
    assert.equal(quadraturePoints(quadrature), directions * angles);
  }
  assert.ok(Math.abs(Math.atan(1 / 10.24) * 180 / Math.PI - 5.5776051) < 5e-8);
});

Deno.test("no quadrature has a weight without a logarithm, whatever the radius", () => {
  // degrees 13, 25 and 27 have negative weights: 2, 3.9 and 4.2 Fourier pixels would ask for them
  for (const radius of [1.01, 1.5, 1.9, 2, 2.1, 3, 3.7, 3.9, 4, 4.1, 4.2, 5, 8]) {
    const { weights, count, description } = createDirections(radius);
    const degree = Number(description.match(/Lebedev rule of degree (\d+)/)![1]);
    assert.ok(degree >= 2 * Math.PI / Math.atan(1 / radius));
    assert.ok(weights.every((w) => w > 0));
    assert.ok(Math.abs(weights.reduce((a, b) => a + b) - 1) < count * ROUNDING);
  }
});

Deno.test("frames are rotations by the shortest way to their direction, in antipodal pairs", () => {
  for (const radius of [2, 4.3, 22]) {
    const { frames, count } = createDirections(radius), half = count / 2;
    for (let j = 0; j < half; j++) {
      const r = frames.slice(9 * j, 9 * j + 9),
        mate = frames.slice(9 * (j + half), 9 * (j + half) + 9);
      // frame(-d) = frame(d) diag(1, -1, -1), to the bit
      r.forEach((v, i) => assert.equal(mate[i], i % 3 === 0 ? v : -v));
      const product = multiply(r, transpose(r));
      for (let i = 0; i < 9; i++) assert.ok(Math.abs(product[i] - (i % 4 ? 0 : 1)) < 16 * ROUNDING);
      // the turn about z is undone, so the angle of the rotation is the direction's polar angle;
      // an angle from its cosine is good to the root of a rounding
      const theta = Math.acos(Math.min(1, r[8]));
      assert.ok(Math.abs(angleBetween(r, [1, 0, 0, 0, 1, 0, 0, 0, 1]) - theta) < 4e-8);
    }
  }
});

Deno.test("the directions of a rule are its points, each once, with its weight", () => {
  const { points, weights } = lebedev(23), directions = createDirections(3.3);
  assert.match(directions.description, /degree 23$/);
  const found = new Set<number>();
  for (let j = 0; j < directions.count; j++) {
    const d = [2, 5, 8].map((i) => directions.frames[9 * j + i]);
    const at = weights.findIndex((_, p) =>
      Math.hypot(d[0] - points[3 * p], d[1] - points[3 * p + 1], d[2] - points[3 * p + 2]) < 1e-12
    );
    assert.equal(directions.weights[j], weights[at]);
    found.add(at);
  }
  assert.equal(found.size, weights.length);
});

Deno.test("beyond degree 131 the directions are an equal-weight, near-uniform spiral", () => {
  // ceil(2 pi / atan(1/r)) = 131 up to r = 20.8
  assert.match(createDirections(20.8).description, /Lebedev rule of degree 131/);
  const { count, weights, frames, description } = createDirections(20.9);
  assert.equal(description, `spiral of ${count} points`);
  assert.ok(count >= (3.6 / Math.atan(1 / 20.9)) ** 2);
  assert.ok(weights.every((w) => w === 1 / count));
  // Caps of every size hold their share of points: a cap has about sqrt(n) points on its rim, of which
  // a set without order would misplace more than half a layer.
  const random = createRandom(1, "caps");
  for (let trial = 0; trial < 40; trial++) {
    const u = random.rotation(), height = 2 * random.uniform() - 1;
    let inside = 0;
    for (let j = 0; j < count; j++) {
      const z = u[6] * frames[9 * j + 2] + u[7] * frames[9 * j + 5] + u[8] * frames[9 * j + 8];
      if (z > height) inside++;
    }
    assert.ok(Math.abs(inside / count - (1 - height) / 2) < 0.5 / Math.sqrt(count));
  }
});

Deno.test("neighbouring spiral points are about as far apart as an equal-area cell is wide", () => {
  const { points, weights } = spiral(799), n = weights.length;
  assert.equal(n, 800);
  const cell = Math.sqrt(4 * Math.PI / n);
  for (let i = 0; i < n; i++) {
    let nearest = Infinity;
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      const d = [0, 1, 2].map((a) => points[3 * i + a] - points[3 * j + a]);
      nearest = Math.min(nearest, Math.hypot(...d));
    }
    // a hexagonal lattice would have 1.07; points closer than half a cell would be wasted
    assert.ok(nearest > 0.5 * cell && nearest < 1.07 * cell);
  }
});

Deno.test("in-plane angles are equally spaced, quarter turns among them", () => {
  for (const radius of [1.2, 2, 4, 6.4, 10.24]) {
    const { angles } = createQuadrature(createBand(64, radius)), quarter = angles.length / 4;
    assert.ok(Number.isInteger(quarter));
    assert.ok(angles.length >= 2 * Math.PI / Math.atan(1 / radius));
    for (let a = 0; a < angles.length; a++) {
      // angles below 8 are good to four roundings of 1
      assert.ok(Math.abs(angles[a] - 2 * Math.PI * a / angles.length) < 8 * ROUNDING);
      if (a < 3 * quarter) {
        assert.ok(Math.abs(angles[a + quarter] - angles[a] - Math.PI / 2) < 16 * ROUNDING);
      }
    }
  }
});

Deno.test("a point's rotation is Q R_dir Rz(-psi)", () => {
  const quadrature = createQuadrature(createBand(16, 3)), grid = createRandom(2).rotation();
  const j = 17, a = 5, frame = quadrature.directions.frames.slice(9 * j, 9 * j + 9);
  const psi = 2 * Math.PI * a / quadrature.angles.length;
  const wanted = multiply(frame, rotationZ(-psi));
  const turned = multiply(grid, wanted);
  rotationOf(quadrature, j, a).forEach((v, i) => assert.ok(Math.abs(v - wanted[i]) < 8 * ROUNDING));
  rotationOf(quadrature, j, a, grid).forEach((v, i) =>
    assert.ok(Math.abs(v - turned[i]) < 8 * ROUNDING)
  );
});

Deno.test("without an extent there is one shift, none", () => {
  for (const options of [{}, { extent: 0 }, { extent: 0, sigma: 2, step: 1 }]) {
    assert.deepEqual(createShifts(options), {
      count: 1,
      points: Float64Array.of(0, 0),
      weights: Float64Array.of(1),
    });
  }
});

Deno.test("shifts fill the disc on a grid, are symmetric, and follow the normal", () => {
  const lengths = fc.double({ min: 0.3, max: 6, noNaN: true });
  fc.assert(
    fc.property(
      lengths,
      lengths,
      fc.double({ min: 0.4, max: 2, noNaN: true }),
      (extent, sigma, step) => {
        const { count, points, weights } = createShifts({ extent, sigma, step });
        assert.ok(Math.abs(weights.reduce((a, b) => a + b) - 1) < (count + 2) * ROUNDING);
        const at = new Map<string, number>();
        const name = (x: number, y: number) => `${Math.round(x / step)},${Math.round(y / step)}`;
        for (let s = 0; s < count; s++) at.set(name(points[2 * s], points[2 * s + 1]), s);
        assert.equal(at.size, count);
        // every grid point within the disc, and no other
        const reach = Math.ceil(extent / step) + 1;
        let wanted = 0;
        for (let y = -reach; y <= reach; y++) {
          for (let x = -reach; x <= reach; x++) {
            if (Math.hypot(x, y) * step <= extent * (1 + 4e-10)) wanted++;
          }
        }
        assert.equal(count, wanted);
        const centre = at.get("0,0")!;
        for (let s = 0; s < count; s++) {
          const x = points[2 * s], y = points[2 * s + 1];
          for (const [u, v] of [[-x, y], [x, -y], [y, x]]) {
            assert.equal(weights[at.get(name(u, v))!], weights[s]);
          }
          const ratio = Math.exp(-(x * x + y * y) / (2 * sigma * sigma));
          assert.ok(Math.abs(weights[s] / weights[centre] - ratio) <= 1e-13 * ratio);
        }
      },
    ),
  );
});

Deno.test("an infinite sigma weighs all shifts alike", () => {
  const { weights, count } = createShifts({ extent: 3, step: 1 });
  assert.equal(count, 29);
  assert.ok(weights.every((w) => w === 1 / 29));
});

Deno.test("the default step is a tenth of a box over the radius", () => {
  const { shifts } = createQuadrature(createBand(64, 6.4), { extent: 2 });
  // 0.1 * 64 / 6.4 = 1 px: 13 points in a disc of radius 2
  assert.equal(shifts.count, 13);
});

Deno.test("shifts that cannot be are refused", () => {
  const bad = [{ extent: -1 }, { extent: NaN }, { extent: Infinity, step: 1 }, { sigma: 0 }, {
    step: 0,
  }];
  for (const options of bad) {
    assert.throws(() => createShifts(options), /^RangeError: Cannot make shifts: extent/);
  }
});
