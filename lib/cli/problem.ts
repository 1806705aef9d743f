import {
  type ComparisonProblem,
  type NamedProblem,
  namedProblem,
  type ProblemName,
  problems,
  simulatedStack,
  simulationOf,
} from "../compare/problems.ts";
import { simulateInParallel } from "../compare/simulate_team.ts";
import { subset } from "../subset.ts";
import { writeText } from "../formats/atomic_file.ts";
import { readVolume } from "../formats/mrc.ts";
import { createStackWriter } from "../formats/mrc_write.ts";
import { readText } from "../formats/open_file.ts";
import { formatParticles } from "../formats/particle_star.ts";
import { openParticles } from "../formats/registry.ts";
import { writeSTAR } from "../formats/star_write.ts";
import { createParticleStack, type ParticleStack } from "../particles.ts";
import { resample } from "../resample.ts";
import type { Volume } from "../volume.ts";
import type { Values } from "./command.ts";
import type { IO } from "./io.ts";
import { openParticleSet } from "./particle_options.ts";
import { requireRead } from "./permission.ts";
import type { problemArgument, problemOptions } from "./problem_options.ts";
import { createProgress } from "./progress.ts";

/** Bytes of images that are kept in memory; more are written to a file first, and read from it. */
const MOST_IN_MEMORY = 512e6;

/** A problem whose files are closed with it. */
export type OpenProblem = ComparisonProblem & Disposable;

/** How a problem is opened. */
interface OpenOptions {
  /** Folder for the images of a large named problem; without one they are made whenever they are read. */
  readonly folder?: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly io: IO;
}

/** Opens a named problem or a file of particles. */
export async function openProblem(
  values: Values<typeof problemArgument> & Values<typeof problemOptions>,
  options: OpenOptions,
): Promise<OpenProblem> {
  const { problem: name, count, heldOut } = values;
  const opened = Object.hasOwn(problems, name)
    ? await openNamed(name as ProblemName, count, options)
    : await openFile(values, options.io);
  return { ...opened, options: { ...opened.options, heldOut } };
}

async function openFile(
  { problem: name, count, truth: truthPath, ...values }:
    & Values<typeof problemArgument>
    & Values<typeof problemOptions>,
  io: IO,
): Promise<OpenProblem> {
  const file = await openParticleSet(name, values, io);
  try {
    if (count !== undefined && count > file.count) {
      throw new RangeError(
        `Cannot use --count ${count}: ${name} holds ${file.count} images, wanted no more`,
      );
    }
    const { boxSize, pixelSize } = file, { maxResolution, maxFrequency } = values;
    const { prior, shiftExtent, shiftSigma } = values;
    return {
      name,
      particles: count === undefined
        ? file
        : subset(file, Array.from({ length: count }, (_, i) => i)),
      truth: truthPath === undefined ? null : await readTruth(truthPath, file),
      snr: null,
      options: {
        maxResolution: maxFrequency === undefined
          ? maxResolution ?? boxSize * pixelSize / Math.min(6.4, boxSize / 2)
          : 2 * pixelSize / maxFrequency,
        ...prior !== undefined && { prior },
        ...shiftExtent !== undefined && { shiftExtent },
        ...shiftSigma !== undefined && { shiftSigma },
      },
      [Symbol.dispose]: () => file[Symbol.dispose](),
    };
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

/** The truth on the grid of the images. */
async function readTruth(
  path: string,
  { boxSize, pixelSize }: Pick<ParticleStack, "boxSize" | "pixelSize">,
): Promise<Volume> {
  await requireRead(path);
  const truth = await readVolume(path);
  const field = truth.boxSize * truth.pixelSize, wanted = boxSize * pixelSize;
  if (Math.abs(field / wanted - 1) > 1e-3) {
    throw new RangeError(
      `Cannot use --truth ${path}: it spans ${field.toFixed(1)} A, wanted the images' ` +
        `${wanted.toFixed(1)} A`,
    );
  }
  return resample(truth, boxSize);
}

async function openNamed(
  name: ProblemName,
  wanted: number | undefined,
  { folder, threads, signal, io }: OpenOptions,
): Promise<OpenProblem> {
  const recipe: NamedProblem = problems[name], { boxSize, pixelSize } = recipe;
  const count = wanted ?? recipe.count, size = boxSize * boxSize;
  io.draw(`Preparing ${name}`);
  const simulation = simulationOf(recipe, count), { truth } = simulation;
  const close = { [Symbol.dispose]() {} };
  const whole = 4 * size * count, resident = whole <= MOST_IN_MEMORY;
  if (!resident && folder === undefined) {
    return { ...namedProblem(name, simulatedStack(simulation), truth), ...close };
  }
  const star = `${folder}/particles.star`, note = `${folder}/recipe.json`;
  const text = JSON.stringify({ name, ...recipe, count }, null, 2) + "\n";
  if (!resident && noted(note) === text) {
    const file = await openParticles(star);
    return { ...namedProblem(name, file, truth), [Symbol.dispose]: () => file[Symbol.dispose]() };
  }

  const progress = createProgress({ label: "Simulating", total: count, unit: "images", io });
  const images = simulateInParallel(recipe, { count, threads });
  const ctf = (i: number) => simulation.particle(i).ctf;
  const pixels = new Float32Array(resident ? whole / 4 : 0);
  let done = 0;
  if (resident) {
    for await (const some of images) {
      signal.throwIfAborted();
      pixels.set(some, done * size);
      progress.update(done += some.length / size);
    }
    progress.done();
    const ctfs = Array.from({ length: count }, (_, i) => ctf(i));
    const particles = createParticleStack({ boxSize, pixelSize, images: pixels, ctfs });
    return { ...namedProblem(name, particles, truth), ...close };
  }
  await Deno.mkdir(folder!, { recursive: true });
  using stack = await createStackWriter(`${folder}/particles.mrcs`, { boxSize, pixelSize });
  for await (const some of images) {
    signal.throwIfAborted();
    await stack.append(some);
    progress.update(stack.count);
  }
  progress.done();
  await stack.close();
  const names = Array.from(
    { length: count },
    (_, i) => `${String(i + 1).padStart(6, "0")}@particles.mrcs`,
  );
  await writeSTAR(star, formatParticles({ count, boxSize, pixelSize, ctf, names }));
  writeText(note, [text]); // last: whoever finds it finds the whole set
  const file = await openParticles(star);
  return { ...namedProblem(name, file, truth), [Symbol.dispose]: () => file[Symbol.dispose]() };
}

/** What a folder says is in it. */
function noted(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
