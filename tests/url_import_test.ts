import assert from "node:assert/strict";
import { ignored } from "./gpu/on_gpu.ts";

const root = new URL("../", import.meta.url);

/** Serves the package's .ts files on this machine, and what was asked for. */
function serve() {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = new URL(request.url).pathname.slice(1);
    asked.push(path);
    if (!/^(mod\.ts|(lib|gpu)\/[\w/]+\.(ts|wgsl))$/.test(path)) {
      return new Response("", { status: 404 });
    }
    const text = await Deno.readTextFile(new URL(path, root));
    const type = path.endsWith(".ts") ? "application/typescript" : "text/plain";
    return new Response(text, { headers: { "content-type": type } });
  });
  return { server, asked, port: server.addr.port };
}

/** The definition last. */
const NAMES = ["cpu", ...ignored ? [] : ["webgpu"], "reference"];

/** What a user may write who has only the URL. */
const script = (base: string) => `
  import {
    createBackend, createBand, createQuadrature, likelihood, VERSION, workBoxOf,
  } from "${base}/mod.ts";

  const band = createBand(16, 3);
  const ctf = {
    defocusU: 15000, defocusV: 14000, defocusAngle: 30, voltage: 300, sphericalAberration: 2.7,
    amplitudeContrast: 0.1, phaseShift: 0, bFactor: 0, scale: 1,
  };
  const values: number[] = [];
  for (const name of ${JSON.stringify(NAMES)} as const) {
    await using backend = await createBackend(name, { threads: 2 });
    const workBox = workBoxOf(band);
    await using session = await backend.open({
      band, pixelSize: 4, workBox, quadrature: createQuadrature(band),
    });
    const images = session.createImages(1);
    await images.set(0, Float32Array.from({ length: 256 }, (_, i) => Math.sin(i * i)), [ctf]);
    const voxels = Float32Array.from({ length: workBox ** 3 }, (_, i) => Math.cos(i) / 50);
    const { negativeLogLikelihood } = await likelihood(session, images, [0], voxels);
    values.push(negativeLogLikelihood[0]);
  }
  console.log(JSON.stringify({ VERSION, values }));
`;

Deno.test("the library works from a URL, workers and all, in a folder that knows nothing of it", async () => {
  const { server, asked, port } = serve();
  const folder = await Deno.makeTempDir();
  try {
    const base = `http://127.0.0.1:${port}`;
    await Deno.writeTextFile(`${folder}/script.ts`, script(base));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", `--allow-import=127.0.0.1:${port}`, "script.ts"],
      cwd: folder,
      // modules from here are not kept; nothing else is loaded
      env: { NO_COLOR: "1", DENO_DIR: `${folder}/cache`, XDG_RUNTIME_DIR: folder },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert.equal(text(stderr), "");
    assert.equal(code, 0);
    const { values } = JSON.parse(text(stdout));
    assert.equal(values.length, NAMES.length);
    const reference = values.at(-1);
    assert.ok(reference > 1);
    for (const value of values) {
      // interpolation and float32, a few 1e-6 of half the image's power
      assert.ok(Math.abs(value - reference) < 1e-5 * reference, `${value}, not ${reference}`);
    }
    assert.ok(asked.includes("lib/cpu/worker.ts"));
    assert.ok(!asked.some((path) => path.startsWith("lib/cli/")));
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});
