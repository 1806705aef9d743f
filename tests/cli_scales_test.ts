import assert from "node:assert/strict";
import { alignmentColumns } from "../lib/formats/cs_write.ts";
import { findParticles } from "../lib/formats/particle_table.ts";
import { openParticles } from "../lib/formats/registry.ts";
import { parseSTAR } from "../lib/formats/star.ts";
import { createCLIFolder } from "./cli_folder.ts";

const { folder, run } = await createCLIFolder();

const reconstruct = (out: string, ...more: string[]) =>
  run(
    ...["reconstruct", "set/particles.star", "--out", out, "--held-out", "40", "--batch-size"],
    ...[
      "20",
      "--threads",
      "2",
      "--seed",
      "3",
      "--epochs",
      "3",
      "--max-resolution",
      "28.8",
      ...more,
    ],
  );
const scalesOf = (path: string) =>
  findParticles(parseSTAR(Deno.readTextFileSync(`${folder}/${path}`), path))
    .numbers("rlnCtfScalefactor");

const made = await run(
  ...["simulate", "--phantom", "enzyme", "--box", "24", "--pixel-size", "12", "--count", "160"],
  ...["--snr", "0.5", "--amplitude-spread", "0.4", "--out", "set"],
);
assert.equal(made.code, 0, made.error);
// what the file says of the scales stays in what is written
const table = Deno.readTextFileSync(`${folder}/set/particles.star`);
const column = Number(table.match(/_rlnCtfScalefactor #(\d+)/)![1]) - 1;
const rows = table.split("\n").map((line) =>
  line.includes("@") ? line.split(" ").with(column, "0.800000").join(" ") : line
);
Deno.writeTextFileSync(`${folder}/set/particles.star`, rows.join("\n"));

Deno.test("--scales on writes images' scales to poses.star, run.json and the console", async () => {
  const { code, out, error } = await reconstruct("run", "--scales", "on");
  assert.equal(code, 0, error);
  assert.match(error, /\nscales {7}of all images, their logs differ by 0\.\d\d /);
  assert.match(out, /\nimages differ in scale: \d\.\d\d on average, standard deviation 0\.\d\d\n/);
  const { noise } = JSON.parse(Deno.readTextFileSync(`${folder}/run/run.json`));
  // a log-normal of mean log 0: mean exp(s^2 / 2), deviation of the log s
  const spread = Math.sqrt(2 * Math.log(noise.scale.mean));
  assert.ok(spread > 0.2 && spread < 0.6, `${spread}`);
  const { mean, deviation } = noise.scale;
  assert.ok(Math.abs(deviation / mean - Math.sqrt(Math.expm1(spread ** 2))) < 1e-9);

  const found = scalesOf("run/poses.star"), truth = scalesOf("set/truth.star");
  using set = await openParticles(`${folder}/run/poses.star`, {
    dataDirectory: `${folder}/set`,
  });
  const logs = Array.from(found, (scale, i) => {
    assert.equal(set.ctf(i).scale, scale); // it is read back as part of the CTF
    return Math.log(scale / 0.8);
  });
  // of six decimals; mean 0 but for images that kept 1
  assert.ok(Math.abs(logs.reduce((a, b) => a + b, 0) / logs.length) < 1e-5);
  const product = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    const mean = (v: ArrayLike<number>) => Array.from(v).reduce((s, x) => s + x, 0) / v.length;
    const [p, q] = [mean(a), mean(b)];
    return Array.from(a).reduce((sum, x, i) => sum + (x - p) * (b[i] - q), 0);
  };
  const known = Array.from(truth, Math.log);
  const correlation = product(logs, known) /
    Math.sqrt(product(logs, logs) * product(known, known));
  assert.ok(correlation > 0.7, `${correlation}`);

  const off = await reconstruct("off", "--scales", "off", "--halves");
  assert.equal(off.code, 0, off.error);
  assert.ok(!off.error.includes("scales  "));
  assert.deepEqual([...scalesOf("off/poses.star")], new Array(160).fill(0.8));
  const without = JSON.parse(Deno.readTextFileSync(`${folder}/off/run.json`));
  assert.equal(without.noise.scale, undefined);
  const nll = (text: string) => Number(text.match(/held-out NLL (\S+)/)![1]);
  assert.ok(nll(out) < nll(off.out) - 0.5, `${nll(out)}, not below ${nll(off.out)}`);
});

Deno.test("a run with scales is not resumed without; its halves keep them", async () => {
  const refused = await reconstruct("run", "--resume", "--scales", "off");
  assert.equal(refused.code, 1);
  assert.match(refused.error, /Cannot resume: images have scales of their own, wanted scales on/);
  const before = Deno.readFileSync(`${folder}/run/poses.star`);
  const { code, out, error } = await reconstruct("run", "--resume", "--scales", "on", "--halves");
  assert.equal(code, 0, error);
  assert.match(out, /\nimages differ in scale: .*\n(.*\n)*half maps /);
  assert.deepEqual(Deno.readFileSync(`${folder}/run/poses.star`), before);
});

Deno.test("--scales on needs two stages", async () => {
  const { code, error } = await reconstruct("one", "--setting", "paper", "--scales", "on");
  assert.equal(code, 1);
  assert.match(error, /^Cannot march: scales on in 1 stage, wanted 2/m);
});

Deno.test("cryoSPARC has them as alignments3D/alpha", () => {
  const rotation = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), shift = [0, 0] as const;
  const pose = { rotation, shift, probability: 1 };
  const alpha = alignmentColumns([{ ...pose, scale: 0.7 }, pose], { pixelSize: 2 })
    .find(({ name }) => name === "alignments3D/alpha")!;
  assert.deepEqual("numbers" in alpha && [...alpha.numbers as number[]], [0.7, 1]);
});
