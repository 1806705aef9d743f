import assert from "node:assert/strict";
import { readVolume } from "../lib/formats/mrc.ts";
import { writeVolume } from "../lib/formats/mrc_write.ts";
import { findParticles } from "../lib/formats/particle_table.ts";
import { parseSTAR } from "../lib/formats/star.ts";
import { openParticles } from "../lib/formats/registry.ts";
import { createPhantom } from "../lib/phantom.ts";
import type { TraceRecord } from "../lib/trace.ts";
import { NO_GPU } from "./no_gpu.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;
const PROGRAM = ["run", "--quiet", "--allow-read", "--allow-write=.", "--frozen", CLI];

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Runs the program the way it is documented; output is no terminal. */
function start(args: readonly string[]) {
  return new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, ...args],
    cwd: folder,
    // the same backend on every machine
    env: NO_GPU,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function ended(process: Deno.ChildProcess) {
  const { code, stdout, stderr } = await process.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

const run = (args: readonly string[]) => ended(start(args));

/** Asserts that a run fails with a status and exactly one line, which it returns. */
async function fails(status: number, args: readonly string[]): Promise<string> {
  const { code, out, error } = await run(args);
  assert.deepEqual([code, out], [status, ""], error);
  assert.match(error, /^Cannot [^\n]*\n$/, args.join(" "));
  return error.trimEnd();
}

/** The same once the plan has been shown, what a run does before it reads an image. */
async function failsLater(status: number, args: readonly string[]): Promise<string> {
  const { code, out, error } = await run(args);
  assert.deepEqual([code, out], [status, ""], error);
  const lines = error.trimEnd().split("\n");
  assert.match(lines[0], /^images +160 of 24 x 24 px/);
  // no stack after it
  assert.equal(lines.findIndex((line) => line.startsWith("Cannot ")), lines.length - 1, error);
  return lines.at(-1)!;
}

const read = (path: string) => Deno.readFileSync(`${folder}/${path}`);
const readJSON = (path: string) => JSON.parse(Deno.readTextFileSync(`${folder}/${path}`));
const traceOf = (out: string): TraceRecord[] =>
  Deno.readTextFileSync(`${folder}/${out}/trace.jsonl`).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
const untimed = ({ seconds: _, ...rest }: TraceRecord) => rest;
const namesIn = (path: string) =>
  [...Deno.readDirSync(`${folder}/${path}`)].map((e) => e.name).sort();
const contentsOf = (path: string) => namesIn(path).map((name) => [name, read(`${path}/${name}`)]);
const copy = (from: string, to: string) => {
  Deno.mkdirSync(`${folder}/${to}`);
  for (const name of namesIn(from)) {
    Deno.copyFileSync(`${folder}/${from}/${name}`, `${folder}/${to}/${name}`);
  }
};

const FILES = [
  "checkpoint",
  "map.mrc",
  "map_mirrored.mrc",
  "poses.star",
  "report.html",
  "run.json",
  "trace.jsonl",
];
const reconstruct = (out: string, ...more: string[]) => [
  "reconstruct",
  "set/particles.star",
  ...["--out", out, "--held-out", "20", "--batch-size", "20", "--threads", "2", "--seed", "3"],
  ...more,
];
/** 840 image gradients of 140 images, shared 10 : 3 : 2 among r = 6.4, 10 and 12 (Nyquist of 24 px). */
const ROBUST = ["--setting", "robust", "--epochs", "6"];
const ITERATIONS = [28, 9, 6];
const COARSE = ["--max-resolution", "45", "--epochs", "1"]; // r = 6.4

const made = await run(
  ["simulate", "--phantom", "enzyme", "--box", "24", "--pixel-size", "12"].concat(
    ["--count", "160", "--snr", "0.3", "--out", "set"],
  ),
);
assert.equal(made.code, 0, made.error);
const finished = await run(reconstruct("robust", ...ROBUST));

/** The map is of the images' grid and its header says what is in it. */
async function checkMap(path: string) {
  const { boxSize, pixelSize, voxels } = await readVolume(`${folder}/${path}`);
  assert.deepEqual([boxSize, pixelSize], [24, 12]);
  const header = new DataView(read(path).buffer);
  const mean = voxels.reduce((a, b) => a + b, 0) / voxels.length;
  const rms = Math.sqrt(voxels.reduce((s, v) => s + (v - mean) ** 2, 0) / voxels.length);
  assert.ok(rms > 0);
  const claimed = [76, 80, 84, 216].map((at) => header.getFloat32(at, true));
  assert.equal(claimed[0], voxels.reduce((a, b) => Math.min(a, b)));
  assert.equal(claimed[1], voxels.reduce((a, b) => Math.max(a, b)));
  // rounded to float32 once
  assert.ok(Math.abs(claimed[2] - mean) <= 2 ** -23 * Math.abs(mean) + 1e-12 * rms);
  assert.ok(Math.abs(claimed[3] - rms) <= 2 ** -23 * rms);
}

async function checkPoses(path: string) {
  using set = await openParticles(`${folder}/${path}`, { dataDirectory: `${folder}/set` });
  assert.equal(set.count, 160);
  assert.equal(set.poses!.length, 160);
  const points = new Set<string>();
  for (const { rotation, shift, probability } of set.poses!) {
    assert.deepEqual([...shift], [0, 0]);
    assert.ok(probability > 0 && probability <= 1);
    points.add(rotation.map((v) => Math.round(100 * v)).join());
  }
  assert.ok(points.size > 40, `${points.size} different poses`);
}

Deno.test("the robust setting writes a map, poses, a trace, a record of the run and a checkpoint", async () => {
  assert.equal(finished.code, 0, finished.error);
  for (const code of ["\r", "\x1b"]) assert.ok(!(finished.out + finished.error).includes(code));
  assert.match(
    finished.out,
    /^robust\/map.mrc: 24\^3 voxels of 12 A\nheld-out NLL \d+\.\d{3} nats per image\n860 image gradients in \d+\.\d s\nnoise (\d\.\d\d at \d+\.?\d* A, ){2}\d\.\d\d at 24\.0 A; 1 is the variance of the images' corners\n\d+ of 160 images \(\d+\.\d %\) are more likely something else than the particle\n$/,
  );
  assert.deepEqual(namesIn("robust"), FILES);
  await checkMap("robust/map.mrc");
  await checkPoses("robust/poses.star");

  const trace = traceOf("robust");
  assert.deepEqual(trace.map(({ t }) => t), Array.from({ length: 43 }, (_, t) => t));
  assert.deepEqual(trace.map(({ gradients }) => gradients), trace.map((_, t) => 20 * (t + 1)));
  for (const [i, radius] of [6.4, 10, 12].entries()) {
    const from = ITERATIONS.slice(0, i).reduce((a, b) => a + b, 0);
    for (const record of trace.slice(from, from + ITERATIONS[i])) {
      assert.ok(Math.abs(record.radius - radius) < 1e-12);
    }
  }
  assert.ok(trace[0].hyperparameters.temperature > 1);

  const { setting, stages, machine, outcome, particles, noise } = readJSON("robust/run.json");
  assert.deepEqual(noise.radius, Array.from({ length: 12 }, (_, i) => i + 1));
  assert.equal(noise.variance.length, 12);
  assert.ok(noise.variance.every((v: number) => v > 0.2 && v < 5)); // it is white
  const table = findParticles(
    parseSTAR(Deno.readTextFileSync(`${folder}/robust/poses.star`), "poses.star"),
  );
  const responsibility = table.numbers("vitreousResponsibility");
  assert.ok(responsibility.every((r) => r >= 0 && r <= 1));
  const images = responsibility.filter((r) => r < 0.5).length;
  assert.deepEqual(noise.outliers, { share: 0.05, images });
  assert.equal(setting, "robust");
  assert.equal(particles, "set/particles.star");
  assert.deepEqual(stages.map((s: { iterations: number }) => s.iterations), ITERATIONS);
  for (const stage of stages) {
    assert.equal(stage.optimizer, "preconditioned");
    assert.deepEqual([stage.images, stage.heldOut, stage.batchSize, stage.seed], [160, 20, 20, 3]);
  }
  assert.match(machine.backend, /^cpu: 2 threads/);
  assert.equal(machine.deno, Deno.version.deno);
  assert.deepEqual(
    [outcome.finished, outcome.iterations, outcome.gradients, outcome.heldOutNLL],
    [true, 43, 860, trace.at(-1)!.test],
  );
  // no fewer poses than one; no more than all, but for the rounding of two logarithms of some 100 nats
  const { shares } = readJSON("robust/run.json").posterior, { quadraturePoints } = stages.at(-1);
  assert.equal(shares.length, 20);
  for (const share of shares) assert.ok(share > 0.9 / quadraturePoints && share < 1.001, share);
});

Deno.test("--optimizer asks for the paper's setting; --json prints the outcome alone", async () => {
  const { code, out, error } = await run(
    reconstruct("sgd", "--optimizer", "sgd", ...COARSE, "--json"),
  );
  assert.equal(code, 0, error);
  const { gain, warnings, ...outcome } = JSON.parse(out), trace = traceOf("sgd");
  assert.ok(Number.isFinite(gain) && Array.isArray(warnings));
  assert.deepEqual(namesIn("sgd"), FILES);
  assert.equal(trace.length, 7); // 140 images in minibatches of 20
  assert.deepEqual(outcome, {
    map: "sgd/map.mrc",
    finished: true,
    iterations: 7,
    gradients: 140,
    forwards: trace.at(-1)!.forwards,
    seconds: outcome.seconds,
    heldOutNLL: trace.at(-1)!.test,
  });
  assert.ok(outcome.seconds > 0);
  const { setting, stages } = readJSON("sgd/run.json");
  assert.equal(setting, "paper");
  assert.equal(stages.length, 1);
  assert.deepEqual(
    [stages[0].optimizer, stages[0].maskRadius, stages[0].temperShare, stages[0].resolution],
    ["sgd", null, 0, 45],
  );
  await checkMap("sgd/map.mrc");
  await checkPoses("sgd/poses.star");
  const { noise } = readJSON("sgd/run.json");
  assert.deepEqual(noise.variance, noise.radius.map(() => 1));
  assert.equal(noise.outliers, undefined);
  assert.ok(!Deno.readTextFileSync(`${folder}/sgd/poses.star`).includes("Responsibility"));
});

Deno.test("options that contradict each other end with status 2 and one line, before anything is read", async () => {
  const cases = [
    [
      ["--setting", "robust", "--optimizer", "sgd"],
      /^Cannot use --optimizer with --setting robust/,
    ],
    [["--setting", "robust", "--momentum", "0.5"], /^Cannot use --momentum with --setting robust/],
    [["--resume", "--overwrite"], /^Cannot run with both --resume and --overwrite/],
  ] as const;
  for (const [more, message] of cases) {
    assert.match(await fails(2, reconstruct("none", ...more)), message);
  }
});

Deno.test("a folder that holds something is left as it is, unless --overwrite or --resume is given", async () => {
  const before = contentsOf("robust");
  assert.match(
    await fails(1, reconstruct("robust", ...ROBUST)),
    /^Cannot write to robust: it holds 7 files, wanted an empty folder, --resume or --overwrite$/,
  );
  assert.deepEqual(contentsOf("robust"), before);

  copy("robust", "over");
  Deno.writeTextFileSync(`${folder}/over/notes`, "mine");
  const { code, error } = await run(
    reconstruct("over", "--optimizer", "sgd", ...COARSE, "--overwrite"),
  );
  assert.equal(code, 0, error);
  assert.deepEqual(namesIn("over"), [...FILES, "notes"].sort());
  assert.equal(traceOf("over").length, 7); // nothing of the earlier run is left in it
  assert.equal(readJSON("over/run.json").setting, "paper");
});

Deno.test("--overwrite leaves an earlier run as it was until its own can begin, then nothing to resume", async () => {
  copy("robust", "replaced");
  const before = contentsOf("replaced");
  await fails(1, reconstruct("replaced", "--overwrite", "--held-out", "150"));
  assert.deepEqual(contentsOf("replaced"), before);

  const process = start(reconstruct("replaced", "--overwrite", ...ROBUST, "--seed", "4"));
  const first = () => Deno.readTextFileSync(`${folder}/replaced/trace.jsonl`).split("\n")[0];
  const old = first();
  while (["", old].includes(first())) await new Promise((resolve) => setTimeout(resolve, 10));
  process.kill("SIGKILL");
  await ended(process);
  // nothing of the run before stands beside the new trace
  assert.deepEqual(namesIn("replaced"), ["run.json", "running", "trace.jsonl"]);
  assert.equal(readJSON("replaced/run.json").outcome.finished, false);
});

Deno.test("resuming a run that is finished changes nothing that it found", async () => {
  copy("robust", "again");
  for (const name of ["map.mrc", "poses.star", "run.json"]) {
    Deno.removeSync(`${folder}/again/${name}`);
  }
  const { code, out, error } = await run(reconstruct("again", ...ROBUST, "--resume"));
  assert.equal(code, 0, error);
  assert.equal(out, finished.out.replace("robust/", "again/"));
  for (const name of ["map.mrc", "poses.star", "trace.jsonl", "checkpoint"]) {
    assert.deepEqual(read(`again/${name}`), read(`robust/${name}`), name);
  }
  assert.deepEqual(readJSON("again/run.json"), readJSON("robust/run.json"));
});

Deno.test("resuming under other options names the difference and changes nothing", async () => {
  const before = contentsOf("robust");
  assert.match(
    await fails(1, reconstruct("robust", ...ROBUST, "--resume", "--prior", "flat")),
    /^Cannot resume: prior was /,
  );
  assert.match(
    await fails(1, reconstruct("robust", "--resume", "--optimizer", "sgd", ...COARSE)),
    /^Cannot resume: stage 3, wanted one of 1$/,
  );
  assert.deepEqual(contentsOf("robust"), before);
});

Deno.test({
  name: "Ctrl-C saves and ends with status 130; --resume goes on to the same bits",
  ignore: Deno.build.os === "windows",
  async fn() {
    // Noticed between two iterations, of which there are 40 to come.
    const process = start(reconstruct("stopped", ...ROBUST));
    const lines = () => {
      try {
        return Deno.readTextFileSync(`${folder}/stopped/trace.jsonl`).split("\n").length - 1;
      } catch {
        return 0;
      }
    };
    while (lines() < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    process.kill("SIGINT");
    const { code, out, error } = await ended(process);
    assert.deepEqual([code, out], [130, ""], error);
    const done = lines();
    assert.ok(done >= 3 && done < 43);
    assert.match(error, new RegExp(`\nSaved after ${done} of 43 iterations; .*--resume goes on`));
    assert.deepEqual(namesIn("stopped"), FILES.filter((name) => name !== "poses.star"));
    await checkMap("stopped/map.mrc");
    const { outcome } = readJSON("stopped/run.json");
    assert.deepEqual([outcome.finished, outcome.iterations], [false, done]);
    assert.equal(outcome.gradients, 20 * done);

    // a crash may have left records after the checkpoint, the last cut short
    const path = `${folder}/stopped/trace.jsonl`, kept = Deno.readTextFileSync(path);
    const more = JSON.stringify({ ...JSON.parse(kept.split("\n")[0]), t: done, train: 0 });
    Deno.writeTextFileSync(path, `${kept}${more}\n{"t":${done + 1},"gra`);
    const rest = await run(reconstruct("stopped", ...ROBUST, "--resume"));
    assert.equal(rest.code, 0, rest.error);
    assert.deepEqual(read("stopped/map.mrc"), read("robust/map.mrc"));
    assert.deepEqual(read("stopped/poses.star"), read("robust/poses.star"));
    assert.deepEqual(traceOf("stopped").map(untimed), traceOf("robust").map(untimed));
    const whole = readJSON("robust/run.json"), resumed = readJSON("stopped/run.json");
    assert.deepEqual(resumed.stages, whole.stages);
    const { seconds: _, ...found } = resumed.outcome, { seconds: __, ...wanted } = whole.outcome;
    assert.deepEqual(found, wanted);
  },
});

Deno.test({
  name: "Ctrl-C while images are being loaded ends with status 130 and no stack",
  ignore: Deno.build.os === "windows",
  async fn() {
    const process = start(reconstruct("early", ...ROBUST));
    // The plan is shown between the moment Ctrl-C is watched and that of the first image.
    const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let error = "";
    while (!error.includes("expected ")) error += (await reader.read()).value!;
    process.kill("SIGINT");
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      error += part.value;
    }
    await process.stdout.cancel();
    // Whether it was in time, or the first iterations were done already.
    assert.equal((await process.status).code, 130, error);
    assert.match(error, /\nStopping after this step; /);
    assert.doesNotMatch(error, /\n *at |AbortError/);
    const saved = namesIn("early").includes("checkpoint");
    assert.equal(error.includes("Saved after"), saved);
    assert.ok(saved || namesIn("early").length === 0);
  },
});

Deno.test("a checkpoint that is damaged or missing is one line that names it", async () => {
  copy("robust", "damaged");
  const bytes = read("damaged/checkpoint");
  bytes[bytes.length >> 1] ^= 4;
  Deno.writeFileSync(`${folder}/damaged/checkpoint`, bytes);
  const before = contentsOf("damaged");
  assert.match(
    await fails(1, reconstruct("damaged", ...ROBUST, "--resume")),
    /^Cannot read damaged\/checkpoint: its checksum is wrong, wanted an undamaged file$/,
  );
  assert.deepEqual(contentsOf("damaged"), before);
  Deno.removeSync(`${folder}/damaged/checkpoint`);
  assert.match(
    await fails(1, reconstruct("damaged", ...ROBUST, "--resume")),
    /^Cannot resume from damaged\/checkpoint: /,
  );
});

Deno.test("numbers that do not fit the set are refused with what would", async () => {
  const held = (...more: string[]) => [
    ...["reconstruct", "set/particles.star", "--out", "unfit", "--overwrite"],
    ...more,
  ];
  for (const setting of ["robust", "paper"]) {
    for (const more of [[], ["--epochs", "2"]]) {
      assert.match(
        await fails(1, held("--setting", setting, "--held-out", "200", ...more)),
        /^Cannot split the images: 160 images, wanted at least 300 \(200 held out \+ a minibatch of/,
      );
    }
    assert.match(
      await fails(1, held("--setting", setting, "--max-resolution", "23", "--batch-size", "20")),
      /^Cannot use --max-resolution 23: wanted no finer than Nyquist, 24 A$/,
    );
  }
  assert.match(
    await fails(1, held("--work-box", "18", "--batch-size", "20")), // r = 6.4 fits, 10 does not
    /^Cannot plan a run: work box 18, wanted an even number from 22 to 24$/,
  );
  await writeVolume(`${folder}/small.mrc`, createPhantom("enzyme", { boxSize: 24, pixelSize: 11 }));
  assert.match(
    await failsLater(1, reconstruct("other", ...COARSE, "--init", "small.mrc")),
    /^Cannot start from the map: it spans 264.0 A, wanted the images' 288.0 A$/,
  );
});

Deno.test("images that cannot be used are named: a missing file, a NaN, a constant image", async () => {
  const bytes = read("set/particles.mrcs"), star = read("set/particles.star");
  const use = (name: string, change: (pixels: Float32Array) => void) => {
    const changed = bytes.slice();
    change(new Float32Array(changed.buffer, 1024));
    Deno.mkdirSync(`${folder}/${name}`);
    Deno.writeFileSync(`${folder}/${name}/particles.mrcs`, changed);
    Deno.writeFileSync(`${folder}/${name}/particles.star`, star);
    const [command, , ...rest] = reconstruct(`${name}-out`, ...COARSE);
    return [command, `${name}/particles.star`, ...rest];
  };
  const at = (image: number, y: number, x: number) => ((image - 1) * 24 + y) * 24 + x;
  for (const [name, where] of [["centre", at(41, 12, 12)], ["corner", at(160, 0, 0)]] as const) {
    const line = await fails(1, use(name, (pixels) => pixels[where] = NaN));
    assert.match(line, name === "centre" ? /\b41\b/ : /\b160\b/);
    assert.match(line, /NaN/);
  }
  assert.match(
    await fails(1, use("constant", (pixels) => pixels.fill(2.5, at(7, 0, 0), at(8, 0, 0)))),
    /^Cannot use image 7 of constant\/particles.mrcs: all pixels are 2.5, wanted an image$/,
  );
  const args = use("missing", () => {});
  Deno.removeSync(`${folder}/missing/particles.mrcs`);
  assert.match(
    await fails(1, args),
    /^Cannot open missing\/particles.star: 1 of 1 image files not found \(particles.mrcs\)/,
  );
});

Deno.test("black particles are found to be black, and give the map of the white ones", async () => {
  const bytes = read("set/particles.mrcs"), pixels = new Float32Array(bytes.buffer, 1024);
  for (let i = 0; i < pixels.length; i++) pixels[i] = -pixels[i];
  Deno.mkdirSync(`${folder}/black`);
  Deno.writeFileSync(`${folder}/black/particles.mrcs`, bytes);
  Deno.writeFileSync(`${folder}/black/particles.star`, read("set/particles.star"));
  const mapOf = async (out: string, ...more: string[]) => {
    const [command, set, ...rest] = reconstruct(out, ...COARSE);
    const particles = more.length > 0 ? "black/particles.star" : set;
    const { code, error } = await run([command, particles, ...rest, ...more]);
    assert.equal(code, 0, error);
    const contrast = error.split("\n").find((line) => line.startsWith("contrast "));
    return { map: read(`${out}/map.mrc`).subarray(1024), contrast };
  };
  const white = await mapOf("white-map"), black = await mapOf("black-map", "--contrast", "auto");
  assert.match(white.contrast!, /^contrast {5}white particles: their centres lie 1\.\d+ ± 0\.\d+ /);
  assert.match(black.contrast!, /^contrast {5}black particles: .*; their sign is changed$/);
  assert.deepEqual(black.map, white.map);
  const wrong = await mapOf("wrong-map", "--contrast", "white");
  assert.match(
    wrong.contrast!,
    /^contrast {5}warning: white particles as asked for, but the images look bl/,
  );
  assert.notDeepEqual(wrong.map, white.map);
});
