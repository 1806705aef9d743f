import assert from "node:assert/strict";
import { readVolume } from "../lib/formats/mrc.ts";
import { writeVolume } from "../lib/formats/mrc_write.ts";
import { createRandom } from "../lib/random.ts";
import { moved, symmetric } from "./symmetry/made_up.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;
const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

async function run(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", `--allow-write=${folder}`, "--frozen", CLI, ...args],
    cwd: folder,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

const truth = symmetric("D2", 32, 4);
const rotation = createRandom(2, "motion").rotation();
await writeVolume(`${folder}/map.mrc`, moved(truth, rotation, Float64Array.of(1, 0.5, -1)));

Deno.test("symmetrize turns a D2 map to its axes; text and JSON say how well every rotation fits", async () => {
  const { code, out, error } = await run(
    "symmetrize",
    "map.mrc",
    ..."--group d2 --mask-radius 70 --resolution 16 --out d2.mrc --json".split(" "),
  );
  assert.deepEqual([code, error], [0, ""]);
  const result = JSON.parse(out);
  assert.deepEqual([result.group, result.order, result.boxSize, result.pixelSize], [
    "D2",
    4,
    32,
    5,
  ]);
  assert.equal(result.refinedTo, 16);
  // to 0.1 px of 5 A
  [1, 0.5, -1].forEach((s, i) => assert.ok(Math.abs(result.centre[i] - 5 * s) < 0.5));
  assert.deepEqual(result.classes.map(({ count }: { count: number }) => count), [1, 1, 1]);
  for (const { angle, correlation, elements } of result.classes) {
    assert.ok(Math.abs(angle - 180) < 1e-6 && correlation > 0.98 && elements.length === 1);
  }
  assert.ok(result.fsc.length === 17 && result.fsc.slice(0, 12).every((c: number) => c > 0.98));
  // Axes may go to other axes: what all of D2's settings have in common are the voxels' values.
  const made = await readVolume(`${folder}/d2.mrc`), n = 32;
  for (let i = 1; i < n; i++) {
    const at = (x: number, y: number, z: number) => made.voxels[(z * n + y) * n + x];
    assert.ok(Math.abs(at(i, 12, 20) - at(n - i, n - 12, 20)) < 1e-6);
  }
  const peak = (voxels: Float32Array) => voxels.reduce((most, v) => Math.max(most, v));
  assert.ok(Math.abs(peak(made.voxels) / peak(truth.voxels) - 1) < 0.05);

  const text = (await run("symmetrize", "map.mrc", "--group", "D2", "--out", "d2.mrc")).out;
  assert.match(text, /^group {8}D2, 4 rotations\nrotation {5}rot /);
  assert.equal(text.match(/^ {2}180\.0 /gm)?.length, 3);
  assert.match(text, /\n {4}0 +- +1\.000\n/);
});

Deno.test("symmetrize refuses a group that does not fit, and writes it if it must", async () => {
  const refused = await run("symmetrize", "map.mrc", "--group", "T", "--out", "t.mrc");
  assert.equal(refused.code, 1);
  assert.match(refused.error, /^Cannot symmetrize as T: turned by 120 degrees about [^\n]*\n$/);
  await assert.rejects(() => Deno.stat(`${folder}/t.mrc`));
  const forced = await run("symmetrize", "map.mrc", "--group", "T", "--out", "t.mrc", "--force");
  assert.equal(forced.code, 0);
  assert.match(
    forced.error,
    /^Note: under one class of rotations the map correlates 0\.\d\d with /,
  );
  assert.ok(Deno.statSync(`${folder}/t.mrc`).isFile);
});

Deno.test("symmetrize says in one line what is wrong with its options", async () => {
  const line = ["symmetrize", "map.mrc", "--out", "x.mrc"];
  for (
    const [status, args, message] of [
      [
        2,
        ["--group", "D1"],
        /^Cannot use group D1: wanted one of C2 to C60, D2 to D60, T, O, I\n$/,
      ],
      [2, [], /^Cannot run without --group NAME: wanted a text\n$/],
      [2, ["--group", "C2", "--mask-radius", "0"], /^Cannot use --mask-radius 0: wanted a number/],
      [1, ["--group", "C2", "--mask-radius", "99"], /^Cannot find axes: mask radius 99 A, wanted/],
    ] as const
  ) {
    const { code, out, error } = await run(...line, ...args);
    assert.deepEqual([code, out], [status, ""]);
    assert.match(error, message);
  }
});
