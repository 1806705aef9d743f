import assert from "node:assert/strict";
import { bandCorrelation } from "../lib/compare/judge.ts";
import type { ComparisonSummary } from "../lib/compare/summary.ts";
import type { TrialRecord } from "../lib/compare/trial.ts";
import { readVolume } from "../lib/formats/mrc.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;
const PROGRAM = ["run", "--quiet", "--allow-read", "--allow-write=.", "--frozen", CLI];

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Runs the program the way it is documented; output is no terminal. */
function start(args: readonly string[]) {
  return new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, ...args],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function run(args: readonly string[]) {
  const { code, stdout, stderr } = await start(args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

/** Asserts that a run fails with its last line and prints nothing. */
async function fails(status: number, args: readonly string[], wanted: RegExp) {
  const { code, out, error } = await run(args);
  assert.deepEqual([code, out], [status, ""], error);
  assert.match(error.trimEnd().split("\n").at(-1)!, wanted);
}

const read = (path: string) => Deno.readTextFileSync(`${folder}/${path}`);
const summaryIn = (out: string): ComparisonSummary => JSON.parse(read(`${out}/summary.json`));
const traceIn = (out: string): TrialRecord[] =>
  read(`${out}/trace.jsonl`).trimEnd().split("\n").map((line) => JSON.parse(line));
/** A summary without what differs from run to run of the same numbers: times, and the backend. */
const untimed = ({ methods, backend: _, ...rest }: ComparisonSummary) => ({
  ...rest,
  methods: methods.map((m) => ({
    ...m,
    runs: m.runs.map((r) => ({ ...r, seconds: 0, overhead: 0 })),
  })),
});

const made = await run(
  ["simulate", "--phantom", "enzyme", "--box", "24", "--pixel-size", "12"].concat(
    ["--count", "300", "--snr", "0.3", "--out", "set"],
  ),
);
assert.equal(made.code, 0, made.error);

const on = (out: string, ...more: string[]) => [
  ...["compare", "set/particles.star", "--max-resolution", "60", "--held-out", "20"],
  ...["--backend", "cpu", "--threads", "2", "--out", out, ...more],
];
const PAIR = ["--optimizers", "sgd,adam", "--seeds", "2", "--epochs", "2"];
const whole = await run(on("pair", ...PAIR));

Deno.test("compare tunes, runs, and writes traces, maps, a summary and a report", async () => {
  assert.equal(whole.code, 0, whole.error);
  assert.match(
    whole.out,
    /^method +rate +NLL +FSC 0.5, A +success +gradients +seconds +state\nsgd +learningRate [\d.]+( \(edge\))? +[\d.]+ \+- [\d.]+ +- /,
  );
  const summary = summaryIn("pair"), { problem, methods, budget } = summary;
  assert.deepEqual(budget, { unit: "evals", amount: 560, epochs: 2 });
  assert.deepEqual([problem.count, problem.heldOut, problem.truth], [300, 20, null]);
  assert.deepEqual(methods.map(({ name }) => name), ["sgd", "adam"]);
  for (const { name, runs, tuning, stateBytes, hyperparameters } of methods) {
    assert.equal(tuning!.parameter, "learningRate");
    assert.ok(tuning!.gradients <= 6 * 560 && tuning!.candidates.length >= 5);
    const best = tuning!.candidates.reduce((a, b) => b.test! < a.test! ? b : a);
    assert.equal(best.value, tuning!.chosen);
    assert.ok(hyperparameters.learningRate.startsWith(String(tuning!.chosen).slice(0, 4)));
    assert.equal(stateBytes > 0, name === "adam");
    runs.forEach((r, seed) => {
      assert.deepEqual([r.seed, r.status, r.gradients, r.iterations], [seed, "done", 500, 5]);
      assert.ok(r.overhead! > 0 && r.overhead! < 1 && r.flop > 0);
      const trace = traceIn(`pair/${name}/${seed}`);
      assert.equal(trace.length, 5);
      assert.equal(trace.at(-1)!.test, r.test);
      assert.deepEqual([r.resolution, r.correlation], [null, null]);
      assert.deepEqual(r.maps, [{ gradients: 500, file: `${name}/${seed}/map.mrc` }]);
    });
    // two seeds differ in start and held-out images
    assert.notEqual(runs[0].test, runs[1].test);
    const map = await readVolume(`${folder}/pair/${name}/0/map.mrc`);
    assert.deepEqual([map.boxSize, map.pixelSize], [24, 12]);
  }
  assert.match(read("pair/report.html"), /^<!DOCTYPE html>/);
});

Deno.test("with a truth, maps are laid on it and compared with it", async () => {
  const { code, out, error } = await run(
    on("judged", "--truth", "set/truth.mrc", "--optimizers", "preconditioned", "--no-tune")
      .concat("--epochs", "8", "--setting", "robust"),
  );
  assert.equal(code, 0, error);
  const { problem, methods: [{ runs: [found], tuning }] } = summaryIn("judged");
  assert.deepEqual([problem.truth, tuning], ["truth.mrc", null]);
  assert.match(out, /of the truth [\d.]+\n/);
  // at SNR 0.3 nothing can explain held-out images much better than the truth
  assert.ok(problem.truthTest[0]! < found.test! + 1, `${problem.truthTest} ${found.test}`);
  assert.ok(found.resolution! <= 100 && found.correlation! > 0.8, JSON.stringify(found));
  const [map, truth] = await Promise.all(
    ["preconditioned/0/map.mrc", "truth.mrc"].map((name) => readVolume(`${folder}/judged/${name}`)),
  );
  const radius = 24 * 12 / 60;
  assert.ok(Math.abs(bandCorrelation(map, truth, radius) - found.correlation!) < 1e-6);
});

Deno.test("methods of a seed get the same images: the same start, so the same first minibatch's f", () => {
  for (const seed of [0, 1]) {
    const [sgd, adam] = ["sgd", "adam"].map((name) => traceIn(`pair/${name}/${seed}`)[0]);
    assert.equal(sgd.train, adam.train);
  }
});

Deno.test("side by side gives the same numbers; --against says so", async () => {
  const { code, out, error } = await run(
    on("besides", ...PAIR, "--jobs", "2", "--against", "pair"),
  );
  assert.equal(code, 0, error);
  assert.deepEqual(untimed(summaryIn("besides")), untimed(summaryIn("pair")));
  const lines = out.split("\n").filter((line) => /held-out NLL/.test(line));
  assert.equal(lines.filter((line) => line.endsWith("the same")).length, 2, out);
  await fails(
    1,
    on("x", "--optimizers", "sgd", "--no-tune", "--epochs", "1", "--against", "set"),
    /^Cannot compare with set: no set\/summary.json, wanted a summary of a comparison$/,
  );
});

/** Waits until a file holds something. */
async function written(path: string): Promise<void> {
  const size = () => Deno.stat(`${folder}/${path}`).then((s) => s.size, () => 0);
  while (await size() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("Ctrl-C saves tuning and runs; --resume ends at the same summary, and methods can be added", async () => {
  const long = ["--optimizers", "sgd", "--epochs", "60", "--tune-gradients", "3000"];
  const wanted = await run(on("long", ...long));
  assert.equal(wanted.code, 0, wanted.error);
  const stops: string[] = [];
  for (const [i, until] of ["Tuning", "Running"].entries()) {
    const process = start(on("broken", ...long, ...i ? ["--resume"] : [])),
      reader = process.stderr
        .pipeThrough(new TextDecoderStream()).getReader();
    let error = "";
    for (let sent = false;;) {
      const { value, done } = await reader.read();
      if (done) break;
      error += value;
      // the plan comes first; what is begun last is a run, when its first record is there
      const begun = i === 0 ? error.includes("expected ") : error.includes("Tuning 3000");
      if (!begun || sent) continue;
      sent = true;
      if (i > 0) await written("broken/sgd/0/trace.jsonl");
      try {
        process.kill("SIGINT");
      } catch {
        // it has ended
      }
    }
    const { code } = await process.status;
    await process.stdout.cancel();
    assert.equal(code, 130, error);
    assert.match(error, /Saved in broken; the same command with --resume goes on from there\.\n$/);
    stops.push(`${until} ${summaryIn("broken").methods[0].runs[0].status}`);
  }
  assert.deepEqual(stops, ["Tuning missing", "Running interrupted"]);
  assert.ok(traceIn("broken/sgd/0").length < traceIn("long/sgd/0").length);
  assert.match(read("broken/report.html"), /interrupted/);
  const more = ["--optimizers", "sgd,dog", ...long.slice(2), "--resume"];
  const resumed = await run(on("broken", ...more));
  assert.equal(resumed.code, 0, resumed.error);
  const [found, goal] = ["broken", "long"].map((out) => untimed(summaryIn(out)));
  assert.deepEqual(found.methods[0], goal.methods[0]);
  assert.deepEqual(found.methods.map(({ name, tuning }) => [name, tuning === null]), [
    ["sgd", false],
    ["dog", true],
  ]);
  await fails(
    1,
    on("broken", ...long.slice(0, 2), "--epochs", "30", "--tune-gradients", "3000", "--resume"),
    /^Cannot resume: budget was {"unit":"evals","amount":16800}, is {"unit":"evals","amount":8400}$/,
  );
});

Deno.test("a run that diverges is kept and reported, and the others go on", async () => {
  const { code, out, error } = await run(
    on("mad", "--optimizers", "sgd,dog", "--epochs", "2", "--json", "--no-tune")
      .concat("--hyperparameters", "sgd.learningRate=1e12", "--baselines", "projectionMatching"),
  );
  assert.equal(code, 0, error);
  const summary: ComparisonSummary = JSON.parse(out);
  assert.deepEqual(summary, summaryIn("mad"));
  const [sgd, dog, matching] = summary.methods;
  assert.equal(sgd.runs[0].status, "diverged");
  assert.match(sgd.runs[0].reason!, /^Cannot go on: iteration 2 gave f = NaN/);
  assert.equal(dog.runs[0].status, "done");
  assert.deepEqual([matching.kind, matching.runs[0].iterations], ["baseline", 5]);
  assert.deepEqual([matching.runs[0].forwards, matching.runs[0].overhead], [0, null]);
  assert.match(error, /\nsgd, seed 0, diverged: Cannot go on/);
});

Deno.test("tune prints what it tried and says what has no rate", async () => {
  const { code, out, error } = await run([
    ...["tune", "set/particles.star", "--optimizer", "sgd,dog", "--gradients", "1200"],
    ...["--held-out", "20", "--max-resolution", "60", "--backend", "cpu", "--setting", "robust"],
  ]);
  assert.equal(code, 0, error);
  const lines = out.trimEnd().split("\n");
  assert.match(lines[0], /^sgd: learningRate [\d.]+, by held-out NLL, 1[012]00 image gradients/);
  assert.equal(lines.filter((line) => line.endsWith("chosen")).length, 1);
  assert.match(lines.at(-1)!, /^dog: not tuned/);
});

Deno.test("what cannot be done is said in one line, before anything is made", async () => {
  const cases: [string[], RegExp][] = [
    [["compare", "paper-sythetic", "--out", "x"], /did you mean paper-synthetic\? wanted one of/],
    [on("x", "--optimizers", "sgd,momentun"), /no momentun is known, did you mean momentum\?/],
    [on("x", "--optimizers", "sgd,sgd"), /: sgd twice, wanted it once$/],
    [on("x", "--baselines", "batchME"), /did you mean batchEM\?/],
    [on("x", "--epochs", "0"), /^Cannot use --epochs 0: wanted a number above 0$/],
    [on("x", "--budget", "seconds"), /without --seconds S: wanted how many$/],
    [on("x", "--seconds", "3"), /^Cannot use --seconds with --budget evals/],
    [on("x", "--no-tune", "--tune-gradients", "9"), /^Cannot run with both --no-tune and/],
    [on("x", "--hyperparameters", "sgd.learningRate=anealing:1"), /kind anealing, wanted one of/],
    [on("x", "--hyperparameters", "learningRate=1"), /wanted METHOD.NAME=SCHEDULE$/],
    [on("x", "--hyperparameters", "sgd.learningRat=1"), /did you mean learningRate\?/],
    [on("x", "--hyperparameters", "dog.reach=1"), /dog does not take part, /],
    [
      ["compare", "paper-synthetic", "--prior", "flat", "--out", "x"],
      /^Cannot use --prior with paper-synthetic: it has its own, wanted a file of particles$/,
    ],
    [["tune", "set/particles.star", "--optimizer", "dof"], /did you mean dog\?/],
  ];
  const found = await Promise.all(cases.map(([args]) => run(args)));
  found.forEach(({ code, out, error }, i) => {
    assert.deepEqual([code, out], [2, ""], error);
    assert.match(error, /^Cannot [^\n]*\n$/);
    assert.match(error.trimEnd(), cases[i][1]);
  });
  await fails(
    1,
    on("few", "--optimizers", "sgd", "--epochs", "0.1"),
    /^Cannot compare on 28 image gradients \(0.1 epochs\): wanted at least a minibatch of 100$/,
  );
  await fails(
    1,
    on("few2", "--optimizers", "sgd", "--tune-gradients", "60"),
    /^Cannot tune sgd with 60 image gradients: 10 for each of 6 runs, wanted at least a minibatch/,
  );
  await fails(
    1,
    on("many", "--optimizers", "sgd", "--count", "301"),
    /^Cannot use --count 301: set\/particles.star holds 300 images, wanted no more$/,
  );
  await fails(
    1,
    on("few3", "--optimizers", "sgd", "--seeds", "20"),
    /^Cannot tune: \d+ of 300 images are never held out, wanted 120 or more/,
  );
});
