import type { Backend } from "../backend.ts";
import type { BaselineOptions } from "../baselines/baseline.ts";
import {
  RELION_FILES,
  type RelionJob,
  type RelionMethod,
  relionScript,
} from "../baselines/relion.ts";
import { startMap } from "../baselines/start.ts";
import { writeText } from "../formats/atomic_file.ts";
import { createStackWriter, writeVolume } from "../formats/mrc_write.ts";
import { formatParticles } from "../formats/particle_star.ts";
import { writeSTAR } from "../formats/star_write.ts";
import type { LoadProgress } from "../image_source.ts";
import { createOrder, type Order } from "../minibatch.ts";
import type { ParticleStack } from "../particles.ts";
import { createPlan, type Plan } from "../plan.ts";
import { normalize } from "../prepare.ts";
import type { Volume } from "../volume.ts";

/** Images copied at a time. */
const BLOCK = 64;
/** Radius of RELION's mask where no other was asked for, box edges: that of the robust setting. */
const MASK_RADIUS = 0.42;

/** What an export holds, and what is to be done with it. */
export interface ExportOptions extends Omit<BaselineOptions, "loading" | "progress" | "initial"> {
  /** First density; by default the random spheres of the seed. */
  initial?: "spheres" | Volume;
  /** Threads that RELION is to use; default all cores. */
  threads?: number;
  /** Called as images are copied. */
  copied?: LoadProgress;
}

/** An exported set. */
export interface Export {
  readonly jobs: Readonly<Record<RelionMethod, RelionJob>>;
  readonly plan: Plan;
  readonly order: Order;
  /** Text of relion.sh. */
  readonly script: string;
}

function planOf(particles: ParticleStack, backend: Backend, options: ExportOptions): Plan {
  const { iterations = 5, batchSize = 100, heldOut = 100, ...rest } = options;
  if (!Number.isInteger(iterations) || iterations < 1) {
    throw new RangeError(
      `Cannot plan a run: ${iterations} iterations, wanted a whole number, 1 or more`,
    );
  }
  return createPlan(particles, backend, {
    ...rest,
    heldOut,
    epochs: iterations,
    batchSize: Math.max(1, Math.min(batchSize, particles.count - heldOut)),
  });
}

/**
 * Writes what RELION needs to work on the same images from the same start: the images, normalized to
 * sigma = 1 but not faded out, those held out in a table of their own; the start; a script.
 *
 * @throws {RangeError} if the images cannot be used; {Error} if the disk refuses
 */
export async function exportForRelion(
  particles: ParticleStack,
  directory: string,
  { initial = "spheres", threads = navigator.hardwareConcurrency, copied, ...options }:
    ExportOptions,
): Promise<Export> {
  const { backend, iterations = 5, signal } = options;
  const plan = planOf(particles, backend, options);
  const { heldOut, batchSize, seed, maskRadius = MASK_RADIUS, problem: { band } } = plan;
  const { count, boxSize, pixelSize } = particles;
  const order = createOrder({ count, heldOut, batchSize, seed });
  const file = (name: string) => `${directory}/${name}`;
  {
    using stack = await createStackWriter(file(RELION_FILES.stack), { boxSize, pixelSize });
    const size = boxSize ** 2;
    for (let from = 0; from < count; from += BLOCK) {
      signal?.throwIfAborted();
      const indices = Uint32Array.from(
        { length: Math.min(BLOCK, count - from) },
        (_, i) => from + i,
      );
      const pixels = await particles.read(indices);
      const backgrounds = normalize(pixels.slice(), boxSize, (i) => `image ${from + i + 1}`);
      await stack.append(pixels.map((v, i) => {
        const { mean, deviation } = backgrounds[Math.floor(i / size)];
        return (v - mean) / deviation;
      }));
      copied?.(stack.count, count);
    }
    await stack.close();
  }
  for (const [name, images] of [["particles", order.train], ["heldOut", order.heldOut]] as const) {
    const sorted = images.slice().sort();
    await writeSTAR(
      file(RELION_FILES[name]),
      formatParticles({
        count: sorted.length,
        boxSize,
        pixelSize,
        ctf: (i) => particles.ctf(sorted[i]),
        names: Array.from(sorted, (i) => `${String(i + 1).padStart(6, "0")}@${RELION_FILES.stack}`),
      }),
    );
  }
  const start = initial === "spheres" ? await startMap(particles, backend, plan, signal) : initial;
  await writeVolume(file(RELION_FILES.start), start);
  const jobOf = (method: RelionMethod): RelionJob => ({
    method,
    band,
    pixelSize,
    images: order.train.length,
    iterations,
    particleDiameter: 2 * maskRadius * boxSize * pixelSize,
    shiftExtent: options.shiftExtent ?? 0,
    seed,
    threads,
  });
  const jobs = { em: jobOf("em"), sgd: jobOf("sgd") };
  const script = relionScript([jobs.em, jobs.sgd]);
  writeText(file(RELION_FILES.script), [script]);
  return { jobs, plan, order, script };
}
