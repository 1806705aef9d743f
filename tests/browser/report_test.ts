import assert from "node:assert/strict";
import { assembleRun, composeRun } from "../../lib/report/run/run_report.ts";
import { withoutChromium } from "../gpu/chromium.ts";
import { madeUpRun } from "../report/made_up_run.ts";
import { openPage, type Page } from "./page.ts";

/** Opens a page from disk, as a user does; the folder goes with the test. */
async function inBrowser(html: string, test: (page: Page) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/report.html`, html);
    await using page = await openPage();
    await page.resize(420, 700); // a small canvas: pictures are made in software
    await page.open(`file://${folder}/report.html`);
    await test(page);
    assert.deepEqual(page.errors, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Waits for the next picture on the canvas, after what asks for it. */
async function after(page: Page, act: () => Promise<unknown>) {
  const frames = "Number(document.querySelector('canvas').dataset.frames ?? 0)";
  const before = await page.evaluate<number>(frames);
  await act();
  await page.until(`${frames} > ${before}`);
}

interface Seen {
  /** Share of the pixels that the surface covers. */
  readonly covered: number;
  /** Mean of red, green and blue where it does. */
  readonly colour: readonly number[];
  /** Opacity of the pixels, [64, 64]. */
  readonly opacity: readonly number[];
}

/**
 * Share of the pixels that one picture covers and the other does not. Pictures of the same view, of which one
 * may be drawn with fewer pixels, differ along the outline only: of some 150 px by a quarter, 1 %.
 */
const difference = (a: Seen, b: Seen) =>
  a.opacity.filter((v, i) => Math.abs(v - b.opacity[i]) > 128).length / 4096;
const SAME = 0.01;

/** What is on the canvas, on 64 x 64 px. */
const look = (page: Page) =>
  page.evaluate<Seen>(`(() => {
    const copy = new OffscreenCanvas(64, 64).getContext("2d");
    copy.drawImage(document.querySelector("canvas"), 0, 0, 64, 64);
    const { data } = copy.getImageData(0, 0, 64, 64), colour = [0, 0, 0];
    let covered = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] < 128) continue;
      covered++;
      for (let c = 0; c < 3; c++) colour[c] += data[i + c];
    }
    return { covered: covered / 4096, colour: colour.map((v) => v / covered),
      opacity: Array.from({ length: 4096 }, (_, i) => data[4 * i + 3]) };
  })()`);

const html = assembleRun(await composeRun(madeUpRun({ boxSize: 32 })));

const press = (page: Page, key: string) =>
  page.send("Input.dispatchKeyEvent", { type: "keyDown", key });
const mouse = (page: Page, type: string, x: number, y: number) =>
  page.send("Input.dispatchMouseEvent", { type, x, y, button: "left", buttons: 1, clickCount: 1 });

Deno.test({
  name: "the map of a report is drawn in Chromium, and turned by mouse, keys and touch",
  ignore: withoutChromium,
  fn: () =>
    inBrowser(html, async (page) => {
      await page.until("document.querySelector('.viewer.drawn')");
      await page.until("document.querySelector('canvas').dataset.frames > 0");
      const first = await look(page);
      // two balls of a fifth and a tenth of the box: pi (0.04 + 0.01) of its face at most
      assert.ok(first.covered > 0.05 && first.covered < 0.2, `${first.covered}`);
      await after(page, () =>
        page.evaluate("document.querySelector('canvas').focus()").then(() => press(page, "]")));
      const turned = await look(page);
      assert.ok(difference(turned, first) > SAME);
      await after(page, () =>
        press(page, "Home"));
      assert.ok(difference(await look(page), first) <= SAME);

      const { x, y } = await page.evaluate<{ x: number; y: number }>(
        `(() => { const { x, y } = document.querySelector("canvas").getBoundingClientRect(); return { x: x + 150, y: y + 150 }; })()`,
      );
      await mouse(page, "mousePressed", x, y);
      await after(page, () => mouse(page, "mouseMoved", x + 120, y));
      await mouse(page, "mouseReleased", x + 120, y);
      const dragged = await look(page);
      assert.ok(difference(dragged, first) > SAME);

      const touch = (type: string, points: readonly object[]) =>
        page.send("Input.dispatchTouchEvent", { type, touchPoints: points });
      await touch("touchStart", [{ x, y }]);
      await after(page, async () => {
        for (let i = 1; i < 8; i++) await touch("touchMove", [{ x: x + 15 * i, y }]);
      });
      await touch("touchEnd", []);
      assert.ok(difference(await look(page), dragged) > SAME);
    }),
});

Deno.test({
  name: "a higher level encloses less and says so; the other hand is the mirror image",
  ignore: withoutChromium,
  fn: () =>
    inBrowser(html, async (page) => {
      await page.until("document.querySelector('canvas').dataset.frames > 0");
      const set = (value: number) =>
        after(page, () =>
          page.evaluate(`(() => {
            const slider = document.querySelector("input[type=range]");
            slider.value = ${value};
            slider.dispatchEvent(new Event("input"));
          })()`));
      const words = () => page.evaluate<string>("document.querySelector('output').textContent");
      const enclosed = async () =>
        Number(/encloses ([\d,.]+) nm/.exec(await words())![1].replace(",", ""));
      await set(300);
      const low = await look(page), much = await enclosed();
      await set(700);
      const high = await look(page), little = await enclosed();
      assert.ok(high.covered < low.covered && little < much);
      // tilted, or the balls on the x axis would be seen as they are
      await after(page, () =>
        page.evaluate("document.querySelector('canvas').focus()").then(() =>
          press(page, "ArrowRight")
        ));
      const one = await look(page);
      await after(page, () =>
        page.evaluate("document.querySelector('input[type=checkbox]').click()"));
      const other = await look(page);
      assert.ok(difference(one, other) > SAME);
      assert.ok(Math.abs(one.covered - other.covered) < 0.02);
    }),
});

Deno.test({
  name: "a report is light or dark as is preferred, fits a phone, and has its picture on paper",
  ignore: withoutChromium,
  fn: () =>
    inBrowser(html, async (page) => {
      await page.until("document.querySelector('canvas').dataset.frames > 0");
      const ground = () =>
        page.evaluate<number>(
          "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 3",
        );
      await page.prefer("light");
      assert.ok(await ground() > 200);
      const light = await look(page);
      await after(page, () => page.prefer("dark"));
      assert.ok(await ground() < 60);
      assert.ok((await look(page)).colour[2] > light.colour[2] + 5); // lighter on black than on white

      const shown = (selector: string) =>
        page.evaluate<boolean>(
          `getComputedStyle(document.querySelector("${selector}")).display !== "none"`,
        );
      assert.deepEqual([await shown("canvas"), await shown("img.print")], [true, false]);
      await page.prefer("dark", "print");
      assert.deepEqual([await shown("canvas"), await shown("img.print")], [false, true]);
      assert.ok(await ground() > 200);

      await page.prefer("light");
      await page.resize(390, 800);
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
      assert.ok(wide <= 390, `${wide}`);
    }),
});

Deno.test({
  name: "without WebGL2 a report shows the still picture",
  ignore: withoutChromium,
  fn: () => {
    const without = html.replace(
      '<script>"use strict";',
      (start) => `${start}HTMLCanvasElement.prototype.getContext = () => null;`,
    );
    return inBrowser(without, async (page) => {
      await page.until("document.querySelector('.viewer.still')");
      const { width } = await page.evaluate<{ width: number }>(
        `(({ width }) => ({ width }))(document.querySelector("img.print").getBoundingClientRect())`,
      );
      assert.equal(width, 240);
      assert.equal(
        await page.evaluate("getComputedStyle(document.querySelector('.controls')).display"),
        "none",
      );
    });
  },
});
