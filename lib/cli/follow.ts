import type { March } from "../march.ts";
import type { TraceRecord } from "../trace.ts";
import type { IO } from "./io.ts";
import type { OutputDirectory } from "./output_directory.ts";
import { createProgress } from "./progress.ts";
import { openTrace, writeCheckpoint } from "./run_directory.ts";

/** Runs the loop, writing the trace and a checkpoint now and then; returns the last records. */
export async function follow(
  run: March,
  out: OutputDirectory,
  { every, interrupted, io }: {
    every: number;
    interrupted: () => Promise<boolean>;
    io: IO;
  },
): Promise<{ last?: TraceRecord; test?: number; stopped: boolean }> {
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
    total: Math.round(flop(run.plans.length) / 1e9),
    unit: "Gflop",
    start: done(),
    io,
  });
  let last: TraceRecord | undefined, test: number | undefined, saved = io.now(), stopped = false;
  const words = () =>
    `iteration ${run.iteration} of ${run.iterations}, ${run.plan.resolution.toFixed(0)} A` +
    (test === undefined ? "" : `, held-out NLL ${test.toFixed(3)}`);
  for await (const record of run) {
    trace.write(record);
    last = record;
    test = record.test ?? test;
    progress.update(done(), words());
    if (await interrupted()) {
      stopped = run.iteration < run.iterations;
      break;
    }
    if (io.now() - saved > 1000 * every) {
      writeCheckpoint(out, run.checkpoint());
      saved = io.now();
    }
  }
  progress.done(words());
  return { last, test, stopped };
}
