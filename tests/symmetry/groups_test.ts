import assert from "node:assert/strict";
import { angleBetween, multiply, type Rotation, transpose } from "../../lib/rotation.ts";
import { classesOf } from "../../lib/symmetry/classes.ts";
import { turned } from "../../lib/symmetry/frame.ts";
import { pointGroup } from "../../lib/symmetry/groups.ts";

const orders = { C2: 2, C7: 7, C60: 60, D2: 4, D5: 10, D12: 24, T: 12, O: 24, I: 60 };

/** Whether a rotation is one of a list, to 1e-9 rad: a few roundings of products of generators. */
function isAmong(list: readonly Rotation[], r: Rotation): boolean {
  return list.some((one) => one.every((v, i) => Math.abs(v - r[i]) < 1e-9));
}

for (const [name, order] of Object.entries(orders)) {
  Deno.test(`${name} has ${order} different rotations, and every product and inverse of them`, () => {
    const { elements, settings } = pointGroup(name);
    assert.equal(elements.length, order);
    assert.deepEqual([...elements[0]], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    elements.forEach((a, i) => {
      for (let j = 0; j < i; j++) assert.ok(angleBetween(a, elements[j]) > 0.1);
      for (const b of elements) assert.ok(isAmong(elements, multiply(a, b)));
      assert.ok(isAmong(elements, transpose(a)));
      // proper and orthogonal
      assert.ok(isAmong([elements[0]], multiply(a, transpose(a))));
      const [x, y, z] = [0, 1, 2].map((c) => [a[c], a[3 + c], a[6 + c]]);
      const triple = x[0] * (y[1] * z[2] - y[2] * z[1]) + x[1] * (y[2] * z[0] - y[0] * z[2]) +
        x[2] * (y[0] * z[1] - y[1] * z[0]);
      assert.ok(Math.abs(triple - 1) < 1e-12);
    });
    for (const m of settings) {
      for (const g of elements) {
        assert.ok(isAmong(elements, multiply(multiply(m, g), transpose(m))));
      }
    }
  });

  Deno.test(`the classes of ${name} hold each of its rotations once, all of one angle`, () => {
    const group = pointGroup(name), classes = classesOf(group);
    assert.equal(classes.reduce((sum, { count }) => sum + count, 1), order);
    for (const { angle, elements, count } of classes) {
      const twoFold = Math.abs(angle - Math.PI) < 1e-6;
      assert.equal(count, twoFold ? elements.length : 2 * elements.length);
      for (const { rotation, axis } of elements) {
        assert.ok(isAmong(group.elements, rotation));
        assert.ok(turned(rotation, axis).every((v, i) => Math.abs(v - axis[i]) < 1e-9));
        // acos() near pi loses half of the digits
        assert.ok(Math.abs(angleBetween(rotation, group.elements[0]) - angle) < 1e-7);
      }
    }
  });
}

Deno.test("the classes of I are 12 + 12 five-folds, 20 three-folds and 15 two-folds; of D2 three", () => {
  const counts = (name: string) => classesOf(pointGroup(name)).map(({ count }) => count);
  assert.deepEqual(counts("I"), [12, 20, 12, 15]);
  assert.deepEqual(counts("O"), [6, 8, 3, 6]);
  assert.deepEqual(counts("T"), [8, 3]);
  assert.deepEqual(counts("D2"), [1, 1, 1]);
});

Deno.test("the axes lie as relion_refine --print_symmetry_ops has them", () => {
  // One rotation each from RELION 3.1.3, digits as printed.
  const printed: Record<string, number[]> = {
    C3: [-0.5, 0.86602539, 0, -0.86602539, -0.5, 0, 0, 0, 1],
    D3: [1, 0, 0, 0, -1, 0, 0, 0, -1],
    T: [-1, 0, 0, 0, 0.33333, 0.94281, 0, 0.94281, -0.33333],
    O: [0, 1, 0, -1, 0, 0, 0, 0, 1],
    I: [0.5, 0.80902, 0.30902, -0.80902, 0.30902, 0.5, 0.30902, -0.5, 0.80902],
  };
  for (const [name, wanted] of Object.entries(printed)) {
    const { elements } = pointGroup(name);
    assert.ok(elements.some((g) => g.every((v, i) => Math.abs(v - wanted[i]) < 1e-5)), name);
  }
});

Deno.test("an unknown group is refused with the list of groups; case does not count", () => {
  for (const name of ["C0", "D1", "C61", "T3", "Q", "I1", "C", "", "C2x", "__proto__"]) {
    assert.throws(() => pointGroup(name), {
      name: "RangeError",
      message: `Cannot use group ${name}: wanted one of C2 to C60, D2 to D60, T, O, I`,
    });
  }
  assert.throws(() => pointGroup("C1"), {
    message: /^Cannot use group C1: it has no axes, wanted/,
  });
  assert.equal(pointGroup("d7").name, "D7");
  assert.equal(pointGroup("o").elements.length, 24);
});
