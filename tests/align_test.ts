import assert from "node:assert/strict";
import { align, type Alignment, transformed } from "../lib/align.ts";
import { compare, type Motion } from "../lib/align/refine.ts";
import { createTarget } from "../lib/align/target.ts";
import { fourierShellCorrelation } from "../lib/fsc.ts";
import { createPhantom } from "../lib/phantom.ts";
import { createRandom } from "../lib/random.ts";
import { resample } from "../lib/resample.ts";
import {
  angleBetween,
  multiply,
  type Rotation,
  rotationFromVector,
  rotationZ,
} from "../lib/rotation.ts";
import { createSpectrum } from "../lib/spectrum.ts";
import { createVolume, type Volume } from "../lib/volume.ts";

const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

/** Fast enough for a test: a coarser search at lower frequency. */
const QUICK = { searchRadius: 6, spacing: 15 };

function motion(boxSize: number, given: Partial<Motion> = {}): Alignment {
  return {
    boxSize,
    rotation: IDENTITY,
    shift: new Float64Array(3),
    mirrored: false,
    radius: 0,
    score: 0,
    handEvidence: 0,
    ...given,
  };
}

/** A random rotation and a shift of up to 5 px on each axis. */
function randomMotion(boxSize: number, seed: number, mirrored: boolean): Alignment {
  const random = createRandom(seed, "motion");
  const shift = Float64Array.from({ length: 3 }, () => 10 * random.uniform() - 5);
  return motion(boxSize, { rotation: random.rotation(), shift, mirrored });
}

/** A Gaussian of deviation 1.5 px at a point (x, y, z) from the origin. */
function blob(n: number, at: readonly number[]): Volume {
  const voxels = Float32Array.from({ length: n ** 3 }, (_, i) => {
    const p = [i % n, Math.floor(i / n) % n, Math.floor(i / n ** 2)];
    return Math.exp(-p.reduce((sum, c, axis) => sum + (c - n / 2 - at[axis]) ** 2, 0) / 4.5);
  });
  return createVolume({ boxSize: n, pixelSize: 3, voxels });
}

function furthest(a: Volume, b: Volume): number {
  return a.voxels.reduce((most, v, i) => Math.max(most, Math.abs(v - b.voxels[i])), 0);
}

/** M = R, or R diag(1, 1, -1): the linear part of a motion. */
function linear({ rotation, mirrored }: Motion): Rotation {
  return multiply(rotation, Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, mirrored ? -1 : 1));
}

/** Angle (rad) and distance (px) by which `second` fails to undo `first`. */
function residual(first: Motion, second: Motion): { angle: number; distance: number } {
  const m = linear(second), s = first.shift;
  const end = [0, 1, 2].map((i) =>
    m[3 * i] * s[0] + m[3 * i + 1] * s[1] + m[3 * i + 2] * s[2] + second.shift[i]
  );
  const product = multiply(m, linear(first));
  // The arc of small angles from the antisymmetric part: acos() would lose half the digits.
  const sine = Math.hypot(
    product[7] - product[5],
    product[2] - product[6],
    product[3] - product[1],
  );
  const angle = angleBetween(product, IDENTITY) > 0.1 ? Math.PI : Math.asin(sine / 2);
  return { angle, distance: Math.hypot(...end) };
}

Deno.test("a motion takes a point p to R p + shift, after z -> -z if mirrored", () => {
  const n = 32;
  const cases: [number[], Partial<Motion>, number[]][] = [
    [[4, 0, 0], {}, [4, 0, 0]],
    [[4, 0, 0], { shift: Float64Array.of(2, 0, 0) }, [6, 0, 0]],
    [[4, 0, 0], { shift: Float64Array.of(0, -1.5, 2.25) }, [4, -1.5, 2.25]],
    [[4, 0, 0], { rotation: rotationZ(Math.PI / 2) }, [0, 4, 0]],
    [[1, 2, 3], { mirrored: true }, [1, 2, -3]],
    [
      [0, 0, 4],
      {
        mirrored: true,
        rotation: rotationFromVector(Math.PI / 2, 0, 0),
        shift: Float64Array.of(1, 0, 0),
      },
      [1, 4, 0],
    ],
  ];
  for (const [from, given, to] of cases) {
    const got = transformed(blob(n, from), motion(n, given));
    // The Gaussian's spectrum at Nyquist, exp(-2 (pi 1.5 / 2)^2) = 1.5e-5 of its peak, is what the grid
    // cannot hold; the window's error is 1e-5.
    assert.ok(furthest(got, blob(n, to)) < 1e-4, `${from} to ${to}`);
  }
});

Deno.test("the identity leaves noise as it is, corners of the transform included", () => {
  const random = createRandom(1, "noise"), n = 16;
  const voxels = Float32Array.from({ length: n ** 3 }, () => random.normal());
  const volume = createVolume({ boxSize: n, pixelSize: 1, voxels });
  // The window's 2e-5 per axis on values up to 4.
  assert.ok(furthest(transformed(volume, motion(n)), volume) < 3 * 2e-5 * 4);
});

Deno.test("transformed() agrees with the phantom made in the turned position", () => {
  const n = 32, still = createPhantom("enzyme", { boxSize: n, pixelSize: 2 });
  for (const seed of [1, 2]) {
    const { rotation } = randomMotion(n, seed, false);
    const wanted = createPhantom("enzyme", { boxSize: n, pixelSize: 2, rotation });
    // Both have up to 1e-3 cut off below zero, each in its own places.
    const off = furthest(transformed(still, motion(n, { rotation })), wanted);
    assert.ok(off < 2e-3, `${off}`);
  }
});

Deno.test("two motions in a row are the motion of the product", () => {
  const n = 24, still = blob(n, [3, -2, 1]);
  for (const [one, two] of [[false, false], [true, false], [false, true], [true, true]]) {
    const a = randomMotion(n, 3, one), b = randomMotion(n, 4, two);
    a.shift.forEach((s, i) => (a.shift[i] = s / 2, b.shift[i] /= 2));
    const m = linear(b), product = multiply(m, linear(a)), mirrored = one !== two;
    const shift = Float64Array.from(
      b.shift,
      (s, i) => s + m[3 * i] * a.shift[0] + m[3 * i + 1] * a.shift[1] + m[3 * i + 2] * a.shift[2],
    );
    const flip = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, mirrored ? -1 : 1);
    const rotation = multiply(product, flip);
    const once = transformed(still, motion(n, { rotation, shift, mirrored }));
    const twice = transformed(transformed(still, a), b);
    assert.ok(furthest(once, twice) < 2e-4, `${furthest(once, twice)}`);
  }
});

for (const mirrored of [false, true]) {
  Deno.test(`align() undoes a rotation and a shift ${mirrored ? "of the mirror image" : ""}`, () => {
    const n = 32;
    for (const name of ["cylinder", "enzyme"] as const) {
      const truth = createPhantom(name, { boxSize: n, pixelSize: 4 });
      const there = randomMotion(n, 5, mirrored), map = transformed(truth, there);
      const back = align(map, truth, QUICK);
      assert.equal(back.mirrored, mirrored);
      assert.ok(back.handEvidence > 100);
      assert.ok(back.score > 0.9999);
      const { angle, distance } = residual(there, back);
      assert.ok(angle < 0.1 * Math.PI / 180, `${angle * 180 / Math.PI} degrees`);
      assert.ok(distance < 0.01, `${distance} px`);
      const curve = fourierShellCorrelation(transformed(map, back), truth);
      for (let s = 1; s <= 0.8 * n / 2; s++) assert.ok(curve[s] > 0.99, `shell ${s}: ${curve[s]}`);
    }
  });
}

/** A map with white noise of a deviation added. */
function noisy(volume: Volume, deviation: number, seed: number): Volume {
  const random = createRandom(seed, "noise");
  return { ...volume, voxels: volume.voxels.map((v) => v + deviation * random.normal()) };
}

Deno.test("align() finds a noisy map and loses no correlation to the true alignment", () => {
  const n = 32, truth = createPhantom("enzyme", { boxSize: n, pixelSize: 4 });
  for (const seed of [1, 2]) {
    const there = randomMotion(n, seed + 10, seed === 1);
    // As much as the density itself: FSC 0.5 near shell 5.
    const map = noisy(transformed(truth, there), 1, seed);
    const back = align(map, truth, QUICK);
    assert.equal(back.mirrored, there.mirrored);
    // The best that can be known of 6 parameters: a few degrees at this noise.
    assert.ok(residual(there, back).angle < 5 * Math.PI / 180);
    const target = createTarget(truth, 5), count = target.real.length;
    const scratch = { real: new Float64Array(count), imaginary: new Float64Array(count) };
    const spectrum = createSpectrum(map);
    const found = compare(spectrum, target, back, 5, scratch);
    const m = linear(there), [x, y, z] = there.shift;
    const inverse = Float64Array.of(m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]);
    const flip = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, there.mirrored ? -1 : 1);
    const ideal = compare(
      spectrum,
      target,
      {
        rotation: multiply(inverse, flip),
        shift: Float64Array.from(
          [0, 3, 6],
          (i) => -(inverse[i] * x + inverse[i + 1] * y + inverse[i + 2] * z),
        ),
        mirrored: there.mirrored,
      },
      5,
      scratch,
    );
    assert.ok(ideal.curve[4] > 0.3 && ideal.curve[4] < 0.98, "the test has noise");
    // Aligned on shells beyond these five as well, it may trade a little of them.
    assert.ok(found.evidence > ideal.evidence - 3, `${found.evidence}, true ${ideal.evidence}`);
  }
});

Deno.test("the radius asked for is the last shell compared; without one it follows the agreement", () => {
  const n = 24, truth = createPhantom("cylinder", { boxSize: n, pixelSize: 2 });
  assert.equal(align(truth, truth, { ...QUICK, radius: 7.9 }).radius, 7);
  assert.equal(align(truth, truth, QUICK).radius, 11);
  assert.ok(align(noisy(truth, 2, 1), truth, { ...QUICK, searchRadius: 4 }).radius < 11);
});

Deno.test("maps of one field on different grids are aligned on the finer", () => {
  const truth = createPhantom("enzyme", { boxSize: 32, pixelSize: 3 });
  const there = randomMotion(32, 8, true), map = resample(transformed(truth, there), 24);
  const back = align({ ...map, pixelSize: 4.001 }, truth, QUICK);
  assert.equal(back.boxSize, 32);
  const { angle, distance } = residual(there, back);
  assert.ok(angle < 0.1 * Math.PI / 180 && distance < 0.02, `${angle} rad, ${distance} px`);
  assert.equal(transformed(map, back).boxSize, 32);
});

Deno.test("maps that cannot be aligned are refused", () => {
  const truth = createPhantom("enzyme", { boxSize: 16, pixelSize: 3 });
  const refused = (pattern: RegExp, map: Volume, reference = truth, options = {}) =>
    assert.throws(() => align(map, reference, options), { name: "RangeError", message: pattern });
  refused(/48.48 A wide, wanted the reference's 48 A/, { ...truth, pixelSize: 3.03 });
  refused(/the map is constant/, createVolume({ boxSize: 16, pixelSize: 3 }));
  refused(/the reference is constant/, truth, { ...truth, voxels: truth.voxels.map(() => 0.1) });
  refused(/not finite/, { ...truth, voxels: truth.voxels.map((v, i) => i === 7 ? NaN : v) });
  refused(/radius 8 Fourier px, wanted 2 to 7/, truth, truth, { radius: 8 });
  refused(/radius NaN/, truth, truth, { radius: NaN });
  refused(/search to 1 /, truth, truth, { searchRadius: 1 });
  refused(/every 0 degrees/, truth, truth, { spacing: 0 });
  const tiny = createVolume({ boxSize: 6, pixelSize: 8 });
  refused(/a box of 6 voxels, wanted 8 or more/, truth, tiny);
});
