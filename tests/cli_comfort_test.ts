import assert from "node:assert/strict";
import { statuses } from "../lib/cli/status.ts";
import { createCLIFolder } from "./cli_folder.ts";
import { NO_GPU } from "./no_gpu.ts";

const ESCAPE = "\x1b";

const { folder, program, run } = await createCLIFolder();

const SET = "simulate --phantom enzyme --box 16 --pixel-size 10 --count 60 --snr 0.5".split(" ");
const TRY = ["--max-resolution", "50", "--held-out", "10", "--batch-size", "10", "--epochs", "1"];

/** The lines of a log, each an object. */
const logOf = (text: string) =>
  text.trimEnd().split("\n").map((line): Record<string, unknown> => {
    const entry = JSON.parse(line);
    assert.match(entry.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    return entry;
  });

Deno.test("--quiet says nothing but results; what goes wrong is said all the same", async () => {
  const loud = await run(...SET, "--out", "set"),
    quiet = await run(...SET, "--out", "set2", "--quiet");
  assert.match(loud.error, /^Simulating 60\/60 images done/);
  assert.deepEqual([quiet.code, quiet.error], [0, ""]);
  assert.equal(quiet.out, loud.out.replaceAll("set/", "set2/"));
  const failed = await run("--quiet", ...SET, "--out", "set");
  assert.equal(failed.code, 1);
  assert.match(failed.error, /^Cannot write to set: it holds 4 files[^\n]*\n$/);
});

Deno.test("--log-format json: plan, every record of the trace, progress and failures, an object a line", async () => {
  const { code, out, error } = await run(
    ...["--log-format", "json", "reconstruct", "set/particles.star", "--out", "run", ...TRY],
  );
  assert.equal(code, 0, error);
  assert.match(out, /^run\/map.mrc: 16\^3 voxels/); // results as ever
  const log = logOf(error);
  assert.ok(log.every(({ level }) => level === "info"));
  const of = (event: string) => log.filter((entry) => entry.event === event);
  const [plan] = of("plan");
  assert.deepEqual([plan.images, plan.heldOut, plan.batchSize, plan.stage], [60, 10, 10, 0]);
  assert.match(plan.text as string, /^images {7}60 of 16 x 16 px[^]*\nbackend {6}cpu: /);
  const trace = (await Deno.readTextFile(`${folder}/run/trace.jsonl`)).trimEnd().split("\n");
  assert.equal(trace.length, plan.iterations);
  assert.deepEqual(
    of("trace").map(({ time: _, level: __, event: ___, ...record }) => record),
    trace.map((line) => JSON.parse(line)),
  );
  assert.deepEqual(of("done").map(({ label }) => label), [
    "Loading",
    "Reconstructing",
    "Assigning poses to",
  ]);
  for (const { done, total } of of("done")) assert.equal(done, total);

  const failed = await run("info", "nowhere.star", "--log-format=json");
  assert.deepEqual([failed.code, failed.out], [1, ""]);
  const [{ time: _, ...failure }] = logOf(failed.error);
  assert.deepEqual({ ...failure, text: "" }, { level: "error", event: "failure", text: "" });
  assert.match(failure.text as string, /^Cannot .*nowhere\.star/);

  const silent = await run(
    ...["--log-format", "json", "--quiet", ...SET, "--out", "set3"],
  );
  assert.deepEqual([silent.code, silent.error], [0, ""]);
});

Deno.test("options of every command that lack a value, or have a wrong one, are a usage error", async () => {
  const missing = await run("info", "x.star", "--log-format");
  assert.deepEqual(
    [missing.code, missing.error],
    [2, "Cannot run: option '--log-format' argument missing\n"],
  );
  const wrong = await run("--log-format", "jsn", "info", "x.star");
  assert.deepEqual(
    [wrong.code, wrong.error],
    [2, "Cannot use --log-format jsn: did you mean json? wanted one of text, json\n"],
  );
});

Deno.test("a configuration gives options, and one line says what is wrong with it", async () => {
  const config = { $schema: "reconstruct.json", "max-resolution": 50, "held-out": 10, epochs: 1 };
  const read = async (content: object, ...more: string[]) => {
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(content));
    return await run(
      ...["reconstruct", "set/particles.star", "--config", "config.json", ...more],
    );
  };
  const { code, error } = await read(
    { ...config, "batch-size": 10, out: "configured", overwrite: true },
    ...["--seed", "3"],
  );
  assert.equal(code, 0, error);
  const { stages } = JSON.parse(await Deno.readTextFile(`${folder}/configured/run.json`));
  assert.deepEqual([stages[0].heldOut, stages[0].batchSize, stages[0].seed], [10, 10, 3]);
  for (
    const [content, message] of [
      [{ epoch: 1 }, '"epoch" is no option, did you mean epochs? wanted one of out, '],
      [{ epochs: "1" }, '"epochs" is "1", wanted a number above 0'],
      [{ overwrite: 1 }, '"overwrite" is 1, wanted true or false'],
      [
        { setting: "robst" },
        '"setting" is "robst", did you mean robust? wanted one of robust, paper',
      ],
    ] as const
  ) {
    const { code, error } = await read(content, "--out", "none");
    assert.equal(code, 2);
    assert.ok(error.startsWith(`Cannot read config.json: ${message}`), error);
    assert.match(error, /^[^\n]*\n$/);
  }
});

Deno.test("the help lists every exit status", async () => {
  const { out } = await run("--help");
  for (const { status, means } of statuses) {
    assert.ok(out.includes(`  ${status} `) && out.includes(means));
  }
});

/** util-linux's: runs a command at a terminal, and passes on what it shows. */
const script = "/usr/bin/script";
const hasScript = await Deno.stat(script).then(() => true, () => false);

Deno.test({
  name: "at a terminal failures are red and progress is drawn, without colours under NO_COLOR",
  ignore: !hasScript || Deno.build.os !== "linux",
  async fn() {
    const shown = async (args: string[], env: Record<string, string>) => {
      const line = [Deno.execPath(), ...program, ...args].join(" ");
      const { stdout } = await new Deno.Command(script, {
        args: ["--quiet", "--return", "--command", line, "/dev/null"],
        cwd: folder,
        // the library's own colours are not asked about
        env: { ...NO_GPU, NO_COLOR: "", ...env },
        stdin: "null",
      }).output();
      return new TextDecoder().decode(stdout);
    };
    const wrong = ["info", "nowhere.star"];
    const red = await shown(wrong, {});
    assert.match(red.replaceAll(ESCAPE, "ESC"), /^ESC\[31mCannot read nowhere\.star.*ESC\[39m/);
    const plain = await shown(wrong, { NO_COLOR: "1" });
    assert.match(plain, /^Cannot read nowhere\.star/);
    assert.ok(!plain.includes(ESCAPE));

    const drawn = await shown([...SET, "--out", "drawn"], { NO_COLOR: "1" });
    assert.ok(drawn.includes(`\r${ESCAPE}[K`)); // a line taken back, no colour
    assert.doesNotMatch(drawn.replaceAll(ESCAPE, "ESC"), /ESC\[[\d;]*m/);
    const log = await shown([...SET, "--out", "logged", "--log-format", "json"], {});
    assert.ok(!log.includes(ESCAPE), log);
  },
});
