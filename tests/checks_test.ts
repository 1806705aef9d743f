import assert from "node:assert/strict";
import type { Finding } from "../lib/checks/check.ts";
import { type CheckOptions, checkParticles } from "../lib/checks/particles.ts";
import { checks } from "../lib/checks/registry.ts";
import { invertContrast } from "../lib/contrast.ts";
import type { CTF } from "../lib/ctf.ts";
import { createParticleStack, type ParticleStack } from "../lib/particles.ts";
import { createPhantom } from "../lib/phantom.ts";
import { createRandom } from "../lib/random.ts";
import { simulateParticles } from "../lib/simulate.ts";

const N = 32, SIZE = N * N, COUNT = 200, pixelSize = 10;
const map = createPhantom("enzyme", { boxSize: N, pixelSize });
const { particles } = simulateParticles({ map, count: COUNT, snr: 0.1, seed: 4 });
const all = Uint32Array.from({ length: COUNT }, (_, i) => i);
const images = await particles.read(all), ctfs = Array.from(all, (i) => particles.ctf(i));

/** The set with its pixels or CTFs changed. */
function changed(
  { pixels, ctf = (ctf) => ctf, size = pixelSize }: {
    pixels?: (images: Float32Array) => void;
    ctf?: (ctf: CTF, i: number) => CTF;
    size?: number;
  },
): ParticleStack {
  const copy = images.slice();
  pixels?.(copy);
  return createParticleStack({
    boxSize: N,
    pixelSize: size,
    images: copy,
    ctfs: ctfs.map((one, i) => ctf(one, i)),
  });
}

async function find(
  stack: ParticleStack,
  options?: CheckOptions,
): Promise<Record<string, Finding>> {
  const { findings } = await checkParticles(stack, options);
  return Object.fromEntries(findings.map((finding) => [finding.name, finding]));
}

const image = (i: number) => [i * SIZE, (i + 1) * SIZE] as const;

/** The set with one thing wrong, the check that sees it, and what it says. */
const wrong: Record<string, [ParticleStack, keyof typeof checks, "warning" | "error", RegExp]> = {
  "defocus in um": [
    changed({ ctf: (c) => ({ ...c, defocusU: c.defocusU / 1e4, defocusV: c.defocusV / 1e4 }) }),
    "defocus",
    "warning",
    /^all images below 100 A .* is it in um\?$/,
  ],
  "defocus in um for some": [
    changed({ ctf: (c, i) => i < 5 ? { ...c, defocusU: 1.5, defocusV: 1.5 } : c }),
    "defocus",
    "warning",
    /^5 of 200 images below 100 A .* units are mixed$/,
  ],
  "overfocus": [
    changed({ ctf: (c) => ({ ...c, defocusU: -c.defocusU, defocusV: -c.defocusV }) }),
    "defocus",
    "warning",
    /^all images negative/,
  ],
  "defocus of 6 um": [
    changed({ ctf: (c, i) => i === 9 ? { ...c, defocusU: 6e4, defocusV: 6e4 } : c }),
    "defocus",
    "warning",
    /^1 of 200 images outside 0.2 to 5 um \(1.* to 6.00 um\)/,
  ],
  "a pixel size in nm": [changed({ size: 0.1 }), "pixel size", "warning", /check the unit$/],
  "an image twice": [
    changed({ pixels: (p) => p.copyWithin(17 * SIZE, ...image(3)) }),
    "duplicates",
    "warning",
    /^image 18 of 200: the same pixels as an earlier one \(18 as 4\)/,
  ],
  "clipped images": [
    changed({
      pixels: (p) => {
        for (let i = 20 * SIZE; i < 25 * SIZE; i++) p[i] = Math.min(p[i], 1);
      },
    }),
    "saturation",
    "warning",
    // a sixth of Gaussian pixels is above 1
    /^images 21, 22, 23 and 2 more: up to (1[4-9]|2[0-4]) %/,
  ],
  "a bright image": [
    changed({
      pixels: (p) => {
        for (let i = 7 * SIZE; i < 8 * SIZE; i++) p[i] = 30 + 3 * p[i];
      },
    }),
    "background",
    "warning",
    /but image 8 of 200 unlike the rest/,
  ],
  "a masked image": [
    changed({
      pixels: (p) => {
        for (let i = 0; i < SIZE; i++) {
          if (Math.hypot(i % N - N / 2, Math.floor(i / N) - N / 2) > 12) p[5 * SIZE + i] = 0;
        }
      },
    }),
    "background",
    "error",
    /^Cannot use image 6: its corners are constant \(0\)/,
  ],
};

Deno.test("nothing is wrong with simulated images, and every check says so", async () => {
  const found = await find(particles);
  assert.deepEqual(Object.keys(found), Object.keys(checks));
  for (const { name, level, words } of Object.values(found)) {
    assert.equal(level, "ok", `${name}: ${words}`);
    assert.match(words, /^[^\n]+$/);
  }
});

for (const [what, [stack, name, level, words]] of Object.entries(wrong)) {
  Deno.test(`${what}: seen by "${name}"`, async () => {
    const found = await find(stack);
    assert.equal(found[name].level, level, found[name].words);
    assert.match(found[name].words, words);
    // what is wrong is seen by no other check, but where it is wrong for them too
    const others = Object.values(found).filter((one) => one.name !== name && one.level !== "ok");
    const allowed = ({
      "a masked image": ["saturation"],
      "overfocus": ["pixel size", "diameter"],
      "a pixel size in nm": ["diameter"],
    } as Record<string, string[]>)[what] ?? [];
    assert.deepEqual(others.map((one) => one.name).filter((one) => !allowed.includes(one)), []);
  });
}

Deno.test("every check but those of unusable and healthy images has a set that it warns of", () => {
  const seen = new Set(Object.values(wrong).map(([, name]) => name));
  for (const name of ["contrast", "diameter", "pixels"] as const) seen.add(name); // tests of their own
  assert.deepEqual([...seen].sort(), Object.keys(checks).sort());
});

Deno.test("contrast: black particles are turned, one that contradicts the images or a sign nobody knows is a warning", async () => {
  assert.match(
    (await find(invertContrast(particles))).contrast.words,
    /^black .* sign is changed$/,
  );
  const asked = (await find(particles, { sign: "black" })).contrast;
  assert.equal(asked.level, "warning");
  assert.match(asked.words, /^black particles as asked for, but the images look white/);
});

Deno.test("noise has no sign and no diameter, and both are warnings", async () => {
  const random = createRandom(3);
  const noise = changed({ pixels: (p) => p.forEach((_, i) => p[i] = random.normal()) });
  const { contrast, diameter, ...rest } = await find(noise);
  assert.deepEqual([contrast.level, diameter.level], ["warning", "warning"]);
  assert.match(contrast.words, /--contrast if you know$/);
  assert.match(diameter.words, /^the mean of 200 images does not say/);
  for (const { level } of Object.values(rest)) assert.equal(level, "ok");
});

Deno.test("images that a stack refuses are an error with its words; the others are looked at", async () => {
  const read = (which: ArrayLike<number>) => {
    for (const i of Array.from(which)) {
      if (i === 40 || i === 41) {
        return Promise.reject(new RangeError(`Cannot use image ${i + 1}: NaN`));
      }
    }
    return particles.read(which);
  };
  const ctf = (i: number) => particles.ctf(i);
  const found = await find({ ...{ count: COUNT, boxSize: N, pixelSize }, ctf, read });
  assert.deepEqual(found.pixels, {
    name: "pixels",
    level: "error",
    words: "Cannot use image 41: NaN; and 1 more like it",
  });
  for (const { name, level } of Object.values(found)) {
    if (name !== "pixels") assert.equal(level, "ok", name);
  }
  const broken = { ...particles, read: () => Promise.reject(new Error("disk")) };
  await assert.rejects(checkParticles(broken), /^Error: disk$/);
});

Deno.test("of more images than are to be looked at, evenly spread ones are", async () => {
  const seen: number[] = [];
  const watched = {
    ...particles,
    read(which: ArrayLike<number>) {
      seen.push(...Array.from(which));
      return particles.read(which);
    },
  };
  const { examination, findings } = await checkParticles(watched, { most: 50 });
  assert.deepEqual([...examination.survey.which], Array.from({ length: 50 }, (_, j) => 4 * j));
  assert.deepEqual(seen.slice(0, 50), [...examination.survey.which]);
  assert.match(findings.find(({ name }) => name === "pixels")!.words, /^50 of 200 images/);
});

Deno.test("a diameter that is given is believed; unlike the images it is a warning, beyond the box refused", async () => {
  const given = (await find(particles, { diameter: 180 })).diameter;
  // 1.2 x 180 / 2
  assert.deepEqual([given.level, given.words], ["ok", "180 A as given: a mask of 108 A radius"]);
  assert.equal((await find(particles, { diameter: 60 })).diameter.level, "warning");
  assert.match((await find(particles, { diameter: 300 }))["pixel size"].words, /fills 94 %/);
  // twice 60 A in pixels of 10 A
  const small = (await find(particles, { diameter: 60 }))["pixel size"];
  assert.match(small.words, /fills 19 % of it, wanted 35 % or more: --crop 12 is faster$/);
  await assert.rejects(
    checkParticles(particles, { diameter: 321 }),
    /^RangeError: Cannot use a diameter of 321 A: wanted above 0, at most the box, 320 A$/,
  );
});
