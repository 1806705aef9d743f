import assert from "node:assert/strict";
import { maskRadiusOf, measuredMaskRadius, measureParticleSize } from "../lib/particle_size.ts";
import { createPhantom, type PhantomName } from "../lib/phantom.ts";
import { createRandom } from "../lib/random.ts";
import { regrid } from "../lib/regrid.ts";
import { createParticleStack } from "../lib/particles.ts";
import { simulateParticles } from "../lib/simulate.ts";
import { createVolume, type Volume } from "../lib/volume.ts";

const N = 48, pixelSize = 6, field = N * pixelSize;

/** A phantom in a larger box: of its own it fills up to 0.76 of it. */
function phantom(name: PhantomName, share: number): Volume {
  const small = createPhantom(name, { boxSize: 2 * Math.round(share * N / 2), pixelSize });
  return regrid(small, { boxSize: N, pixelSize });
}

/** A shape by its distance from its surface, px, outside positive; soft over a pixel. */
function solid(distance: (x: number, y: number, z: number) => number): Volume {
  const volume = createVolume({ boxSize: N, pixelSize });
  for (let i = 0; i < N ** 3; i++) {
    const [x, y, z] = [i % N, Math.floor(i / N) % N, Math.floor(i / N / N)].map((v) => v - N / 2);
    volume.voxels[i] = Math.min(1, Math.max(0, 0.5 - distance(x, y, z)));
  }
  return volume;
}

/** Twice the radius that holds 99 % of a density, A. */
function diameterOf({ voxels }: Volume): number {
  const radius = (i: number) =>
    Math.hypot(i % N - N / 2, Math.floor(i / N) % N - N / 2, Math.floor(i / N / N) - N / 2);
  const order = [...voxels.keys()].filter((i) => voxels[i] > 0)
    .sort((a, b) => radius(a) - radius(b));
  const total = order.reduce((sum, i) => sum + voxels[i], 0);
  let mass = 0;
  return 2 * pixelSize * radius(order.find((i) => (mass += voxels[i]) > 0.99 * total)!);
}

const shapes: Record<string, Volume> = {
  "a cluster": phantom("enzyme", 1),
  "a small cluster": phantom("enzyme", 0.6),
  "a cylinder": phantom("cylinder", 1),
  "a rod": solid((x, y, z) => Math.max(Math.hypot(x, y) - 3, Math.abs(z) - 15)),
  "a shell": solid((x, y, z) => Math.abs(Math.hypot(x, y, z) - 12) - 2),
};

for (const [name, map] of Object.entries(shapes)) {
  Deno.test(`the diameter of ${name} is found from noisy images, to 10 %`, async () => {
    const { particles } = simulateParticles({ map, count: 200, snr: 0.1, seed: 6 });
    const { diameter, error, images } = await measureParticleSize(particles);
    const wanted = diameterOf(map), ratio = diameter! / wanted;
    assert.equal(images, 200);
    // where the profile falls to 5 %: how steep it does is a matter of shape
    assert.ok(Math.abs(ratio - 1) < 0.1, `${diameter} A, wanted ${wanted}`);
    assert.ok(error > 0 && error < 0.025, `${error}`);
    // the mask holds 99.8 % of the mass; a tenth of it lost would be the end of a run
    const radius = maskRadiusOf(diameter!, particles) * N;
    let outside = 0, total = 0;
    map.voxels.forEach((v, i) => {
      const r = Math.hypot(
        i % N - N / 2,
        Math.floor(i / N) % N - N / 2,
        Math.floor(i / N / N) - N / 2,
      );
      total += v;
      if (r > radius) outside += v;
    });
    assert.ok(outside < 0.002 * total, `${outside / total}`);
  });
}

Deno.test("the diameter depends neither on how finely images are sampled, nor on their brightness", async () => {
  const small = createPhantom("cylinder", { boxSize: 64, pixelSize });
  const { particles } = simulateParticles({ map: small, count: 60, snr: 0.2, seed: 1 });
  const all = Uint32Array.from({ length: 60 }, (_, i) => i), images = await particles.read(all);
  const ctfs = Array.from(all, (i) => particles.ctf(i));
  const { diameter } = await measureParticleSize(particles);
  const bright = createParticleStack({
    ...{ boxSize: 64, pixelSize, ctfs, images: images.map((v) => 50 + 8 * v) },
  });
  // 50 + 8 v in single precision: 2^-24 x 50 / 8 of the noise
  assert.ok(Math.abs((await measureParticleSize(bright)).diameter! / diameter! - 1) < 1e-4);
  // each pixel as four: what they are reduced to is the same again
  const fine = new Float32Array(4 * images.length);
  for (let i = 0; i < fine.length; i++) {
    const x = i % 128, y = Math.floor(i / 128) % 128, image = Math.floor(i / 128 ** 2);
    fine[i] = images[(image * 64 + (y >> 1)) * 64 + (x >> 1)];
  }
  const four = createParticleStack({
    ...{ boxSize: 128, pixelSize: pixelSize / 2, ctfs, images: fine },
  });
  assert.ok(Math.abs((await measureParticleSize(four)).diameter! / diameter! - 1) < 1e-12);
});

Deno.test("particles off centre seem larger by about as much", async () => {
  const map = shapes["a small cluster"];
  const [centred, off] = await Promise.all(
    [0, 2].map(async (shiftSigma) =>
      (await measureParticleSize(
        simulateParticles({ map, count: 150, snr: 0.05, seed: 6, shiftSigma }).particles,
      )).diameter! / pixelSize
    ),
  );
  // px: 2 sigma of shift on either side moves the end by 1 to 2 sigma
  assert.ok(off - centred > 2 && off - centred < 8, `${centred} ${off}`);
});

Deno.test("noise, constant images and a few images have no diameter", async () => {
  const random = createRandom(2),
    ctf = simulateParticles({ map: shapes["a rod"], count: 1, snr: 1 })
      .particles.ctf(0);
  const stackOf = (count: number, pixel: () => number) =>
    createParticleStack({
      boxSize: 32,
      pixelSize,
      images: Float32Array.from({ length: count * 1024 }, pixel),
      ctfs: Array(count).fill(ctf),
    });
  for (const stack of [stackOf(200, () => random.normal()), stackOf(100, () => 3)]) {
    assert.equal((await measureParticleSize(stack)).diameter, undefined);
  }
  const { particles } = simulateParticles({ map: shapes["a shell"], count: 49, snr: 10 });
  assert.equal((await measureParticleSize(particles)).diameter, undefined);
});

Deno.test("a mask is a fifth larger than the particle and never larger than the box", () => {
  const box = { boxSize: N, pixelSize };
  assert.ok(Math.abs(maskRadiusOf(field / 2, box) - 0.3) < 1e-12);
  assert.equal(maskRadiusOf(field, box), 0.5);
  // a measured one is never larger than what goes without measurement
  assert.equal(measuredMaskRadius({ diameter: field / 2 }, box), maskRadiusOf(field / 2, box));
  assert.equal(measuredMaskRadius({ diameter: field }, box), 0.42);
  assert.equal(measuredMaskRadius({}, box), 0.42);
});
