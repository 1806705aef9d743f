import assert from "node:assert/strict";
import { kernels } from "../../gpu/kernels.ts";
import { compileKernels, type Kernel } from "./compile_kernels.ts";
import { required } from "./on_gpu.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const isFile = (path: string) => {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
};
const chromium = PLACES.find(isFile);
const missing = `no Chromium at ${PLACES.join(", ")}`;
const ignored = chromium === undefined && !required;
if (ignored) console.log(`Tests in Chromium are ignored: ${missing}`);

/** Longest that Chromium may take, ms; a start takes 1 to 5 s. */
const PATIENCE = 60_000;

/** Removes a folder that processes which are ending may still write to. */
async function removeSoon(folder: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** The page: compiles the kernels it is served and posts back what was said. */
const page = `<!doctype html><script type="module">
${compileKernels}
const answer = await fetch("/kernels").then((r) => r.json()).then(compileKernels)
  .then((said) => ({ said }), (error) => ({ error: String(error) }));
await fetch("/answer", { method: "POST", body: JSON.stringify(answer) });
</script>`;

/** Compiles kernels in headless Chromium, on its software adapter. */
async function compileInChromium(
  kernels: Record<string, Kernel>,
): Promise<Record<string, string[]>> {
  if (chromium === undefined) throw new Error(`Cannot test in Chromium: ${missing}`);
  const answer = Promise.withResolvers<{ said: Record<string, string[]>; error?: string }>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/kernels") return Response.json(kernels);
      if (pathname === "/answer") answer.resolve(await request.json());
      return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
    },
  );
  const profile = await Deno.makeTempDir();
  const child = new Deno.Command(chromium, {
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${server.addr.port}/`,
    ],
    // it leaves files there when it is told to end
    env: { TMPDIR: profile, XDG_RUNTIME_DIR: profile },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(
    () => answer.reject(new Error(`Cannot test in Chromium: no answer in ${PATIENCE / 1000} s`)),
    PATIENCE,
  );
  let ended = false;
  child.status.then(({ code }) => {
    ended = true;
    answer.reject(new Error(`Cannot test in Chromium: it ended with status ${code}`));
  });
  try {
    const { said, error } = await answer.promise;
    if (error !== undefined) throw new Error(`Cannot test in Chromium: ${error}`);
    return said;
  } finally {
    clearTimeout(timer);
    if (!ended) child.kill("SIGTERM");
    await child.status;
    await removeSoon(profile);
  }
}

Deno.test({
  name: "every kernel compiles in Chromium without a message; Chromium is the stricter one",
  ignore: ignored,
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
    const said = await compileInChromium({ ...kernels, ...wrong });
    for (const name of Object.keys(kernels)) assert.deepEqual(said[name], [], name);
    for (const name of Object.keys(wrong)) assert.notEqual(said[name].length, 0, name);
  },
});
