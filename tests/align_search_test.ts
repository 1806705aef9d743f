import assert from "node:assert/strict";
import { transformed } from "../lib/align.ts";
import { frequencyMatrix, refine } from "../lib/align/refine.ts";
import { rotationGrid, search } from "../lib/align/search.ts";
import { createTarget } from "../lib/align/target.ts";
import { createPhantom } from "../lib/phantom.ts";
import { createRandom } from "../lib/random.ts";
import { angleBetween, multiply, rotationFromVector } from "../lib/rotation.ts";
import { createSpectrum, readSpectrum } from "../lib/spectrum.ts";

const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

Deno.test("a target's slopes are those of its own moved transform", () => {
  const n = 16, volume = createPhantom("cylinder", { boxSize: n, pixelSize: 1 });
  const target = createTarget(volume, 6), count = target.real.length;
  const spectrum = createSpectrum(volume, { width: 8 }), h = 1e-3;
  const re = new Float64Array(count), im = new Float64Array(count);
  /** exp(-2 pi i k.d / N) B(E^T k) for parameter p at a value. */
  const moved = (p: number, value: number): number[][] => {
    const v = [0, 0, 0, 0, 0, 0].map((_, i) => i === p ? value : 0);
    const turn = rotationFromVector(v[0], v[1], v[2]);
    readSpectrum(
      spectrum,
      target.k,
      frequencyMatrix({ rotation: turn, mirrored: false }),
      re,
      im,
    );
    return Array.from({ length: count }, (_, i) => {
      const k = target.k.subarray(3 * i, 3 * i + 3);
      const phase = -2 * Math.PI * (k[0] * v[3] + k[1] * v[4] + k[2] * v[5]) / n;
      const c = Math.cos(phase), s = Math.sin(phase);
      return [re[i] * c - im[i] * s, re[i] * s + im[i] * c];
    });
  };
  const scale = Math.sqrt(target.power[1]);
  for (let p = 0; p < 6; p++) {
    const up = moved(p, h), down = moved(p, -h);
    for (let i = 0; i < count; i++) {
      // Central differences err by h^2/6 times a third derivative (the slope times (pi n / n)^2), and the
      // window by 2e-7 / h of the largest coefficient.
      const a = (up[i][0] - down[i][0]) / (2 * h) - target.slopeReal[p * count + i];
      const b = (up[i][1] - down[i][1]) / (2 * h) - target.slopeImaginary[p * count + i];
      assert.ok(Math.hypot(a, b) < 5e-4 * scale, `parameter ${p}: ${Math.hypot(a, b) / scale}`);
    }
  }
});

Deno.test("refine() climbs to the maximum from 8 degrees away, and stays there", () => {
  const n = 24, truth = createPhantom("enzyme", { boxSize: n, pixelSize: 2 });
  const spectrum = createSpectrum(truth), target = createTarget(truth, 8);
  const still = { rotation: IDENTITY, shift: new Float64Array(3), mirrored: false };
  const stayed = refine(spectrum, target, still, 8);
  const off = {
    ...still,
    rotation: rotationFromVector(0.1, -0.05, 0.08),
    shift: Float64Array.of(0.5, -0.3, 0.2),
  };
  const once = refine(spectrum, target, off, 8, { iterations: 1 });
  const often = refine(spectrum, target, off, 8);
  assert.ok(once.evidence < often.evidence);
  assert.ok(Math.abs(often.evidence - stayed.evidence) < 1e-3 * stayed.evidence);
  // Ten times the smallest steps, 1e-5 rad and 1e-4 px.
  for (const { motion } of [stayed, often]) {
    assert.ok(angleBetween(motion.rotation, IDENTITY) < 1e-4);
    assert.ok(Math.hypot(...motion.shift) < 1e-3);
  }
});

Deno.test("rotationGrid() leaves no rotation further than its spacing from one of its own", () => {
  const spacing = 30 * Math.PI / 180, grid = rotationGrid(spacing);
  assert.equal(grid.length, Math.ceil(8 * Math.PI ** 2 / spacing ** 3));
  const random = createRandom(1, "rotation");
  for (let i = 0; i < 500; i++) {
    const r = random.rotation();
    const nearest = Math.min(...grid.map((g) => angleBetween(g, r)));
    assert.ok(nearest < spacing, `${nearest * 180 / Math.PI} degrees`);
  }
});

Deno.test("search() brings the truth within its spacing, nearer with a finer grid", () => {
  const n = 24, truth = createPhantom("enzyme", { boxSize: n, pixelSize: 2 });
  const rotation = createRandom(21, "motion").rotation(), shift = Float64Array.of(2.2, -1.7, 0.4);
  const there = {
    boxSize: n,
    rotation,
    shift,
    mirrored: true,
    radius: 0,
    score: 0,
    handEvidence: 0,
  };
  const map = transformed(truth, there);
  const errors = [24, 12].map((degrees) => {
    const found = search(map, truth, { shells: 5, spacing: degrees * Math.PI / 180, keep: 1 });
    assert.deepEqual(found.map((one) => one.mirrored), [false, true]);
    // R diag R' diag = 1 undoes it, diag = (1, 1, -1).
    const flip = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, -1);
    const product = multiply(multiply(found[1].rotation, flip), multiply(rotation, flip));
    return angleBetween(product, IDENTITY) * 180 / Math.PI;
  });
  assert.ok(errors[0] < 24 && errors[1] < 12, `${errors} degrees`);
});
