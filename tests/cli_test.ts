import assert from "node:assert/strict";
import denoJSON from "../deno.json" with { type: "json" };
import { createPhantom } from "../lib/phantom.ts";
import { openParticles } from "../lib/formats/registry.ts";
import { readVolume } from "../lib/formats/mrc.ts";
import { writeVolume } from "../lib/formats/mrc_write.ts";
import { findParticles } from "../lib/formats/particle_table.ts";
import { parseSTAR } from "../lib/formats/star.ts";
import { simulate } from "../lib/simulate.ts";
import { VERSION } from "../lib/version.ts";
import { NO_GPU } from "./no_gpu.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

/** Starts what moves a terminal's cursor or changes its colours. */
const ESCAPE = "\x1b";

/** Runs the program the way it is documented; output is no terminal. */
async function run(
  args: readonly string[],
  { cwd, permissions = ["--allow-read", `--allow-write=${cwd}`] }: {
    cwd?: string;
    permissions?: readonly string[];
  } = {},
) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...permissions, "--frozen", CLI, ...args],
    cwd,
    // the same backend on every machine
    env: NO_GPU,
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

/** Asserts that a run fails with a status and exactly one line, which it returns. */
async function fails(
  status: number,
  args: readonly string[],
  options: Parameters<typeof run>[1],
): Promise<string> {
  const { code, out, error } = await run(args, options);
  assert.equal(out, "", args.join(" "));
  assert.match(error, /^Cannot [^\n]*\n$/, args.join(" "));
  assert.equal(code, status, args.join(" "));
  return error.trimEnd();
}

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const inFolder = { cwd: folder };

const SET = "--phantom enzyme --box 32 --pixel-size 6 --snr 0.1 --shift-sigma 1 --seed 3".split(
  " ",
);

Deno.test("simulate writes the set that the library makes; info describes all of it", async () => {
  const { code, out, error } = await run(
    ["simulate", ...SET, "--count", "20", "--out", "set"],
    inFolder,
  );
  assert.equal(code, 0, error);
  assert.match(out, /^set\/particles.star: 20 images, 32 x 32 px of 6 A, SNR 0.1\n$/);
  assert.ok(!error.includes("\r") && !error.includes(ESCAPE));
  const names = [...Deno.readDirSync(`${folder}/set`)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["particles.mrcs", "particles.star", "truth.mrc", "truth.star"]);

  const expected = simulate({
    map: createPhantom("enzyme", { boxSize: 32, pixelSize: 6 }),
    count: 20,
    snr: 0.1,
    shiftSigma: 1,
    seed: 3,
  });
  using set = await openParticles(`${folder}/set/particles.star`);
  using truth = await openParticles(`${folder}/set/truth.star`);
  assert.equal(set.pixelSize, 6);
  assert.deepEqual(
    await set.read([19, 0]),
    Float32Array.of(...expected.image(19), ...expected.image(0)),
  );
  assert.equal(set.poses, undefined);
  for (let i = 0; i < 20; i++) {
    const { ctf, pose } = expected.particle(i);
    // STAR files hold six decimals: half of the last, degrees and A.
    assert.ok(Math.abs(set.ctf(i).defocusU - ctf.defocusU) < 6e-7);
    assert.ok(Math.abs(set.ctf(i).defocusAngle - ctf.defocusAngle) < 6e-7);
    const { rotation, shift } = truth.poses![i];
    rotation.forEach((r, j) => assert.ok(Math.abs(r - pose.rotation[j]) < 1e-7, `pose ${i}`));
    shift.forEach((t, j) => assert.ok(Math.abs(t - pose.shift[j]) < 1e-6, `shift ${i}`));
  }
  assert.deepEqual((await readVolume(`${folder}/set/truth.mrc`)).voxels, expected.truth.voxels);

  for (const name of names) {
    const { code, out, error } = await run(["info", `set/${name}`], inFolder);
    assert.equal(code, 0, error);
    assert.match(out, /32 x 32/);
    assert.ok(!(out + error).includes(ESCAPE));
    const { format, entries } = JSON.parse(
      (await run(["info", `set/${name}`, "--json"], inFolder)).out,
    );
    assert.ok(out.startsWith(`set/${name}: ${format}\n`) && entries.length > 3);
  }
});

Deno.test("truth.star says which images are junk and how strong each is; particles.star does not", async () => {
  const options = ["--noise-decay", "4", "--junk", "0.4", "--amplitude-spread", "0.2"];
  const made = await run(
    ["simulate", ...SET, ...options, "--count", "12", "--out", "mixed"],
    inFolder,
  );
  assert.equal(made.code, 0, made.error);
  const expected = simulate({
    map: createPhantom("enzyme", { boxSize: 32, pixelSize: 6 }),
    count: 12,
    snr: 0.1,
    shiftSigma: 1,
    seed: 3,
    noiseDecay: 4,
    junk: { share: 0.4, other: createPhantom("cylinder", { boxSize: 32, pixelSize: 6 }) },
    amplitudeSpread: 0.2,
  });
  using set = await openParticles(`${folder}/mixed/particles.star`);
  using truth = await openParticles(`${folder}/mixed/truth.star`);
  const tableOf = (name: string) =>
    findParticles(parseSTAR(Deno.readTextFileSync(`${folder}/mixed/${name}`), name));
  const kinds = tableOf("truth.star").strings("vitreousKind");
  assert.ok(new Set(kinds).size > 2);
  assert.ok(!tableOf("particles.star").has("vitreousKind"));
  for (let i = 0; i < 12; i++) {
    assert.equal(kinds[i], expected.particle(i).kind);
    assert.equal(set.ctf(i).scale, 1);
    assert.ok(Math.abs(truth.ctf(i).scale - expected.particle(i).ctf.scale) < 6e-7);
    assert.deepEqual(await set.read([i]), expected.image(i));
  }
});

Deno.test("simulate takes a map, on its own grid or another, and refuses to write over a set", async () => {
  const map = createPhantom("cylinder", { boxSize: 24, pixelSize: 8 });
  await writeVolume(`${folder}/map.mrc`, map);
  const make = (
    ...rest: string[]
  ) => ["simulate", "--map", "map.mrc", "--count", "2", "--snr", "1", ...rest];
  assert.equal((await run(make("--out", "own"), inFolder)).code, 0);
  const own = await readVolume(`${folder}/own/truth.mrc`);
  assert.deepEqual([own.boxSize, own.pixelSize], [24, 8]);
  assert.match(
    await fails(1, make("--out", "own"), inFolder),
    /^Cannot write to own: it holds 4 files, wanted an empty folder or --overwrite$/,
  );
  const again = await run(
    make("--out", "own", "--overwrite", "--pixel-size", "5", "--box", "32"),
    inFolder,
  );
  assert.equal(again.code, 0);
  assert.match(
    again.error,
    /^Note: of the 192 A of map.mrc, the 160 A about the centre are kept.\n/,
  );
  const other = await readVolume(`${folder}/own/truth.mrc`);
  assert.deepEqual([other.boxSize, other.pixelSize], [32, 5]);
});

Deno.test("evaluate finds a map to be itself; its JSON says the same as its text", async () => {
  const map = createPhantom("enzyme", { boxSize: 16, pixelSize: 10 });
  await writeVolume(`${folder}/truth.mrc`, map);
  const line = [
    "evaluate",
    "truth.mrc",
    "truth.mrc",
    "--mask",
    "70",
    "--out",
    "aligned.mrc",
    "--json",
  ];
  const { code, out, error } = await run(line, inFolder);
  assert.equal(code, 0, error);
  assert.equal(error, "");
  const result = JSON.parse(out);
  assert.ok(result.fsc.length === 9 && result.fsc.every((c: number) => c > 0.99), `${result.fsc}`);
  assert.equal(result.resolutionHalf, 20);
  assert.ok(result.correlation > 0.9999);
  assert.equal(result.mirrored, false);
  const aligned = await readVolume(`${folder}/aligned.mrc`);
  // A motion of 0.5 degrees at 8 px moves 0.07 px: 5 % of the largest voxel at most.
  const largest = map.voxels.reduce((most, v) => Math.max(most, v));
  assert.ok(aligned.voxels.every((v, i) => Math.abs(v - map.voxels[i]) < 0.05 * largest));
  const text = (await run(["evaluate", "truth.mrc", "truth.mrc", "--mask", "70"], inFolder)).out;
  assert.match(
    text,
    /^resolution +20.0 A \(Nyquist\) at FSC 0.5, 20.0 A \(Nyquist\) at FSC 0.143\n/,
  );
  assert.match(text, /\nhand +the same/);
  assert.ok(text.endsWith(`\n    8      20.0   ${result.fsc[8].toFixed(3)}\n`), text);
});

Deno.test("bad input ends with status 1 and one line", async () => {
  await Deno.writeTextFile(`${folder}/text.mrc`, "not a map\n");
  await Deno.writeTextFile(`${folder}/file`, "");
  await writeVolume(`${folder}/small.mrc`, createPhantom("enzyme", { boxSize: 16, pixelSize: 10 }));
  await writeVolume(`${folder}/wide.mrc`, createPhantom("enzyme", { boxSize: 16, pixelSize: 12 }));
  const simulation = ["simulate", ...SET, "--count", "2"];
  for (
    const args of [
      ["info", "nowhere.star"],
      ["info", "text.mrc"],
      ["info", "."],
      ["evaluate", "small.mrc", "text.mrc"],
      ["evaluate", "small.mrc", "wide.mrc"],
      ["evaluate", "small.mrc", "small.mrc", "--mask", "-3"],
      ["evaluate", "small.mrc", "small.mrc", "--mask", "wide.mrc"],
      ["evaluate", "small.mrc", "small.mrc", "--out", "/aligned.mrc"],
      [...simulation, "--out", "file"],
      [...simulation, "--out", "file/below"],
      ["simulate", "--map", "text.mrc", "--count", "2", "--snr", "1", "--out", "none"],
    ]
  ) await fails(1, args, inFolder);
});

Deno.test("a missing permission is one line that says what to allow", async () => {
  const make = ["simulate", ...SET, "--count", "2", "--out", "denied"];
  const read = { ...inFolder, permissions: ["--allow-read"] };
  assert.match(
    await fails(1, make, read),
    /^Cannot write denied: not allowed, run with --allow-write=denied$/,
  );
  assert.match(
    await fails(1, ["info", "set/truth.mrc"], { ...inFolder, permissions: [] }),
    /^Cannot read set\/truth.mrc: not allowed, run with --allow-read$/,
  );
});

Deno.test("a command line that makes no sense ends with status 2 and one line", async () => {
  const make = ["simulate", "--count", "2", "--snr", "1", "--out", "none"];
  const hints = [
    [["simulat"], /unknown command 'simulat' \(Did you mean simulate\?\)$/],
    [["info", "x.star", "--jsn"], /unknown option '--jsn' \(Did you mean --json\?\)$/],
    [["info"], /^Cannot run info without FILE or --devices: wanted one of them$/],
    [["info", "x.star", "--devices"], /^Cannot run info on both FILE and --devices: wanted one/],
    [[...make], /^Cannot run with none of --map, --phantom, --pdb and --cif: wanted one/],
    [[...make, "--map", "x.mrc", "--phantom", "enzyme"], /^Cannot run with both of/],
    [
      [...make, "--phantom", "enzime"],
      /^Cannot use --phantom enzime: did you mean enzyme\? wanted one of cylinder, enzyme$/,
    ],
    [[...make, "--phantom", "enzyme", "--box", "32"], /^Cannot run without --pixel-size A/],
    [[...make, ...SET, "--box", "31"], /^Cannot use --box 31: wanted an even number from 8 to/],
    [[...make, ...SET, "--snr", "0"], /^Cannot use --snr 0: wanted a number above 0$/],
    [[...make, ...SET, "--defocus-min", "4e4"], /^Cannot use --defocus-max 35000: wanted/],
    [["simulate", ...SET, "--snr", "1", "--out", "x"], /^Cannot run without --count K/],
  ] as const;
  for (const [args, message] of hints) assert.match(await fails(2, args, inFolder), message);
});

Deno.test({
  name: "Ctrl-C ends simulate with status 130 and a complete set of the images made so far",
  ignore: Deno.build.os === "windows",
  async fn() {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-read", "--allow-write=long", "--frozen", CLI].concat(
        ["simulate", "--phantom", "enzyme", "--box", "8", "--pixel-size", "10"],
        ["--snr", "1", "--count", "100000000", "--out", "long"],
      ),
      cwd: folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // The stack is opened once Ctrl-C is watched.
    while (!await Deno.stat(`${folder}/long/particles.mrcs.partial`).catch(() => undefined)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    process.kill("SIGINT");
    const { code, stdout } = await process.output();
    assert.equal(code, 130);
    using set = await openParticles(`${folder}/long/particles.star`);
    assert.ok(set.count > 0 && set.count < 1e8);
    assert.match(new TextDecoder().decode(stdout), new RegExp(`: ${set.count} images`));
  },
});

Deno.test("help and version need no permission and have no escape codes", async () => {
  const none = { ...inFolder, permissions: [] };
  for (const args of [[], ["--help"], ["help", "simulate"], ["info", "--help"]]) {
    const { code, out, error } = await run(args, none);
    assert.deepEqual([code, error], [0, ""]);
    assert.match(out, /^Usage: vitreous/);
    assert.ok(!out.includes(ESCAPE));
  }
  assert.equal((await run(["--version"], none)).out, `${VERSION}\n`);
});

Deno.test("the version is that of deno.json", () => {
  assert.equal(VERSION, denoJSON.version);
});
