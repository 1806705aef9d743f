import assert from "node:assert/strict";
import { createCLIFolder } from "./cli_folder.ts";

const { folder, run } = await createCLIFolder();

const made = await run(
  ...["simulate", "--phantom", "enzyme", "--box", "24", "--pixel-size", "12", "--count", "160"],
  ...["--snr", "0.3", "--out", "set"],
);
assert.equal(made.code, 0, made.error);

const NAMES = [
  ...["contrast", "pixel size", "defocus", "diameter", "pixels", "duplicates", "saturation"],
  "background",
];

Deno.test("check prints a line for each check; its JSON says the same, as does run.json", async () => {
  const { code, out } = await run("check", "set/particles.star");
  assert.equal(code, 0);
  const lines = out.trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => line.slice(0, 13).trim()), NAMES);
  const asJSON = await run("check", "set/particles.star", "--json");
  const { checks, diameter } = JSON.parse(asJSON.out);
  assert.deepEqual(
    lines,
    checks.map(({ name, words }: { name: string; words: string }) => name.padEnd(13) + words),
  );
  // the phantom reaches 0.38 box edges of 288 A
  assert.ok(diameter > 130 && diameter < 219, `${diameter}`);

  const args = ["--held-out", "20", "--batch-size", "20", "--max-resolution", "45", "--epochs"];
  const done = await run("reconstruct", "set/particles.star", "--out", "run", ...args, "1");
  assert.equal(done.code, 0, done.error);
  const record = JSON.parse(Deno.readTextFileSync(`${folder}/run/run.json`));
  assert.deepEqual(record.checks, checks);
  // 1.2 x its half, in box edges
  assert.ok(Math.abs(record.stages[0].maskRadius - 0.6 * diameter / 288) < 1e-12);
  for (const line of lines) assert.ok(done.error.split("\n").includes(line), line);

  // a diameter makes a mask: 1.2 x 120 / 288
  const masked = ["reconstruct", "set/particles.star", "--out", "masked", "--diameter", "240"];
  const other = await run(...masked, ...args, "1");
  assert.equal(other.code, 0, other.error);
  const { stages } = JSON.parse(Deno.readTextFileSync(`${folder}/masked/run.json`));
  assert.ok(Math.abs(stages[0].maskRadius - 0.5) < 1e-12);
  assert.match(other.error, /^diameter {5}240 A as given: a mask of 144 A radius$/m);
});

Deno.test("what cannot be used ends check with a line and status 1, reconstruct with that error", async () => {
  const bytes = Deno.readFileSync(`${folder}/set/particles.mrcs`);
  const pixels = new Float32Array(bytes.buffer, 1024);
  pixels[30 * 576] = NaN, pixels[50 * 576 + 3] = Infinity;
  Deno.mkdirSync(`${folder}/bad`);
  Deno.writeFileSync(`${folder}/bad/particles.mrcs`, bytes);
  Deno.copyFileSync(`${folder}/set/particles.star`, `${folder}/bad/particles.star`);
  const words = "Cannot use image 31 of bad/particles.mrcs: pixel (0, 0) is NaN, wanted finite " +
    "numbers; and 1 more like it";
  const { code, out } = await run("check", "bad/particles.star");
  assert.equal(code, 1);
  assert.equal(
    out.split("\n").find((line) => line.startsWith("pixels")),
    `pixels       error: ${words}`,
  );
  const stopped = await run("reconstruct", "bad/particles.star", "--out", "no");
  assert.deepEqual([stopped.code, stopped.out, stopped.error], [1, "", `${words}\n`]);
});

Deno.test("a diameter larger than the box is refused by both", async () => {
  for (const command of [["check"], ["reconstruct", "--out", "refused"]]) {
    const [name, ...rest] = command;
    const { code, error } = await run(name, "set/particles.star", ...rest, "--diameter", "300");
    assert.equal(code, 1);
    assert.equal(error, "Cannot use a diameter of 300 A: wanted above 0, at most the box, 288 A\n");
  }
});
