import assert from "node:assert/strict";
import type { ComparisonSummary } from "../../lib/compare/summary.ts";
import { renderReport } from "../../lib/report/report.ts";
import { madeUpComparison, type MadeUpMethod } from "./made_up.ts";
import { readPage } from "./well_formed.ts";

const SOME: MadeUpMethod[] = [
  { name: "sgd", above: 2, pace: 4000 },
  { name: "momentum", above: 0.5, status: ["done", "diverged", "done"] },
  { name: "tonga", status: ["diverged", "diverged", "diverged"] },
  { name: "olbfgs", above: 0.9, status: ["interrupted", "done", "missing"] },
  { name: "batchEM", kind: "baseline", above: 9, pace: 20000 },
  { name: "relion", kind: "external", above: 5, traced: false },
];

const small = { boxSize: 16, lines: 60 };

let some: Promise<string> | undefined;
/** The report on them, made once. */
function somePage(): Promise<string> {
  const { summary, data } = madeUpComparison(SOME, small);
  return some ??= renderReport(summary, data);
}

/** What is within the first element that has an attribute with a value. */
function slice(page: string, from: string, to: string): string {
  const start = page.indexOf(from);
  assert.ok(start >= 0, `${from} is not in the page`);
  return page.slice(start, page.indexOf(to, start));
}

Deno.test("a report is a well-formed page that refers to nothing outside of itself", async () => {
  const page = await somePage();
  const elements = readPage(page), names = new Set(elements.map(({ name }) => name));
  for (const name of ["script", "link", "iframe", "object", "a", "use", "image"]) {
    assert.ok(!names.has(name), name);
  }
  for (const { name, attributes } of elements) {
    for (const [key, value] of attributes) {
      if (key === "src") assert.match(value, /^data:image\/png;base64,[\w+/]+=*$/);
      assert.ok(
        !["href", "xlink:href", "action", "srcset"].includes(key) && !/^on/.test(key),
        name,
      );
      for (const [, target] of value.matchAll(/url\(([^)]*)\)/g)) assert.match(target, /^#[\w-]+$/);
    }
  }
  assert.doesNotMatch(page, /https?:|@import/);
  assert.doesNotMatch(slice(page, ":root{", "</style>"), /url\(|<|&/);
  const policy = elements.find(({ attributes }) =>
    attributes.get("http-equiv") === "Content-Security-Policy"
  );
  assert.match(policy!.attributes.get("content")!, /^default-src 'none';/);
  const ids = elements.flatMap(({ attributes }) => attributes.get("id") ?? []);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("the same data make the same page", async () => {
  const { summary, data } = madeUpComparison(SOME, small);
  assert.equal(await renderReport(summary, data), await somePage());
});

Deno.test("names are text wherever they come from", async () => {
  const evil = `"><script>alert('&1')</script><b \u0000\u001b\ud800${"x".repeat(300)}`;
  const made = madeUpComparison([
    { name: evil },
    { name: evil + "2", kind: "external", status: ["diverged", "missing", "done"] },
  ], small);
  const summary: ComparisonSummary = {
    ...made.summary,
    problem: { ...made.summary.problem, name: evil },
    backend: evil,
    vitreous: evil,
    methods: made.summary.methods.map((method) => ({
      ...method,
      hyperparameters: { [evil]: evil },
      tuning: method.tuning && { ...method.tuning, parameter: evil },
      runs: method.runs.map((run) => ({ ...run, reason: run.reason && evil })),
    })),
  };
  const page = await renderReport(summary, made.data), elements = readPage(page);
  assert.ok(elements.every(({ name }) => name !== "script"));
  // every place that shows it shows it whole, control characters and lone surrogates replaced
  const shown = evil.replaceAll("\u0000", "\ufffd").replaceAll("\u001b", "\ufffd").toWellFormed();
  const heading = elements.find(({ name }) => name === "h1")!;
  assert.equal(heading.text, `Comparison on ${shown}`);
  const places = ["title", "dd", "th", "code", "li", "h4"];
  for (const place of places) {
    assert.ok(elements.some((e) => e.name === place && e.text.includes(shown)), place);
  }
});

Deno.test("every optimizer has one line in each plot and one label, along every axis", async () => {
  const page = await somePage();
  for (const axis of ["gradients", "flop", "seconds"]) {
    for (const [group, drawn] of [["optimizers", 4], ["baselines", 6]] as const) {
      const panel = slice(page, `id="${group}-${axis}"`, "</svg>");
      const elements = readPage(`<!DOCTYPE html>${panel.slice(panel.indexOf("<svg"))}</svg>`);
      const lines = elements.filter((e) => e.attributes.get("class") === "line");
      const traced = group === "optimizers" ? 4 : 5;
      assert.equal(lines.length, 2 * traced, `${group} along ${axis}`);
      const ends = elements.find((e) => e.attributes.get("class") === "ends")!;
      const labels = ["sgd", "momentum", "tonga: diverged", "olbfgs", "batchEM", "relion", "truth"];
      for (const label of labels) {
        const wanted = group === "baselines" || !["batchEM", "relion"].includes(label);
        assert.equal(ends.text.includes(label), wanted, `${label} of ${group} along ${axis}`);
      }
      const marks = (name: string) =>
        elements.filter((e) => e.attributes.get("class") === name).length;
      // of four runs that diverged all are marked in the whole plot, and again in the end if within it
      assert.ok(marks("diverged") >= 4, `${marks("diverged")} marks`);
      assert.ok(marks("interrupted") >= 1);
      if (drawn === 6) assert.ok(marks("point") >= 3, "runs without a trace are points");
      const label = elements.find((e) => e.attributes.get("class") === "label")!;
      assert.match(label.text, /^(image gradients|floating-point|seconds of iterations)/);
    }
  }
  const first = readPage(page).filter((e) => e.attributes.get("type") === "radio");
  assert.deepEqual(
    first.map((e) => e.attributes.has("checked")),
    [true, false, false, true, false, false],
  );
});

Deno.test("runs that are not done are marked in the table, the list, the figures and the gallery", async () => {
  const elements = readPage(await somePage());
  const rows = elements.filter(({ name }) => name === "tr").map(({ text }) => text);
  const row = (start: string) => rows.find((text) => text.startsWith(start))!;
  assert.match(row("sgd"), /^sgd3\/3/);
  assert.match(row("momentum"), /^momentum2\/31 diverged/);
  assert.match(row("tonga"), /^tonga0\/33 diverged––––0\/3$/);
  assert.match(row("olbfgs"), /^olbfgs1\/31 interrupted1 not run/);
  const items = elements.filter(({ name }) => name === "li").map(({ text }) => text);
  assert.equal(items.length, 6);
  assert.ok(
    items.includes(
      "momentum, seed 1: diverged after 3,000 image gradients. iteration 49 gave f = NaN",
    ),
  );
  assert.ok(items.includes("olbfgs, seed 2: not run"));
  const sections = elements.filter((e) => e.attributes.get("class") === "maps");
  const section = (start: string) => sections.find(({ text }) => text.startsWith(start))!.text;
  assert.match(section("tonga"), /diverged at 3K/);
  assert.match(section("olbfgs"), /interrupted at 2K/);
  assert.match(section("sgd"), /end: 6,000$/);
});

Deno.test("a map or a trace that was not read is a gap, not an error", async () => {
  const { summary, data } = madeUpComparison([{ name: "sgd" }, { name: "adagrad" }], small);
  const maps = new Map([...data.maps].filter(([file]) => !file.startsWith("0/")));
  const traces = new Map([...data.traces].filter(([file]) => !file.startsWith("1/")));
  const elements = readPage(await renderReport(summary, { ...data, maps, traces }));
  const gaps = elements.filter((e) => e.attributes.get("class") === "gap").map((e) => e.text);
  assert.deepEqual(gaps, new Array(3).fill("map not to be read"));
  const svg = elements.find((e) => e.name === "svg" && e.attributes.get("class") === "plot")!;
  assert.match(svg.text, /adagrad \d/);
});

Deno.test("a comparison in which nothing has run yet is a report of gaps", async () => {
  const missing = { status: ["missing", "missing", "missing"] } as const;
  const { summary, data } = madeUpComparison([{ name: "sgd", ...missing }], {
    ...small,
    known: false,
  });
  const elements = readPage(await renderReport(summary, data));
  const texts = elements.filter((e) => e.attributes.get("class") === "gap").map((e) => e.text);
  assert.deepEqual(
    new Set(texts),
    new Set([
      "No run has been measured yet.",
      "No map has been kept yet.",
      "No seed has been solved yet.",
    ]),
  );
});

Deno.test("one method, one seed and no truth make a report without a word of truth", async () => {
  const { summary, data } = madeUpComparison([{ name: "sgd" }], {
    ...small,
    seeds: 1,
    known: false,
  });
  const elements = readPage(await renderReport(summary, data));
  const body = elements.find(({ name }) => name === "body")!.text;
  assert.doesNotMatch(body, /truth/);
  assert.equal(elements.filter(({ name }) => name === "img").length, 3);
  assert.ok(elements.every((e) => e.attributes.get("class") !== "band"));
});

Deno.test("a method without one run a seed cannot be reported", async () => {
  const { summary, data } = madeUpComparison([{ name: "sgd" }], small);
  await assert.rejects(
    renderReport({ ...summary, seeds: [0, 1, 2, 3] }, data),
    new RangeError("Cannot report on sgd: 3 runs, wanted 4, one a seed"),
  );
});

Deno.test("8 methods x 5 seeds x 5,000 lines with all maps stay under 1.5 MB", async () => {
  const methods = Array.from(
    { length: 8 },
    (_, i) => ({ name: `method ${i}`, pace: 2000 * (i + 1) }),
  );
  const { summary, data } = madeUpComparison(methods, { seeds: 5, lines: 5000, boxSize: 16 });
  const page = await renderReport(summary, data);
  const size = new TextEncoder().encode(page).length;
  // a made-up map is smooth, a real one of 64^3 takes 8 kB a picture in place of 4
  assert.ok(size < 1.2e6, `${size} bytes`);
});
