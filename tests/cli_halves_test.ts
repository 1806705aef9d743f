import assert from "node:assert/strict";
import { readVolume } from "../lib/formats/mrc.ts";
import { compareHalfMaps, filterByFSC } from "../lib/half_maps.ts";
import { softSphere } from "../lib/mask.ts";
import { createCLIFolder } from "./cli_folder.ts";

const { folder, run } = await createCLIFolder();

const reconstruct = (out: string, ...more: string[]) =>
  run(
    ...["reconstruct", "set/particles.star", "--out", out, "--held-out", "20", "--batch-size"],
    ...["20", "--threads", "2", "--seed", "3", "--epochs", "3", "--max-resolution", "36", ...more],
  );

const made = await run(
  ...["simulate", "--phantom", "enzyme", "--box", "24", "--pixel-size", "12", "--count", "161"],
  ...["--snr", "0.3", "--out", "set"],
);
assert.equal(made.code, 0, made.error);

Deno.test("--halves writes half maps, what they say of each other, and their filtered mean", async () => {
  const { code, out, error } = await reconstruct("run", "--halves", "--json");
  assert.equal(code, 0, error);
  // r = 6.4 of 288 A is where the first stage ends
  assert.match(error, /^halves +80 images each, from the map to 45\.0 A, to 36\.0 A; \d+ it/m);
  const names = [...Deno.readDirSync(`${folder}/run`)].map(({ name }) => name);
  for (const name of ["half1.mrc", "half2.mrc", "map_filtered.mrc"]) {
    assert.ok(names.includes(name), `${names}`);
  }
  const [a, b, filtered] = await Promise.all(
    ["half1", "half2", "map_filtered"].map((name) => readVolume(`${folder}/run/${name}.mrc`)),
  );
  const { halves } = JSON.parse(Deno.readTextFileSync(`${folder}/run/run.json`));
  assert.deepEqual(JSON.parse(out).halves, halves);
  const radius = halves.maskRadius / 288;
  const wanted = compareHalfMaps(a, b, { mask: softSphere(24, { radius }), seed: 3 });
  assert.deepEqual(halves.fsc, [...wanted.fsc]);
  assert.deepEqual(halves.corrected, [...wanted.corrected]);
  assert.equal(halves.resolution143, wanted.resolution143);
  assert.deepEqual(filtered.voxels, filterByFSC(a, b, wanted.corrected).voxels);
  assert.ok(halves.fsc[3] > 0.8);

  // a run that was made without them can have them later: the same, to the bit
  const before = await reconstruct("later");
  assert.equal(before.code, 0, before.error);
  const later = await reconstruct("later", "--halves", "--resume");
  assert.equal(later.code, 0, later.error);
  assert.match(later.out, /\nhalf maps \d+\.\d A.* at FSC 0\.143/);
  for (const name of ["half1.mrc", "half2.mrc", "map_filtered.mrc"]) {
    const [one, two] = ["run", "later"].map((out) => Deno.readFileSync(`${folder}/${out}/${name}`));
    assert.deepEqual(one, two, name);
  }
});

Deno.test("halves too small or begun too fine are refused before anything is written", async () => {
  for (
    const [status, more, wanted] of [
      [
        1,
        ["--halves", "--batch-size", "80"],
        /^Cannot make half maps: 161 images, wanted at least 180 /,
      ],
      [1, ["--halves", "--halves-from", "36"], /^Cannot make half maps: they begin .* 36\.0 A/],
      [2, ["--halves-from", "60"], /^Cannot use --halves-from without --halves/],
    ] as const
  ) {
    const { code, out, error } = await reconstruct("refused", ...more);
    assert.deepEqual([code, out], [status, ""], error);
    assert.match(error, wanted);
    assert.equal(error.trimEnd().split("\n").length, 1);
  }
});
