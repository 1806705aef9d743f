import type { March } from "../march.ts";
import type { IO } from "./io.ts";
import type { OutputDirectory } from "./output_directory.ts";
import { createProgress } from "./progress.ts";
import { openTrace, writeCheckpoint } from "./run_directory.ts";

/**
 * Runs the loop, writing the trace and a checkpoint now and then.
 *
 * @param every s between checkpoints
 * @param interrupted whether it is to stop
 * @param saveWanted whether a checkpoint is asked for; not before 200 times what the last one took is over
 * @returns the last measurement on the held-out images, whether there is more to do, and the share of
 * posteriors that the last minibatch left out
 */
export async function follow(
  run: March,
  out: OutputDirectory,
  { every, interrupted, saveWanted, io }: {
    every: number;
    interrupted: () => Promise<boolean>;
    saveWanted?: () => boolean;
    io: IO;
  },
): Promise<{ test?: number; stopped: boolean; lost: number }> {
  using trace = openTrace(out, run.iteration);
  // stages differ in cost a hundredfold: progress is counted in floating-point operations
  const flop = (stage: number) => run.plans.slice(0, stage).reduce((sum, p) => sum + p.flop, 0);
  const done = () => {
    const { flop: whole, iterations } = run.plan;
    const before = run.plans.slice(0, run.stage).reduce((sum, p) => sum + p.iterations, 0);
    return Math.round((flop(run.stage) + whole * (run.iteration - before) / iterations) / 1e9);
  };
  const progress = createProgress({
    label: "Reconstructing",
    total: () => Math.round(flop(run.plans.length) / 1e9),
    unit: "Gflop",
    start: done(),
    io,
  });
  let test = trace.kept.findLast((record) => record.test !== null)?.test ?? undefined;
  let saved = io.now(), took = 0, stopped = false, lost = trace.kept.at(-1)?.effort?.dropped ?? 0;
  let savedIteration = run.iteration > 0 ? run.iteration : undefined; // resumed
  const words = () =>
    `iteration ${run.iteration} of ${run.iterations}, ${run.plan.resolution.toFixed(0)} A` +
    (test === undefined ? "" : `, held-out NLL ${test.toFixed(3)}`);
  try {
    for await (const record of run) {
      trace.write(record);
      io.log({ event: "trace", ...record });
      test = record.test ?? test;
      lost = record.effort?.dropped ?? 0;
      progress.update(done(), words());
      if (await interrupted()) {
        stopped = run.iteration < run.iterations;
        break;
      }
      const since = io.now() - saved;
      if (since > 1000 * every || (since > 200 * took && saveWanted?.())) {
        const before = io.now();
        writeCheckpoint(out, run.checkpoint());
        saved = io.now();
        took = saved - before;
        savedIteration = run.iteration;
      }
    }
  } catch (error) {
    // Ctrl-C while images are loaded for the next stage
    if (!(error instanceof DOMException && error.name === "AbortError")) {
      // a step broken off half-way is not saved: the last whole checkpoint stands
      if (savedIteration !== undefined) {
        io.report(`Iteration ${savedIteration} is saved; --resume goes on from there.`);
      }
      throw error;
    }
    stopped = true;
  }
  progress.done(words());
  return { test, stopped, lost };
}
