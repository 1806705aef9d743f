import type { BaselineOptions, BaselineRun } from "../baselines/baseline.ts";
import {
  RELION_FILES,
  relionArguments,
  relionFailure,
  relionGradients,
  type RelionJob,
  type RelionMap,
  relionMaps,
  type RelionMethod,
} from "../baselines/relion.ts";
import { readVolume } from "../formats/mrc.ts";
import { cannot } from "../formats/open_file.ts";
import { type ImageSource, loadImages } from "../image_source.ts";
import { firstDensity } from "../initial.ts";
import { likelihood } from "../likelihood.ts";
import type { ParticleStack } from "../particles.ts";
import type { TraceRecord } from "../trace.ts";
import { norm } from "../vector.ts";
import type { Volume } from "../volume.ts";
import { exportForRelion } from "./relion_files.ts";

/** The program, on the PATH. */
const PROGRAM = "relion_refine";
/** How RELION is to be run. */
export interface RunRelionOptions extends BaselineOptions {
  /** Folder for its files; what an earlier run of the same method left there is removed. */
  directory: string;
  /** Default em. */
  method?: RelionMethod;
  /** Threads that RELION is to use; default all cores. */
  threads?: number;
}

/** Starts the program; an error that says what to do if it is not there. */
function spawn(args: readonly string[], options: Deno.CommandOptions = {}): Deno.ChildProcess {
  try {
    return new Deno.Command(PROGRAM, {
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...options,
      args: [...args],
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Error(
        `Cannot run ${PROGRAM}: not on the PATH, wanted RELION 3.1 (apt-get install relion)`,
        { cause: error },
      );
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new Error(
        `Cannot run ${PROGRAM}: not allowed, run with --allow-run=${PROGRAM}`,
        { cause: error },
      );
    }
    throw cannot(`run ${PROGRAM}`, error);
  }
}

/**
 * Makes sure that RELION is there.
 *
 * @returns its version, "3.1.3"
 * @throws {Error} if it is not on the PATH or may not be run.
 */
export async function requireRelion(): Promise<string> {
  const { stdout } = await spawn(["--version"]).output();
  return /version:?\s*(\S+)/i.exec(new TextDecoder().decode(stdout))?.[1] ?? "of unknown version";
}

/** Runs RELION to its end; its words go to METHOD.log. */
async function execute(job: RelionJob, directory: string, signal?: AbortSignal): Promise<void> {
  const folder = `${directory}/${job.method}`;
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw cannot(`write to ${folder}`, error);
  }
  await Deno.mkdir(folder);
  const child = spawn(relionArguments(job), { cwd: directory, signal });
  const log = `${directory}/${job.method}.log`;
  const [errors, { success, code }] = await Promise.all([
    new Response(child.stderr).text(),
    child.status,
    Deno.writeFile(log, child.stdout),
  ]);
  signal?.throwIfAborted();
  if (success) return;
  throw new Error(
    `Cannot go on: ${PROGRAM} ended with status ${code}, ${relionFailure(errors)}; see ${log}`,
  );
}

/**
 * Runs the real RELION on the same images, from the same start, and measures its maps as ours are
 * measured. It runs alone, so that its seconds are its own: the records come when it has ended, one for
 * each map it wrote. Image gradients are images that it compared with its poses; `seconds` are those from
 * its reading of all images to the writing of the map; `train` is the mean -log p of 100 of the other
 * images under the map before; `flop` nobody counts.
 *
 * @throws {Error} if RELION is not there or fails; {RangeError} as createPlan() does.
 */
export async function runRelion(
  particles: ParticleStack,
  { directory, method = "em", loading, progress, ...options }: RunRelionOptions,
): Promise<BaselineRun> {
  await requireRelion();
  const { backend, signal } = options;
  const { jobs, plan, order } = await exportForRelion(particles, directory, {
    ...options,
    copied: loading,
  });
  const job = jobs[method], { problem, heldOut, seed } = plan;
  const session = await backend.open(problem);
  try {
    const source = await loadImages(particles, session, {
      bytesPerImage: backend.bytesPerImage(problem),
      budget: 0,
      largestSelection: Math.max(plan.batchSize, heldOut),
      signal,
    });
    return await start(source);
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }

  async function start(source: ImageSource): Promise<BaselineRun> {
    const folder = `${directory}/${method}`;
    const onGrid = (map: Volume) => firstDensity(map, session, { power: source.power, seed });
    let map = await readVolume(`${directory}/${RELION_FILES.start}`), voxels = await onGrid(map);
    let maps: readonly RelionMap[] | undefined, began = 0, done = 0;

    const mean = async (images: Uint32Array): Promise<number> => {
      const selected = await source.select(images);
      const { negativeLogLikelihood } = await likelihood(
        session,
        selected.images,
        selected.which,
        voxels,
        { gradient: false },
      );
      return negativeLogLikelihood.reduce((a, b) => a + b, 0) / images.length;
    };
    const written = async ({ file }: RelionMap) =>
      (await Deno.stat(`${folder}/${file}`)).mtime!.getTime() / 1000;
    const run = async () => {
      await execute(job, directory, signal);
      const [first, ...others] = relionMaps([...Deno.readDirSync(folder)].map(({ name }) => name));
      began = await written(first);
      maps = others;
    };

    return {
      problem,
      get iterations() {
        return maps?.length ?? job.iterations;
      },
      get iteration() {
        return done;
      },
      flop: NaN,
      async *[Symbol.asyncIterator]() {
        if (!maps) await run();
        while (done < maps!.length) {
          signal?.throwIfAborted();
          const next = maps![done], last = voxels;
          const train = await mean(order.minibatch(done, plan.batchSize));
          map = await readVolume(`${folder}/${next.file}`);
          voxels = await onGrid(map);
          done++;
          const record: TraceRecord = {
            t: next.iteration - 1,
            gradients: relionGradients(job, next.iteration),
            forwards: 0,
            seconds: await written(next) - began,
            radius: problem.band.radius,
            train,
            test: await mean(order.heldOut),
            step: norm(voxels.map((v, i) => v - last[i])) / norm(last),
            hyperparameters: {},
          };
          progress?.(done, maps!.length);
          yield record;
        }
      },
      map: () => map,
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    };
  }
}
