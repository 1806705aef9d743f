import assert from "node:assert/strict";
import { invertContrast, measureContrast } from "../lib/contrast.ts";
import { createParticleStack } from "../lib/particles.ts";
import { createPhantom } from "../lib/phantom.ts";
import { createRandom } from "../lib/random.ts";
import { simulateParticles } from "../lib/simulate.ts";

const map = createPhantom("enzyme", { boxSize: 32, pixelSize: 8 });
const { particles } = simulateParticles({ map, count: 150, snr: 0.05 });

Deno.test("white particles are white, the same images inverted black", async () => {
  const white = await measureContrast(particles);
  assert.equal(white.particles, "white");
  const inverted = invertContrast(particles), black = await measureContrast(inverted);
  assert.deepEqual(black, { mean: -white.mean, error: white.error, particles: "black" });
  assert.deepEqual([particles.inverted, inverted.inverted], [undefined, true]);
  assert.deepEqual(
    await invertContrast(inverted).read([3, 1]),
    await particles.read([3, 1]),
  );
});

Deno.test("noise says nothing, whatever its level, nor do images that are no numbers", async () => {
  const random = createRandom(5), ctf = particles.ctf(0);
  const stackOf = (pixel: () => number) =>
    createParticleStack({
      boxSize: 16,
      pixelSize: 8,
      images: Float32Array.from({ length: 100 * 256 }, pixel),
      ctfs: Array(100).fill(ctf),
    });
  const noise = await measureContrast(stackOf(() => 300 + 7 * random.normal()));
  assert.equal(noise.particles, undefined);
  // a disc of 29 pixels and corners of about 60: sqrt(1/29 + 1/60), a tenth of that over 100 images
  assert.ok(noise.error > 0.015 && noise.error < 0.035, `${noise.error}`);
  assert.ok(Math.abs(noise.mean) < 5 * noise.error);
  assert.equal((await measureContrast(stackOf(() => NaN))).particles, undefined);
});
