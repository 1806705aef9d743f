/**
 * Value and gradient of a minibatch: the core of every run.
 *
 * `deno bench --allow-read bench/marginalize_bench.ts` tracks the times;
 * `deno run --allow-read --allow-run=python3 --allow-env bench/marginalize_bench.ts [THREADS]` prints a
 * table beside the same sum in numpy, measured in turns in the same run.
 *
 * @module
 */
import type { Backend } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { likelihood } from "../lib/likelihood.ts";
import { type CoreProblem, coreProblem } from "./problems.ts";

const RADII = [6.4, 10.24];

function evaluate({ session, images, which }: CoreProblem, voxels: Float32Array) {
  return likelihood(session, images, which, voxels);
}

/** Seconds of the fastest of a few calls, and of the one in the middle. */
async function time(call: () => Promise<unknown>, repeats = 7) {
  const seconds: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await call();
    seconds.push((performance.now() - start) / 1000);
  }
  seconds.sort((a, b) => a - b);
  return { best: seconds[0], median: seconds[repeats >> 1] };
}

/** Seconds per 1,000 images of the numpy peer, or undefined without numpy. */
async function peer({ session: { problem } }: CoreProblem, threads: number) {
  const { band, quadrature: { directions } } = problem;
  try {
    const { success, stdout } = await new Deno.Command("python3", {
      args: [
        new URL("./peers/numpy_products.py", import.meta.url).pathname,
        ...[
          band.count,
          directions.count,
          2 * Math.ceil(Math.ceil(2 * Math.PI / Math.atan(1 / band.radius)) / 2),
        ].map(String),
      ],
      env: { OPENBLAS_NUM_THREADS: String(threads) },
      stderr: "null",
    }).output();
    return success ? Number(new TextDecoder().decode(stdout)) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function table(backend: Backend, threads: number): Promise<void> {
  console.log(`${backend.description}; s per 1,000 images of 128^2, value and gradient`);
  console.log("    r  posterior  s/1000  best  numpy s/1000  numpy / this  forward, GFLOP/s");
  for (const radius of RADII) {
    const problem = await coreProblem(backend, radius);
    await using _ = problem.session;
    for (const density of ["start", "end"] as const) {
      const voxels = problem[density];
      await evaluate(problem, voxels);
      const numpy = await peer(problem, threads);
      const own = await time(() => evaluate(problem, voxels));
      const slices = await problem.session.project(voxels);
      const { session, images, which } = problem;
      const forward = await time(() =>
        session.marginalize(slices, images, which, { gradient: false })
      );
      const per1000 = own.median / which.length * 1000;
      console.log([
        radius.toFixed(2).padStart(5),
        (density === "start" ? "broad" : "sharp").padStart(10),
        per1000.toFixed(3).padStart(7),
        (own.best / which.length * 1000).toFixed(3).padStart(5),
        (numpy?.toFixed(3) ?? "no numpy").padStart(13),
        (numpy === undefined ? "" : (numpy / per1000).toFixed(2)).padStart(13),
        (problem.flop / forward.median / 1e9).toFixed(1).padStart(17),
      ].join(" "));
    }
  }
}

if (import.meta.main) {
  const threads = Number(Deno.args[0] ?? navigator.hardwareConcurrency);
  await using backend = await createBackend("cpu", { threads });
  await table(backend, threads);
} else {
  const backend = await createBackend("cpu");
  for (const radius of RADII) {
    const problem = await coreProblem(backend, radius);
    for (const density of ["start", "end"] as const) {
      const name = `100 images, r = ${radius}, ${density === "start" ? "broad" : "sharp"}`;
      Deno.bench(name, { group: "value and gradient" }, async () => {
        await evaluate(problem, problem[density]);
      });
    }
  }
}
