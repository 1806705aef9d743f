import assert from "node:assert/strict";
import { main } from "../lib/cli/main.ts";
import { writeVolume } from "../lib/formats/mrc_write.ts";
import { createScreen } from "./cli/screen.ts";
import { madeUpMap } from "./report/made_up.ts";
import { madeUpJSON, madeUpTrace } from "./report/made_up_run.ts";
import { readPage } from "./report/well_formed.ts";

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** A run's folder with some of its files. */
async function runIn(name: string, files: Readonly<Record<string, string>>, map = false) {
  const path = `${folder}/${name}`;
  await Deno.mkdir(path);
  for (const [file, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${path}/${file}`, text);
  }
  if (map) await writeVolume(`${path}/map.mrc`, madeUpMap(16));
  return path;
}

const lines = madeUpTrace(30).map((record) => `${JSON.stringify(record)}\n`);
const json = JSON.stringify(madeUpJSON(30));

async function report(...args: string[]) {
  const screen = createScreen();
  return { status: await main(["report", ...args], screen), ...screen };
}
const gapsOf = (path: string) =>
  readPage(Deno.readTextFileSync(`${path}/report.html`))
    .filter(({ attributes }) => attributes.get("class") === "gap").map(({ text }) => text);

Deno.test("report writes a page into each folder, each comparing all", async () => {
  const files = { "run.json": json, "trace.jsonl": lines.join("") };
  const one = await runIn("one", files, true), two = await runIn("two", files, true);
  const { status, printed } = await report(one, `${two}/`);
  assert.deepEqual([status, printed], [0, [`${one}/report.html`, `${two}/report.html`]]);
  for (const [path, own, other] of [[one, "one", "two"], [two, "two", "one"]]) {
    const page = readPage(await Deno.readTextFile(`${path}/report.html`));
    assert.equal(page.find(({ name }) => name === "h1")!.text, `Run ${own}`);
    assert.ok(page.some(({ name, text }) => name === "th" && text === other));
  }
});

Deno.test("a file that is torn or damaged is a gap that says what is wrong; a last line cut short is not one", async () => {
  const torn = await runIn("torn", {
    "run.json": "{",
    "trace.jsonl": lines.join("") + '{"t": 30, "gra',
    "map.mrc": "no map",
    "checkpoint": "none either",
    "poses.star": "data_particles\nloop_\n_rlnImageName\nx 1 2",
  });
  assert.equal((await report(torn)).status, 0);
  const gaps = gapsOf(torn);
  assert.ok(
    gaps.some((gap) => /Cannot read .*run\.json: .*wanted JSON/.test(gap)),
    gaps.join("\n"),
  );
  assert.ok(gaps.some((gap) => /Cannot read .*map\.mrc: /.test(gap)));
  assert.ok(gaps.some((gap) => /poses\.star/.test(gap)));
  assert.ok(!gaps.some((gap) => /trace/.test(gap)));
  const odd = await runIn("odd", { "trace.jsonl": `${lines[0]}{"t": 1}\n` });
  assert.equal((await report(odd)).status, 0);
  assert.ok(gapsOf(odd).some((gap) => /line 2 is no record/.test(gap)));
});

Deno.test("a folder that is no run's is refused in a line", async () => {
  const other = await runIn("other", { "notes": "x" });
  for (
    const [path, words] of [[other, /^Cannot report on .*other: it has none of run\.json/], [
      `${folder}/nowhere`,
      /^Cannot read .*nowhere: no such folder/,
    ]] as const
  ) {
    const { status, reported } = await report(path);
    assert.equal(status, 1);
    assert.match(reported.join("\n"), words);
  }
  assert.equal((await report()).status, 2);
});
