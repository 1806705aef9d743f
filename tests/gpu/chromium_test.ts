import assert from "node:assert/strict";
import { kernels } from "../../gpu/kernels.ts";
import { createBackend } from "../../lib/backends.ts";
import { inChromium, withoutChromium } from "./chromium.ts";
import { compileKernels, type Kernel } from "./compile_kernels.ts";
import { smallProblem } from "./small_problem.ts";

Deno.test({
  name: "every kernel compiles in Chromium without a message; Chromium is the stricter one",
  ignore: withoutChromium,
  async fn() {
    const kernel = (body: string): Kernel => ({
      code: `var<workgroup> shared_: array<vec4f, 1025>;
        @group(0) @binding(0) var<storage, read_write> a: array<f32>;
        @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) { ${body} }`,
      bindings: ["write"],
    });
    const wrong = {
      "divergent barrier": kernel("if (a[i] > 0.0) { workgroupBarrier(); }"),
      "more than 16 KiB": kernel("shared_[i] = vec4f(a[i]); a[i] = shared_[63u - i].x;"),
    };
    const script = `${compileKernels}
      export default fetch("/kernels").then((r) => r.json()).then(compileKernels);`;
    const said = await inChromium<Record<string, string[]>>(script, {
      "/kernels": JSON.stringify({ ...kernels, ...wrong }),
    });
    for (const name of Object.keys(kernels)) assert.deepEqual(said[name], [], name);
    for (const name of Object.keys(wrong)) assert.notEqual(said[name].length, 0, name);
  },
});

/** A module and what it imports as one script for browsers. */
async function bundle(path: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=browser", new URL(path, import.meta.url).pathname],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "the backend runs in a browser, and finds what the cpu finds",
  ignore: withoutChromium,
  async fn() {
    await using backend = await createBackend("cpu", { threads: 1 });
    const all = [await smallProblem(backend), await smallProblem(backend, [2.2, 2.7, 3.2])];
    const found = await inChromium<typeof all>(
      `import { run } from "/run.js"; export default run();`,
      { "/run.js": await bundle("./run_in_browser.ts") },
    );
    all.forEach((wanted, p) => {
      const { description, logLikelihood, gradient } = found[p];
      assert.match(description, /^webgpu: .*software/i);
      // both are float32 with the same window: roundings of scores of some 100 nats; points that one
      // keeps and the other does not hold about the tolerance of a posterior at most
      const edge = p === 0 ? 0 : 4e-3;
      logLikelihood.forEach((value, i) =>
        assert.ok(Math.abs(value - wanted.logLikelihood[i]) < 1e-3 + edge, `image ${i}`)
      );
      const size = Math.max(...wanted.gradient.map(Math.abs));
      gradient.forEach((value, i) =>
        assert.ok(Math.abs(value - wanted.gradient[i]) < (2e-3 + edge) * size, `voxel ${i}`)
      );
      assert.equal(gradient.length, wanted.gradient.length);
    });
  },
});
