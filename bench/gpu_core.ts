/**
 * The core on a GPU: value and gradient of minibatches, with where their time goes.
 *
 * `deno run --allow-read --allow-env bench/gpu_core.ts [RADIUS ...]` prints two markdown tables for the adapter
 * that is found; set `DENO_WEBGPU_BACKEND=vulkan` so that it cannot be another than Vulkan's.
 * bench/gpu_bench.ts measures what the adapter could do.
 *
 * @module
 */
import { createWebGPUBackend } from "../gpu/backend.ts";
import { tiles } from "../gpu/tile.ts";
import type { Backend, Session } from "../lib/backend.ts";
import { createBand } from "../lib/band.ts";
import { likelihood } from "../lib/likelihood.ts";
import { createCascade } from "../lib/quadrature/cascade.ts";
import { coreProblem } from "./problems.ts";

/** What a radius costs. */
export interface CoreFigures {
  readonly radius: number;
  readonly posterior: "broad" | "sharp";
  /** Seconds of 100 images, value and gradient, as a run sees them. */
  readonly seconds: number;
  /** Seconds of an epoch of 50,000 images: 500 of them with an SGD step. */
  readonly epoch: number;
  /** Seconds of each kernel by the device's clock, most first; empty if it has none. */
  readonly kernels: readonly (readonly [string, number])[];
  /** Multiply-adds x 2 of the products of slices and images. */
  readonly flop: number;
  /** Bytes written to the device and read back for 100 images. */
  readonly moved: number;
  /** Bytes of scores, written twice and read three times. */
  readonly scores: number;
}

/** The middle of repeated times, in seconds. */
async function median(call: () => Promise<unknown>, repeats: number): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    await call();
    seconds.push((performance.now() - started) / 1000);
  }
  return seconds.sort((a, b) => a - b)[repeats >> 1];
}

/** Seconds of each kernel in one call, the middle of a few. */
async function kernelSeconds(
  tile: string | undefined,
  radius: number,
  posterior: "start" | "end",
  cascade: boolean,
): Promise<[string, number][]> {
  let sums = new Map<string, number>();
  let backend: Backend;
  try {
    backend = await createWebGPUBackend({
      tile,
      profile: (kernel, seconds) => sums.set(kernel, (sums.get(kernel) ?? 0) + seconds),
    });
    const problem = await coreProblem(backend, radius, { cascade });
    await using session = problem.session;
    const trials: Map<string, number>[] = [];
    for (let i = 0; i < 4; i++) {
      sums = new Map();
      await likelihood(session, problem.images, problem.which, problem[posterior]);
      if (i > 0) trials.push(sums);
    }
    return [...trials[0].keys()]
      .map((name): [string, number] => {
        const seconds = trials.map((t) => t.get(name) ?? 0).sort((a, b) => a - b);
        return [name, seconds[seconds.length >> 1]];
      })
      .sort((a, b) => b[1] - a[1]);
  } catch (error) {
    if (error instanceof Error && error.message.includes("timestamp-query")) return [];
    throw error;
  }
}

/** Bytes between host and device, and through the device's memory, of a minibatch. */
function bytesOf({ problem: { workBox, quadrature } }: Session, count: number) {
  const { directions, angles, shifts } = quadrature, lanes = 64 * Math.ceil(directions.count / 128);
  const voxels = 4 * workBox ** 3;
  return {
    moved: voxels + 32 * lanes + 8 * count + 16 * count + voxels,
    scores: 5 * 4 * 8 * lanes * (angles.length / 4) * shifts.count * count,
  };
}

/** Measures the core at some radii, N = 128, B = 100; with `cascade` from coarse to fine. */
export async function measureCore(
  radii: readonly number[],
  { tile, repeats = 20, cascade = false }: {
    tile?: string;
    repeats?: number;
    cascade?: boolean;
  } = {},
): Promise<CoreFigures[]> {
  const figures: CoreFigures[] = [];
  for (const radius of radii) {
    await using backend = await createWebGPUBackend({ tile });
    const problem = await coreProblem(backend, radius, { cascade });
    await using session = problem.session;
    for (const posterior of ["start", "end"] as const) {
      const { images, which } = problem;
      let voxels = problem[posterior];
      const evaluate = () => likelihood(session, images, which, voxels);
      await evaluate();
      const seconds = await median(evaluate, repeats);
      const step = await median(async () => {
        const { gradient } = await evaluate();
        voxels = voxels.map((v, i) => v - 1e-9 * gradient![i]);
      }, repeats);
      figures.push({
        radius,
        posterior: posterior === "start" ? "broad" : "sharp",
        seconds,
        epoch: 500 * step,
        kernels: await kernelSeconds(tile, radius, posterior, cascade),
        flop: problem.flop,
        ...bytesOf(session, which.length),
      });
    }
  }
  return figures;
}

/** The figures as markdown. */
export function coreTables(figures: readonly CoreFigures[], description: string): string {
  const products = ({ kernels }: CoreFigures) =>
    kernels.filter(([name]) => name.startsWith("multiply")).reduce((s, [, t]) => s + t, 0);
  const rows = figures.map((f) => {
    const inProducts = products(f);
    return [
      f.radius,
      f.posterior,
      (10 * f.seconds).toPrecision(3),
      f.epoch.toPrecision(3),
      (2 * f.flop / f.seconds / 1e12).toPrecision(3),
      inProducts > 0 ? (2 * f.flop / inProducts / 1e12).toPrecision(3) : "no clock",
      (f.moved / 1e6).toPrecision(2),
      (f.scores / 1e6).toPrecision(3),
    ].join(" | ");
  });
  const times = figures.map((f) => {
    const words = f.kernels.map(([name, t]) => `${name} ${(1e6 * t).toFixed(0)}`).join(", ");
    return `${f.radius} | ${f.posterior} | ${words}`;
  });
  return [
    description,
    "",
    "| r | posterior | s per 1,000 images | s per epoch of 50,000 | TFLOP/s | in the products | MB to and fro | MB of scores |",
    "|---|---|---|---|---|---|---|---|",
    ...rows.map((row) => `| ${row} |`),
    "",
    "| r | posterior | kernels, us per 100 images |",
    "|---|---|---|",
    ...times.map((row) => `| ${row} |`),
  ].join("\n");
}

if (import.meta.main) {
  const radii = Deno.args.length > 0 ? Deno.args.map(Number) : [6.4, 10.24, 16];
  const { description } = await createWebGPUBackend();
  console.log(coreTables(await measureCore(radii), description));
  if (!description.includes("software")) {
    const refined = radii.filter((r) => createCascade(createBand(128, r)).length > 0);
    const figures = await measureCore(refined, { cascade: true });
    console.log("\n" + coreTables(figures, "from coarse to fine, FLOP of the whole sum"));
    for (const tile of Object.keys(tiles)) {
      console.log("\n" + coreTables(await measureCore([10.24], { tile }), `tiles of ${tile}`));
    }
  }
}
