import assert from "node:assert/strict";
import { describeAdapter, findAdapter } from "../../gpu/adapter.ts";
import { NO_GPU } from "../no_gpu.ts";
import { gpuTest } from "./on_gpu.ts";

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Runs the program the way it is documented. */
async function run(line: string, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-read", `--allow-write=${folder}`, "--frozen"],
      new URL("../../cli.ts", import.meta.url).href,
      ...line.split(" "),
    ],
    cwd: folder,
    // without it a driver complains on standard error
    env: { XDG_RUNTIME_DIR: folder, ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

const made = await run(
  "simulate --phantom cylinder --box 16 --pixel-size 8 --count 24 --snr 1 --out set",
);
assert.equal(made.code, 0, made.error);
const RECONSTRUCT = "reconstruct set/particles.star --out run --overwrite --threads 1 " +
  "--held-out 4 --batch-size 10 --max-resolution 60 --epochs 0.5 --optimizer sgd";

Deno.test("without an adapter info --devices says what to install, and that auto is cpu", async () => {
  const { code, out, error } = await run("info --devices", NO_GPU);
  assert.equal(code, 0, error);
  assert.match(
    out,
    /^no GPU adapter found, wanted one; install .*libvulkan1.*\n--backend auto is cpu: no GPU adapter found\n$/,
  );
  const { adapters, auto } = JSON.parse((await run("info --devices --json", NO_GPU)).out);
  assert.deepEqual([adapters, auto.name], [[], "cpu"]);
});

Deno.test("without an adapter --backend webgpu is an error that says what to install", async () => {
  const { code, error } = await run(`${RECONSTRUCT} --backend webgpu`, NO_GPU);
  assert.match(error, /^Cannot use backend webgpu: no GPU adapter found, .*libvulkan1[^\n]*\n$/);
  assert.equal(code, 1);
});

Deno.test("without an adapter auto computes on the cpu and says why on one line", async () => {
  const { code, error } = await run(RECONSTRUCT, NO_GPU);
  assert.equal(code, 0, error);
  assert.match(error, /\nbackend {6}cpu: [^\n]*; no GPU adapter found\n/);
});

gpuTest(
  "info --devices lists the adapter with its limits and features, as text and as JSON",
  async () => {
    const adapter = (await findAdapter())!;
    const { code, out, error } = await run("info --devices");
    assert.deepEqual([code, error], [0, ""]);
    const [first, ...rest] = out.trimEnd().split("\n");
    assert.equal(first, describeAdapter(adapter));
    const { maxComputeInvocationsPerWorkgroup: invocations } = adapter.gpu.limits;
    const number = invocations.toLocaleString("en-US");
    assert.ok(rest.some((line) => /Invocations/.test(line) && line.endsWith(` ${number}`)), out);
    assert.ok(rest.some((line) => /^ {2}features /.test(line)));
    const auto = adapter.software ? "cpu" : "webgpu";
    assert.match(rest.at(-1)!, new RegExp(`^--backend auto is ${auto}: `));
    const json = JSON.parse((await run("info --devices --json")).out);
    assert.equal(json.auto.name, auto);
    assert.equal(json.adapters[0].software, adapter.software);
    assert.equal(json.adapters[0].limits.maxComputeInvocationsPerWorkgroup, invocations);
  },
);

gpuTest("--backend webgpu computes where it is told to, and says if that is software", async () => {
  const adapter = (await findAdapter())!;
  const { code, out, error } = await run(`${RECONSTRUCT} --backend webgpu`);
  assert.equal(code, 0, error);
  const line = error.split("\n").find((line) => line.startsWith("backend "))!;
  assert.ok(line.startsWith(`backend      webgpu: ${describeAdapter(adapter)}`), line);
  assert.match(out, /held-out NLL/);
});
