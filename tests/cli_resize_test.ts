import assert from "node:assert/strict";
import { cropImages } from "../lib/crop_images.ts";
import { downsampleImages } from "../lib/downsample_images.ts";
import { readVolume } from "../lib/formats/mrc.ts";
import { createStackWriter } from "../lib/formats/mrc_write.ts";
import { formatParticles } from "../lib/formats/particle_star.ts";
import { openParticles } from "../lib/formats/registry.ts";
import { writeSTAR } from "../lib/formats/star_write.ts";
import type { ParticleStack } from "../lib/particles.ts";
import { createCLIFolder } from "./cli_folder.ts";

const { folder, run } = await createCLIFolder();

/** Writes a stack as a set of its own. */
async function writeSet(name: string, stack: ParticleStack): Promise<void> {
  Deno.mkdirSync(`${folder}/${name}`);
  const { count, boxSize, pixelSize } = stack;
  const all = Uint32Array.from({ length: count }, (_, i) => i);
  using writer = await createStackWriter(`${folder}/${name}/particles.mrcs`, {
    boxSize,
    pixelSize,
  });
  await writer.append(await stack.read(all));
  await writer.close();
  const names = Array.from(all, (i) => `${String(i + 1).padStart(6, "0")}@particles.mrcs`);
  const table = formatParticles({ count, boxSize, pixelSize, ctf: (i) => stack.ctf(i), names });
  await writeSTAR(`${folder}/${name}/particles.star`, table);
}

const made = await run(
  ...["simulate", "--phantom", "enzyme", "--box", "32", "--pixel-size", "8", "--count", "160"],
  ...["--snr", "0.3", "--shift-sigma", "1", "--out", "set"],
);
assert.equal(made.code, 0, made.error);

const reconstruct = (set: string, out: string, ...more: string[]) =>
  run(
    ...["reconstruct", `${set}/particles.star`, "--out", out, "--held-out", "20", "--batch-size"],
    ...["20", "--max-resolution", "52", "--epochs", "0.5", ...more],
  );

Deno.test("--crop and --downsample do what sets made that way give, with shifts in the file's pixels", async () => {
  using file = await openParticles(`${folder}/set/particles.star`);
  await writeSet("small", downsampleImages(cropImages(file, 28), 20));
  const resize = ["--crop", "28", "--downsample", "20"];
  // 2 px of 8 A in pixels of 8 x 28 / 20 = 11.2 A
  const [given, own] = [
    await reconstruct("set", "resized", ...resize, "--shift-extent", "2"),
    await reconstruct("small", "own", "--shift-extent", String(2 * 20 / 28)),
  ];
  assert.deepEqual([given.code, own.code], [0, 0], given.error + own.error);
  assert.match(given.out, /^resized\/map.mrc: 20\^3 voxels of 11.2 A\n/);
  const [a, b] = await Promise.all(
    ["resized", "own"].map((out) => readVolume(`${folder}/${out}/map.mrc`)),
  );
  assert.deepEqual([a.boxSize, b.boxSize], [20, 20]);
  assert.ok(Math.abs(a.pixelSize - 11.2) < 1e-5);
  // images are the same but for rounding, 2^-24 of them, and what 4 steps make of it
  const largest = a.voxels.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  a.voxels.forEach((v, i) => assert.ok(Math.abs(v - b.voxels[i]) < 1e-3 * largest, `${i}`));

  using first = await openParticles(`${folder}/resized/poses.star`, {
    dataDirectory: `${folder}/set`,
  });
  using second = await openParticles(`${folder}/own/poses.star`, {
    dataDirectory: `${folder}/small`,
  });
  assert.deepEqual([first.pixelSize, first.boxSize], [8, 32]);
  let same = 0, moved = 0;
  first.poses!.forEach(({ shift: [x, y] }, i) => {
    const [u, v] = second.poses![i].shift;
    const near = Math.abs(8 * x - 11.2 * u) < 1e-3 && Math.abs(8 * y - 11.2 * v) < 1e-3;
    if (near) same++; // A; else two poses were as good as one another
    if (Math.hypot(x, y) > 0.5) moved++;
  });
  assert.ok(same > 150 && moved > 50, `${same} ${moved}`);
  // the report shows images as the run had them
  assert.ok(!Deno.readTextFileSync(`${folder}/resized/report.html`).includes("Cannot average"));
});

Deno.test("boxes that do not fit, and resolutions beyond the new Nyquist, are refused before any work", async () => {
  for (
    const [more, wanted] of [
      [
        ["--crop", "34"],
        /^Cannot crop images to 34 px: wanted an even number from 2 to their 32 px$/,
      ],
      [
        ["--crop", "20", "--downsample", "24"],
        /^Cannot downsample images to 24 px: .* their 20 px$/,
      ],
      [["--downsample", "11"], /^Cannot downsample images to 11 px: wanted an even number/],
      [["--downsample", "8"], /^Cannot use --max-resolution 52: .* Nyquist, 64 A$/],
      [["--crop", "20", "--diameter", "161"], /^Cannot use a diameter of 161 A: .* 160 A$/],
    ] as const
  ) {
    const { code, out, error } = await reconstruct("set", "refused", ...more);
    assert.deepEqual([code, out], [1, ""], error);
    assert.match(error.trimEnd(), wanted);
  }
});
