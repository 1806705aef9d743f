import assert from "node:assert/strict";
import { bandCorrelation, judge } from "../../lib/compare/judge.ts";
import { createPhantom } from "../../lib/phantom.ts";
import { createVolume } from "../../lib/volume.ts";

/** amplitude cos(2 pi k x / N) */
const wave = (n: number, k: number, amplitude = 1) =>
  Float32Array.from(
    { length: n ** 3 },
    (_, i) => amplitude * Math.cos(2 * Math.PI * k * (i % n) / n),
  );
const sum = (...parts: Float32Array[]) =>
  createVolume({
    boxSize: 16,
    pixelSize: 1,
    voxels: parts[0].map((_, i) => parts.reduce((s, p) => s + p[i], 5)),
  });

Deno.test("correlation within a band: only 0 < |k| < r counts", () => {
  const a = sum(wave(16, 1), wave(16, 2), wave(16, 5, 3));
  const b = sum(wave(16, 1, -1), wave(16, 2, 4), wave(16, 5, -9));
  // sums of 4096 float32 voxels: 2^-24 each, squared sums of equal size
  const near = (x: number, y: number) => assert.ok(Math.abs(x - y) < 1e-5, `${x} ${y}`);
  near(bandCorrelation(a, b, 2), -1); // the bound itself is not inside
  near(bandCorrelation(a, b, 3), (-1 + 4) / Math.sqrt(2 * 17));
  near(bandCorrelation(a, b, 6), (-1 + 4 - 27) / Math.sqrt(11 * 98));
});

Deno.test("a mirrored, scaled map is laid on the truth", () => {
  const truth = createPhantom("enzyme", { boxSize: 24, pixelSize: 10 });
  const n = 24, mirrored = createVolume({ boxSize: n, pixelSize: 10 });
  for (let i = 0; i < n ** 3; i++) {
    const x = i % n;
    mirrored.voxels[i - x + (n - x) % n] = 3 * truth.voxels[i];
  }
  const { resolution, correlation, aligned } = judge(mirrored, truth, { radius: 6.4 });
  assert.ok(correlation > 0.999, `${correlation}`);
  assert.ok(resolution <= 24, `${resolution}`);
  assert.equal(aligned.boxSize, 24);
  assert.ok(bandCorrelation(aligned, truth, 6.4) > 0.999);
});
