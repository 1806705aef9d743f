import assert from "node:assert/strict";
import { readWish } from "../../lib/cli/control.ts";
import { withoutChromium } from "../gpu/chromium.ts";
import { watchMadeUp } from "../watch/watched.ts";
import { openPage } from "./page.ts";

const state = (name: string) => `document.getElementById("live-state").textContent === "${name}"`;
const words = (text: string) =>
  `document.getElementById("live-words").textContent.includes("${text}")`;

/** Waits until a file says something. */
async function soon(done: () => boolean) {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 50));
}

Deno.test({
  name: "a live page follows its run, steers it, and says when it is done",
  ignore: withoutChromium,
  async fn() {
    await using run = await watchMadeUp();
    await using page = await openPage();
    await page.resize(420, 700);
    await page.open(run.url);
    await page.until(state("running"));
    await page.until(words("iteration 11 of 90"));
    await page.until("document.querySelector('canvas')?.dataset.frames > 0");
    const frames = await page.evaluate<number>(
      "Number(document.querySelector('canvas').dataset.frames)",
    );
    assert.equal(
      await page.evaluate("document.querySelectorAll('#convergence svg .axes').length"),
      1,
    );
    await run.goTo(50);
    await page.until(words("iteration 50 of 90"));
    await page.until("document.querySelectorAll('#convergence svg .axes').length === 2");
    await page.until(`document.querySelector("canvas").dataset.frames > ${frames}`);
    await page.until("document.getElementById('live-progress').value > 0.15");

    await page.evaluate("document.getElementById('live-pause').click()");
    await soon(() => readWish(run.folder).pause === true);
    await page.until(state("paused"));
    await page.evaluate("document.getElementById('live-pause').click()");
    await soon(() => readWish(run.folder).pause === false);
    await page.evaluate(
      "(globalThis.confirm = () => true, document.getElementById('live-stop').click())",
    );
    await soon(() => readWish(run.folder).stop === true);

    await run.finish();
    await page.until(state("finished"));
    await page.until("document.getElementById('live-stop').disabled");
    assert.deepEqual(page.errors, []);
  },
});

Deno.test({
  name: "a live page says that its run has died, then that nobody serves it any more",
  ignore: withoutChromium,
  async fn() {
    await using page = await openPage();
    {
      await using run = await watchMadeUp();
      await page.open(run.url);
      await page.until(state("running"));
      await run.die();
      await page.until(state("died"));
      await page.until(words("--resume"));
    }
    await page.until("document.getElementById('live-note').textContent === 'over'");
    assert.ok(await page.evaluate(state("died")));
    assert.ok(await page.evaluate("document.querySelector('#convergence svg') !== null"));
  },
});

Deno.test({
  name: "a page of another site can neither read the live page nor steer the run",
  ignore: withoutChromium,
  async fn() {
    await using run = await watchMadeUp();
    const { port, token } = run;
    // the same machine by another port, which is another origin; it even knows the token
    const script = `
      const got = [];
      for (const [path, options] of [["", {}], ["control", { method: "POST", body: '{"wish":"stop"}' }],
        ["control", { method: "POST", body: '{"wish":"stop"}', mode: "no-cors" }], ["events", {}]]) {
        got.push(await fetch("http://127.0.0.1:${port}/${token}/" + path, options)
          .then((r) => r.type + " " + r.status, () => "failed"));
      }
      document.title = JSON.stringify(got);`;
    await using other = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () =>
        new Response(`<!doctype html><script type="module">${script}</script>`, {
          headers: { "content-type": "text/html" },
        }),
    );
    await using page = await openPage();
    await page.open(`http://127.0.0.1:${other.addr.port}/`);
    await page.until("document.title.startsWith('[')");
    const got = JSON.parse(await page.evaluate<string>("document.title"));
    assert.deepEqual(got, ["failed", "failed", "opaque 0", "failed"]);
    assert.deepEqual(readWish(run.folder), {});
    await page.open(`http://127.0.0.1:${port}/`);
    assert.match(await page.evaluate<string>("document.body.textContent"), /^Refused: .*token/);
  },
});
