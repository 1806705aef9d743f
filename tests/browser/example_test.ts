/// <reference no-default-lib="true" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { ISOLATION, pageFiles } from "../../examples/browser/serve.ts";
import { inChromium, withoutChromium } from "../gpu/chromium.ts";

/** What the page came to. */
interface Outcome {
  readonly state: string;
  readonly said: string;
  readonly backend: string | null;
  readonly description: string;
  /** nats an image above the truth. */
  readonly above: number;
  /** A, at FSC 0.5. */
  readonly resolution: number;
  /** How many greys or colours there are on each canvas, transparent ones left out. */
  readonly colours: Readonly<Record<string, number>>;
}

/** Opens the page in a frame, waits until it is done, and looks at it; refers to nothing outside itself. */
async function watchPage(address: string): Promise<Outcome> {
  const frame = document.createElement("iframe");
  frame.style.cssText = "width: 1200px; height: 1200px";
  frame.src = address;
  document.body.append(frame);
  const page = () => frame.contentDocument!;
  const { dataset } = await new Promise<HTMLElement>((resolve) => {
    const look = () => {
      const root = frame.contentDocument?.documentElement;
      if (root && /done|failed/.test(root.dataset.state ?? "")) resolve(root);
      else setTimeout(look, 100);
    };
    look();
  });
  // what has been said to be drawn is drawn with the next pictures
  for (let i = 0; i < 10; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  const colours = [...page().querySelectorAll("canvas")].map((canvas, i) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    const words = new Uint32Array(data.buffer).filter((word) => word >>> 24 !== 0);
    return [canvas.id || `canvas ${i}`, new Set(words).size];
  });
  const text = (id: string) => page().getElementById(id)!.textContent!;
  return {
    state: dataset.state!,
    said: text("said"),
    backend: dataset.backend ?? null,
    description: text("backend"),
    above: Number(dataset.above),
    resolution: Number(dataset.resolution),
    colours: Object.fromEntries(colours),
  };
}

const files = withoutChromium ? {} : Object.fromEntries(
  Object.entries(await pageFiles()).map(([name, text]) => [`/demo/${name}`, text]),
);

async function open(
  query: string,
  options: { webgpu: boolean; headers?: Record<string, string> },
): Promise<Outcome> {
  const script = `${watchPage}
    export default watchPage("/demo/index.html?start&${query}");`;
  return await inChromium<Outcome>(script, files, { patience: 300_000, ...options });
}

/** 400 images of the cylinder, three epochs: it has been found by then. */
const SMALL = "images=400&snr=0.2&gradients=1000&threads=1";

/** The page found the molecule, and shows it. */
function checkFound({ state, said, above, resolution, ...outcome }: Outcome): void {
  assert.equal(state, "done", said);
  assert.match(said, /^Done: /);
  // random spheres are some 20 nats above the truth and agree with it nowhere; the band ends at 32 A
  assert.ok(above < 10, `${above}`);
  assert.ok(resolution < 50, `${resolution}`);
  checkShown(outcome);
}

/** Every canvas shows something. */
function checkShown({ colours }: Pick<Outcome, "colours">): void {
  // two surfaces, a curve, ten images, six cuts
  assert.equal(Object.keys(colours).length, 2 + 1 + 10 + 6);
  for (const [canvas, count] of Object.entries(colours)) {
    assert.ok(count > (canvas === "curve" ? 3 : 30), `${canvas}: ${count} colours`);
  }
}

Deno.test({
  name: "the example page finds the molecule with WASM in a browser that has no WebGPU",
  ignore: withoutChromium,
  async fn() {
    const outcome = await open(`${SMALL}&backend=auto`, { webgpu: false, headers: ISOLATION });
    assert.equal(outcome.backend, "cpu", outcome.said);
    assert.match(outcome.description, /^cpu: 1 thread, (relaxed|plain) SIMD$/);
    checkFound(outcome);
  },
});

Deno.test({
  name: "with WebGPU the example page, not isolated, gets where it gets with WASM",
  ignore: withoutChromium,
  async fn() {
    // a software adapter is slow: four iterations within 3.2 Fourier pixels
    const few = "images=150&snr=0.2&gradients=200&finest=100&threads=1";
    const outcome = await open(`${few}&backend=webgpu`, { webgpu: true });
    assert.equal(outcome.state, "done", outcome.said);
    assert.equal(outcome.backend, "webgpu");
    assert.match(outcome.description, /^webgpu: .*software/i);
    checkShown(outcome);
    const wanted = await open(`${few}&backend=cpu`, { webgpu: false, headers: ISOLATION });
    // float32 on both: 2e-4 nats apart at every iteration of a run of 190
    assert.ok(Math.abs(outcome.above - wanted.above) < 1e-2, `${outcome.above}, ${wanted.above}`);
  },
});

Deno.test({
  name: "in a page that is not isolated the cpu backend says which headers it wants",
  ignore: withoutChromium,
  async fn() {
    const { state, said } = await open(`${SMALL}&backend=cpu`, { webgpu: false });
    assert.equal(state, "failed");
    assert.match(said, /^Cannot use backend cpu: this page is not isolated, wanted the headers /);
  },
});
