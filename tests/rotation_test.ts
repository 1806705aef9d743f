import assert from "node:assert/strict";
import {
  angleBetween,
  type EulerAngles,
  eulerFromRotation,
  multiply,
  type Rotation,
  rotationFromEuler,
  rotationFromQuaternion,
  rotationFromVector,
  rotationY,
  rotationZ,
  transpose,
  vectorFromRotation,
} from "../lib/rotation.ts";
import { fc } from "./property.ts";

/** One rounding of a number of size 1. */
const ROUNDING = 2 ** -53;
const DEGREE = Math.PI / 180;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < 9; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

function determinant(r: Rotation): number {
  return r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) +
    r[2] * (r[3] * r[7] - r[4] * r[6]);
}

const IDENTITY = rotationZ(0);
const angle = fc.double({ min: -180, max: 180, noNaN: true });
const tilts = fc.oneof(
  fc.double({ min: 0, max: 180, noNaN: true }),
  fc.constantFrom(0, 180, 90, 1e-12, 180 - 1e-12, 1e-7, 1e-5, 180 - 1e-6),
);

Deno.test("RELION's A of (33, 71, -128) degrees has the published rows", () => {
  const A = transpose(rotationFromEuler({ rot: 33, tilt: 71, psi: -128 }));
  const published = [0.261, -0.770, 0.582, 0.550, -0.377, -0.745, 0.793, 0.515, 0.326];
  // published to three decimals: half a unit of the last
  assert.ok(largestDifference(A, published) <= 5.001e-4);
});

Deno.test("rotationFromEuler() is the product Rz(rot) Ry(tilt) Rz(psi), to the bit", () => {
  fc.assert(fc.property(angle, tilts, angle, (rot, tilt, psi) => {
    const product = multiply(
      multiply(rotationZ(rot * DEGREE), rotationY(tilt * DEGREE)),
      rotationZ(psi * DEGREE),
    );
    // a zero is a zero, whatever its sign
    assert.ok(rotationFromEuler({ rot, tilt, psi }).every((v, i) => v === product[i]));
  }));
});

Deno.test("Rz turns x to y and Ry turns z to x", () => {
  const z = rotationZ(Math.PI / 2), y = rotationY(Math.PI / 2);
  // columns are the images of x, y, z
  assert.ok(largestDifference(z, [0, -1, 0, 1, 0, 0, 0, 0, 1]) < 2 * ROUNDING);
  assert.ok(largestDifference(y, [0, 0, 1, 0, 1, 0, -1, 0, 0]) < 2 * ROUNDING);
});

Deno.test("every maker of rotations gives an orthonormal matrix of determinant 1", () => {
  const check = (r: Rotation) => {
    // products of three matrices of entries <= 1: some ten roundings an entry, twice
    assert.ok(largestDifference(multiply(r, transpose(r)), IDENTITY) < 40 * ROUNDING);
    assert.ok(Math.abs(determinant(r) - 1) < 60 * ROUNDING);
  };
  fc.assert(fc.property(angle, tilts, angle, (rot, tilt, psi) => {
    check(rotationFromEuler({ rot, tilt, psi }));
    check(rotationFromVector(rot * DEGREE, tilt * DEGREE, psi * DEGREE));
    const length = Math.hypot(rot, tilt, psi, 1);
    check(rotationFromQuaternion(1 / length, rot / length, tilt / length, psi / length));
  }));
});

Deno.test("angles of a rotation give the rotation again, poles and their neighbourhood included", () => {
  fc.assert(
    fc.property(angle, tilts, angle, (rot, tilt, psi) => {
      const r = rotationFromEuler({ rot, tilt, psi });
      const found: EulerAngles = eulerFromRotation(r);
      assert.ok(found.tilt >= 0 && found.tilt <= 180);
      assert.ok(Math.abs(found.rot) <= 180 && Math.abs(found.psi) <= 180);
      // rot and psi come from entries of size sin(tilt) that are good to a few roundings; where
      // sin(tilt) <= 1e-9 the tilt is kept and the axis it is about is not: an error of twice that.
      const sin = Math.hypot(r[2], r[5]);
      const wanted = 16 * ROUNDING / Math.max(sin, 1e-9) + (sin <= 1e-9 ? 2e-9 : 0);
      assert.ok(largestDifference(rotationFromEuler(found), r) <= 16 * ROUNDING + wanted);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a matrix that has been through products keeps its angles' sum near the poles", () => {
  // Now entries of size sin(tilt) are no better than a rounding of 1: below 1e-9 there is no axis in them.
  fc.assert(
    fc.property(angle, tilts, angle, fc.integer(), (rot, tilt, psi, seed) => {
      const q = rotationFromVector(Math.sin(seed), 2 * Math.cos(seed), 1);
      const r = multiply(q, multiply(transpose(q), rotationFromEuler({ rot, tilt, psi })));
      const sin = Math.hypot(r[2], r[5]);
      const wanted = 60 * ROUNDING / Math.max(sin, 1e-9) + (sin <= 1e-9 ? 2e-9 : 0);
      const again = rotationFromEuler(eulerFromRotation(r));
      assert.ok(largestDifference(again, r) <= 60 * ROUNDING + wanted);
      assert.ok(largestDifference(again, r) < 1e-5); // whatever the tilt
    }),
    { numRuns: 1000 },
  );
});

Deno.test("away from the poles the angles themselves come back", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -179.9, max: 179.9, noNaN: true }),
      fc.double({ min: 1, max: 179, noNaN: true }),
      fc.double({ min: -179.9, max: 179.9, noNaN: true }),
      (rot, tilt, psi) => {
        const found = eulerFromRotation(rotationFromEuler({ rot, tilt, psi }));
        // sin(1 degree) = 0.017: 16 roundings / 0.017, in degrees
        const wanted = 16 * ROUNDING / 0.017 / DEGREE;
        assert.ok(Math.abs(found.rot - rot) < wanted);
        assert.ok(Math.abs(found.tilt - tilt) < wanted);
        assert.ok(Math.abs(found.psi - psi) < wanted);
      },
    ),
  );
});

Deno.test("at the poles the whole turn goes to psi", () => {
  const upper = eulerFromRotation(rotationFromEuler({ rot: 30, tilt: 0, psi: 40 }));
  assert.equal(upper.rot, 0);
  assert.equal(upper.tilt, 0);
  assert.ok(Math.abs(upper.psi - 70) < 1e-12);
  // Rz(rot) Ry(180) Rz(psi) = Ry(180) Rz(psi - rot)
  const lower = eulerFromRotation(rotationFromEuler({ rot: 30, tilt: 180, psi: 40 }));
  assert.equal(lower.rot, 0);
  assert.ok(Math.abs(lower.tilt - 180) < 1e-12);
  assert.ok(Math.abs(lower.psi - 10) < 1e-12);
});

Deno.test("a rotation vector turns about itself by its length", () => {
  assert.ok(largestDifference(rotationFromVector(0, 0, 0.7), rotationZ(0.7)) < 4 * ROUNDING);
  assert.ok(largestDifference(rotationFromVector(0, -1.1, 0), rotationY(-1.1)) < 4 * ROUNDING);
  assert.equal(largestDifference(rotationFromVector(0, 0, 0), IDENTITY), 0);
  const [x, y, z] = [0.3, -1.2, 0.8], r = rotationFromVector(x, y, z);
  for (let i = 0; i < 3; i++) {
    const turned = r[3 * i] * x + r[3 * i + 1] * y + r[3 * i + 2] * z;
    assert.ok(Math.abs(turned - [x, y, z][i]) < 16 * ROUNDING);
  }
  assert.ok(Math.abs(angleBetween(r, IDENTITY) - Math.hypot(x, y, z)) < 1e-15 * 8);
});

Deno.test("the angle between rotations is symmetric and blind to a common turn", () => {
  const a = rotationFromVector(0.2, 0.1, -0.4), b = rotationFromVector(-1, 0.3, 0.6);
  const common = rotationFromVector(2, -0.5, 1);
  const between = angleBetween(a, b);
  // acos near an angle of 1.6 rad loses nothing
  assert.ok(Math.abs(angleBetween(b, a) - between) < 16 * ROUNDING);
  assert.ok(Math.abs(angleBetween(multiply(common, a), multiply(common, b)) - between) < 1e-14);
  assert.equal(angleBetween(IDENTITY, IDENTITY), 0);
});

Deno.test("vectorFromRotation() is the inverse of rotationFromVector(), up to half a turn", () => {
  const unit = fc.double({ min: -1, max: 1, noNaN: true });
  const turn = fc.oneof(
    fc.double({ min: 0, max: Math.PI, noNaN: true }),
    fc.constantFrom(0, 1e-300, 1e-9, Math.PI - 1e-9, Math.PI),
  );
  fc.assert(fc.property(unit, unit, unit, turn, (x, y, z, angle) => {
    const length = Math.hypot(x, y, z);
    fc.pre(length > 1e-3);
    const v = [x, y, z].map((c) => c / length * angle);
    const r = rotationFromVector(v[0], v[1], v[2]), found = vectorFromRotation(r);
    // Twenty roundings of numbers up to pi, which the quaternion's largest component (>= 1/2) divides.
    const tolerance = 2 * Math.PI * 20 * ROUNDING;
    assert.ok(largestDifference(rotationFromVector(...found), r) < tolerance);
    assert.ok(Math.hypot(...found) <= Math.PI + tolerance);
    // half a turn is the same about either end of its axis
    if (angle < 3) assert.ok(found.every((c, i) => Math.abs(c - v[i]) < tolerance));
  }));
});
