/// <reference no-default-lib="true" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/// <reference lib="deno.ns" />
/**
 * The page: makes the images, runs the search, shows what it has found.
 *
 * Settings may come with the address, as in ?images=300&backend=cpu&start; what happened is in the
 * document's data attributes (data-state: ready, running, done, failed).
 *
 * @module
 */
import { createStrip, cut, drawCurve, drawGrey, type Point } from "./draw.ts";
import type { Verdict } from "./judge.ts";
import { library } from "./library.ts";
import { type Problem, search, type Settings, takeImages } from "./search.ts";
import { createTurntable } from "./surface.ts";

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const form = document.querySelector("form")!, button = form.querySelector("button")!;
const state = document.documentElement.dataset;
const FOUND = 0, TRUTH = 1;
const turntable = createTurntable([
  { canvas: element("found"), tint: [0.55, 0.8, 1] },
  { canvas: element("truth"), tint: [1, 0.8, 0.55] },
]);

/** Lets the browser draw what has been said. */
const pause = () => new Promise((resolve) => setTimeout(resolve));

function say(words: string, failed = false): void {
  const line = element("said");
  line.textContent = words;
  line.classList.toggle("failed", failed);
}

function readSettings(): Settings {
  const data = new FormData(form), number = (name: string) => Number(data.get(name));
  return {
    phantom: data.get("phantom") as Settings["phantom"],
    images: number("images"),
    snr: number("snr"),
    gradients: number("gradients"),
    finest: number("finest"),
    backend: data.get("backend") as Settings["backend"],
    threads: number("threads"),
  };
}

/** Asks a worker, so that the page stays awake. */
async function judge(problem: Problem, map: Problem["truth"]): Promise<Verdict> {
  const worker = new Worker(new URL("judge.js", import.meta.url), { type: "module" });
  try {
    return await new Promise<Verdict>((resolve, reject) => {
      worker.onmessage = ({ data }) =>
        "error" in data ? reject(new Error(data.error)) : resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage({ map, truth: problem.truth });
    });
  } finally {
    worker.terminate();
  }
}

const cuts = createStrip(element("cuts"), [
  "across z",
  "across y",
  "across x",
  "along z",
  "along y",
  "along x",
]);

function showCuts(map: Problem["truth"]): void {
  for (const axis of [0, 1, 2] as const) {
    const { slice, sum } = cut(map, axis);
    drawGrey(cuts[axis], slice);
    drawGrey(cuts[3 + axis], sum);
  }
}

/** The whole job. */
async function run(settings: Settings, signal: AbortSignal): Promise<void> {
  const problem = await takeImages(settings, (count) => {
    say(`Taking the images: ${count} of ${settings.images}`);
    return pause();
  });
  const { particles, truth } = problem;
  const share = library.enclosedShare(truth, library.otsuLevel(truth));
  turntable.show(TRUTH, truth, share);
  const few = Array.from({ length: 10 }, (_, i) => i), pixels = await particles.read(few);
  const size = particles.boxSize ** 2;
  createStrip(element("images"), few.map(() => "")).forEach((canvas, i) =>
    drawGrey(canvas, pixels.subarray(i * size, (i + 1) * size))
  );
  await pause();
  await using backend = await library.createBackend(settings.backend, settings);
  element("backend").textContent = backend.description;
  state.backend = backend.name;

  const points: Point[] = [];
  let shown = 0, map = truth;
  for await (const found of search(problem, settings, backend)) {
    const { t, iterations, above, gradients, seconds } = found;
    if (above !== null) points.push({ t, above });
    const last = t === iterations || signal.aborted;
    if (last || performance.now() - shown > 400) {
      shown = performance.now();
      map = found.map();
      turntable.show(FOUND, map, share);
      showCuts(map);
      drawCurve(element("curve"), points, found);
      say(`Looking for it to ${found.resolution.toFixed(0)} A ...`);
      element("foundWords").textContent = "seen from wherever it happens to lie";
      element("resolution").textContent = `${found.resolution.toFixed(0)} A`;
      element("iteration").textContent = `${t} of ${iterations}`;
      element("above").textContent = `${points.at(-1)!.above.toFixed(2)} nats an image`;
      element("speed").textContent = `${gradients}, ${(gradients / seconds).toFixed(0)} a second`;
      state.above = String(points.at(-1)!.above);
    }
    if (signal.aborted) break;
  }
  say("Comparing it with the molecule ...");
  const { aligned, mirrored, resolution } = await judge(problem, map);
  turntable.show(FOUND, aligned, share);
  showCuts(aligned);
  element("foundWords").textContent = `laid on the molecule${mirrored ? ", mirrored" : ""}`;
  state.resolution = String(resolution);
  const words = `its Fourier shell correlation with the molecule is above 0.5 to`;
  say(
    `Done: ${words} ${resolution.toFixed(0)} A.` +
      (mirrored ? " Images do not tell hands apart: it came out as the mirror image." : ""),
  );
}

let stop: AbortController | undefined;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (stop) return stop.abort();
  stop = new AbortController();
  button.textContent = "Stop";
  button.classList.add("stop");
  state.state = "running";
  turntable.spin(false);
  try {
    await run(readSettings(), stop.signal);
    state.state = "done";
  } catch (error) {
    say((error as Error).message, true);
    state.state = "failed";
  }
  turntable.spin(true);
  stop = undefined;
  button.textContent = "Find it";
  button.classList.remove("stop");
});

element<HTMLInputElement>("threads").value = String(navigator.hardwareConcurrency);
const asked = new URL(location.href).searchParams;
for (const [name, value] of asked) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
}
state.state = "ready";
if (asked.has("start")) {
  if (form.checkValidity()) form.requestSubmit();
  else {
    const { name, value, validationMessage } = form.querySelector<HTMLInputElement>(
      "input:invalid",
    )!;
    say(`Cannot start: ${name} ${value}, ${validationMessage}`, true);
    state.state = "failed";
  }
}
