import assert from "node:assert/strict";
import { factsOf } from "../../lib/report/run/facts.ts";
import { compareRuns } from "../../lib/report/run/run_comparison.ts";
import type { RunData } from "../../lib/report/run/run_data.ts";
import { assembleRun, composeRun } from "../../lib/report/run/run_report.ts";
import { madeUpJSON, madeUpRun, NOTHING } from "./made_up_run.ts";
import { readPage } from "./well_formed.ts";

const pageOf = async (data: RunData, options?: Parameters<typeof assembleRun>[1]) =>
  assembleRun(await composeRun(data), options);
const textOf = (page: string) => readPage(page).find(({ name }) => name === "main")!.text;
const gapsOf = (page: string) =>
  readPage(page).filter(({ attributes }) => attributes.get("class") === "gap")
    .map(({ text }) => text.replace(/\s+/g, " ").trim());

/** All that colleagues' parts of a run may add to run.json. */
const MORE = {
  checks: [
    { name: "orientations", words: "they are found", level: "ok" },
    { name: "scale", words: "it drifts", level: "warning" },
  ],
  noise: {
    radius: [1, 2, 3, 4],
    variance: [1.2, 1.1, 1, 0.9],
    scale: { mean: 1.01, deviation: 0.123 },
    outliers: { share: 0.02, images: [3, 1414] },
  },
  halves: {
    fsc: [1, 0.99, 0.9, 0.5, 0.1, 0.02],
    corrected: [1, 0.99, 0.9, 0.4, 0.05, 0],
    resolution143: 68.5,
  },
  starts: [
    { seed: 1, heldOutNLL: 150.25, chosen: true, resolutionMutual: null },
    { seed: 2, heldOutNLL: 151.5, chosen: false, resolutionMutual: 33.3 },
  ],
  posterior: { shares: [1e-5, 1e-4, 1e-3] },
};

Deno.test("the page of a run is well-formed and asks for nothing outside of itself", async () => {
  const page = await pageOf(madeUpRun({ json: { ...madeUpJSON(90), ...MORE } }));
  const elements = readPage(page);
  for (const { name, attributes } of elements) {
    assert.ok(!["link", "iframe", "object", "a", "use", "image", "form"].includes(name), name);
    for (const [key, value] of attributes) {
      if (key === "src") assert.match(value, /^data:image\/png;base64,[\w+/]+=*$/);
      assert.ok(!["href", "action", "srcset"].includes(key) && !/^on/.test(key), key);
    }
  }
  assert.doesNotMatch(page, /https?:|@import|\bimport\(|fetch\(|XMLHttpRequest|EventSource/);
  const policy = elements.find(({ attributes }) =>
    attributes.get("http-equiv") === "Content-Security-Policy"
  )!.attributes.get("content")!;
  assert.match(policy, /^default-src 'none';.*connect-src 'none'/);
  const ids = elements.flatMap(({ attributes }) => attributes.get("id") ?? []);
  assert.equal(new Set(ids).size, ids.length);
  // pictures and figures have words
  for (const { name, attributes } of elements) {
    if (name === "img") assert.ok(attributes.get("alt"), "an image without words");
    if (attributes.get("role") === "img") assert.ok(attributes.get("aria-label"), name);
  }
});

Deno.test("the same run makes the same page", async () => {
  assert.equal(await pageOf(madeUpRun()), await pageOf(madeUpRun()));
});

Deno.test("what run.json says is on the page, what it does not say is not", async () => {
  const plain = textOf(await pageOf(madeUpRun()));
  const full = textOf(await pageOf(madeUpRun({ json: { ...madeUpJSON(90), ...MORE } })));
  const said = ["Finished", "90 of 90 iterations", "2,000 of 64 × 64 px at 5 Å", "seed 7"];
  for (const words of said) {
    assert.ok(plain.includes(words), words);
    assert.ok(full.includes(words), words);
  }
  const added = [
    "⚠ warning scale it drifts",
    "✓ orientations they are found",
    "Half maps agree to 69 Å (FSC 0.143)",
    "the others agree with the best to 33 Å",
    "0.123",
    "2 images are more likely something else than the particle: 3, 1,414; 2.0 % were allowed",
    "Effective sample size",
    "150.250",
  ];
  for (const words of added) {
    assert.ok(full.includes(words), words);
    assert.ok(!plain.includes(words), words);
  }
  // warnings come before what is good
  assert.ok(full.indexOf("it drifts") < full.indexOf("they are found"));
});

Deno.test("an effective sample size is the share times the poses summed over", async () => {
  const text = textOf(await pageOf(madeUpRun({ json: { ...madeUpJSON(90), ...MORE } })));
  // 1e-4 of the last stage's 198,000
  assert.match(text, /spread over 20 of 198,000/);
});

Deno.test("every part that a run has not left is a gap that says so", async () => {
  const gaps = gapsOf(await pageOf(NOTHING));
  for (const name of ["run.json", "trace.jsonl", "no map", "poses.star"]) {
    assert.ok(gaps.some((gap) => gap.includes(name)), name);
  }
  const page = await pageOf(NOTHING);
  assert.ok(textOf(page).includes("Not begun"));
  assert.doesNotMatch(textOf(page), /NaN|undefined|null/);
  const { map: _, ...half } = madeUpRun();
  const unfinished = await pageOf({
    ...half,
    map: null,
    poses: null,
    facts: factsOf({ ...madeUpJSON(300), outcome: undefined }),
    gaps: { map: "Cannot read run/map.mrc: it is torn." },
  });
  assert.ok(textOf(unfinished).includes("90 of 300 iterations"));
  assert.ok(gapsOf(unfinished).includes("Cannot read run/map.mrc: it is torn."));
});

Deno.test("run.json of any content makes a page; what is not of its type counts as not said", async () => {
  const strange: unknown[] = [null, 3, "x", [], [[]], { stages: 5 }, { stages: [null, 7] }, {
    stages: [{ images: "many", boxSize: null, resolution: Infinity }],
    outcome: { finished: "yes", warnings: [1] },
    checks: [1, null, { name: 3 }],
    noise: { radius: [1], variance: [1, 2], outliers: [] },
    halves: { fsc: ["a"], corrected: 1 },
    starts: [{}, { seed: "x" }],
    posterior: 7,
  }];
  for (const content of strange) {
    const page = await pageOf({ ...madeUpRun(), facts: factsOf(content) });
    assert.doesNotMatch(textOf(page), /NaN|undefined|null/, JSON.stringify(content));
  }
});

Deno.test("names are text wherever they come from", async () => {
  const evil = `"><script>alert('&1')</script><b \u0000\u001b`;
  const json = madeUpJSON(90);
  const page = await pageOf({
    ...madeUpRun({
      json: {
        ...json,
        particles: evil,
        version: evil,
        checks: [{ name: evil, words: evil, level: evil }],
        outcome: { ...json.outcome as object, warnings: [evil] },
      },
    }),
    name: evil,
    mapOrigin: evil,
    gaps: { images: evil },
  });
  const scripts = readPage(page).filter(({ name }) => name === "script");
  assert.equal(scripts.length, 2); // the map and the page's own
  assert.ok(scripts.every(({ text }) => !text.includes("alert")));
});

Deno.test("runs are compared by their NLL only if that means the same", async () => {
  const one = madeUpRun(), two = { ...madeUpRun(), name: "second" };
  assert.equal(compareRuns([one], one).text, "");
  const alike = await pageOf(one, { others: compareRuns([one, two], one) });
  assert.match(textOf(alike), /made-up \(this page\).*second/s);
  assert.ok(!gapsOf(alike).some((gap) => gap.includes("do not compare")));
  const coarse = { ...two, trace: two.trace.slice(0, 20) };
  const unlike = await pageOf(one, { others: compareRuns([one, coarse], one) });
  assert.ok(gapsOf(unlike).some((gap) => gap.includes("do not compare")));
});

Deno.test("a page of a 64^3 map and 5,000 trace lines takes less than 1.5 MB", async () => {
  const page = await pageOf(madeUpRun({ iterations: 5000, boxSize: 64 }));
  assert.ok(new TextEncoder().encode(page).length < 1.5e6);
});

Deno.test("shifts that a run found out about are said, though its first stage had none", async () => {
  const json = madeUpJSON(90), [first, ...others] = json.stages as Record<string, unknown>[];
  const stages = [first, ...others.map((s) => ({ ...s, shiftExtent: 6, shiftSigma: 2 }))];
  const found = textOf(await pageOf(madeUpRun({ json: { ...json, stages } })));
  assert.match(found, /up to 6 px, standard deviation 2 px/);
  assert.doesNotMatch(found, /centred/);
  assert.match(textOf(await pageOf(madeUpRun())), /particles taken as centred/);
});
