import assert from "node:assert/strict";
import { readVolume } from "../lib/formats/mrc.ts";
import { writeVolume } from "../lib/formats/mrc_write.ts";
import { compareHalfMaps, filterByFSC } from "../lib/half_maps.ts";
import { softSphere } from "../lib/mask.ts";
import { createRandom } from "../lib/random.ts";
import { lowPass } from "../lib/resample.ts";
import { createVolume, type Volume } from "../lib/volume.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;
const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

async function run(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", "--allow-write=.", "--frozen", CLI, ...args],
    cwd: folder,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

const N = 16, pixelSize = 4;
const noise = (seed: number, boxSize = N): Volume => {
  const random = createRandom(seed);
  const voxels = Float32Array.from({ length: boxSize ** 3 }, () => random.normal());
  return createVolume({ boxSize, pixelSize, voxels });
};
const signal = lowPass(noise(1), 4, 0);
const [a, b] = [2, 3].map((seed) => {
  const map = noise(seed);
  return { ...map, voxels: map.voxels.map((v, i) => v + 8 * signal.voxels[i]) };
});
await writeVolume(`${folder}/half1.mrc`, a);
await writeVolume(`${folder}/half2.mrc`, b);
await writeVolume(`${folder}/other.mrc`, noise(4, 12));

Deno.test("fsc prints what compareHalfMaps() finds, for people and for programs", async () => {
  const plain = await run("fsc", "half1.mrc", "half2.mrc");
  assert.deepEqual([plain.code, plain.error], [0, ""]);
  const { resolution143, fsc } = compareHalfMaps(a, b);
  const lines = plain.out.trimEnd().split("\n");
  assert.equal(lines[0], `resolution   ${resolution143.toFixed(1)} A at FSC 0.143`);
  assert.equal(lines.length, 3 + N / 2 + 1);
  assert.equal(lines[3 + 4].split(/ +/)[3], fsc[4].toFixed(3));

  // a radius of 20 A in 64 A
  const mask = softSphere(N, { radius: 20 / 64 }), wanted = compareHalfMaps(a, b, { mask });
  const args = ["half1.mrc", "half2.mrc", "--mask", "20", "--json", "--out", "filtered.mrc"];
  const masked = await run("fsc", ...args);
  assert.deepEqual([masked.code, masked.error], [0, ""]);
  const { corrected, randomizedFrom, ...rest } = JSON.parse(masked.out);
  assert.deepEqual(corrected, [...wanted.corrected]);
  assert.equal(randomizedFrom, wanted.randomizedFrom);
  assert.deepEqual([rest.boxSize, rest.pixelSize], [N, pixelSize]);
  const filtered = await readVolume(`${folder}/filtered.mrc`);
  assert.deepEqual(filtered.voxels, filterByFSC(a, b, wanted.corrected).voxels);
});

Deno.test("maps of two grids, masks that do not fit, and files that are not there are one line each", async () => {
  for (
    const [args, wanted] of [
      [["half1.mrc", "other.mrc"], /^Cannot correlate maps: box 16 at 4 A and box 12/],
      [["half1.mrc", "half2.mrc", "--mask", "33"], /^Cannot use --mask 33: .* at most 32 A$/],
      [["half1.mrc", "half2.mrc", "--mask", "other.mrc"], /^Cannot use --mask other.mrc: .* 64 A/],
      [["half1.mrc", "absent.mrc"], /^Cannot .*absent.mrc/],
    ] as const
  ) {
    const { code, out, error } = await run("fsc", ...args);
    assert.deepEqual([code, out], [1, ""], error);
    assert.match(error.trimEnd(), wanted);
    assert.equal(error.trimEnd().split("\n").length, 1);
  }
});
