import { type PhantomName, phantoms } from "../phantom.ts";
import { type Command, defineCommand, flagOf, valuesOf } from "./command.ts";
import { evaluate } from "./evaluate.ts";
import type { IO } from "./io.ts";
import { choice, integer, number, text } from "./option.ts";
import { formatDuration } from "./progress.ts";
import { reconstruct } from "./reconstruct.ts";
import { writeReport } from "./report.ts";
import { simulate } from "./simulate.ts";

/** Runs a command as if it had been typed, and shows its line. */
async function type(
  command: Command,
  name: string,
  args: readonly string[],
  options: Readonly<Record<string, string | true>>,
  io: IO,
): Promise<number> {
  const flags = Object.entries(options).flatMap(([key, value]) =>
    value === true ? [flagOf(key)] : [flagOf(key), value]
  );
  io.report(`\n$ cli.ts ${[name, ...args, ...flags].join(" ")}`);
  return await command.run(valuesOf(command, { arguments: args, options }), io) ?? 0;
}

/** `demo`: the whole job in one command, on particles of a known density. */
export const demo = defineCommand({
  description:
    "The whole job on a density that is known: make a phantom's particle images, find the density " +
    "again from random spheres, compare the two. Each step is a command of its own; its line is shown. " +
    "Everything is written to one folder, over what an earlier demo left there.",
  arguments: {},
  options: {
    out: text({ value: "DIR", summary: "folder to write to", default: "out/demo" }),
    phantom: choice(Object.keys(phantoms) as PhantomName[], {
      value: "NAME",
      summary: "the density",
      default: "cylinder",
    }),
    count: integer({ value: "K", summary: "number of images", min: 300, default: 2000 }),
    snr: number({ value: "RATIO", summary: "signal to noise ratio", above: 0, default: 0.05 }),
    seed: integer({ value: "N", summary: "seed of everything random", min: 0, default: 0 }),
  },
  examples: [{ does: "another density, fewer images", line: "--phantom enzyme --count 1000" }],

  async run({ out, phantom, count, snr, seed }, io) {
    const started = io.now();
    const made = await type(simulate, "simulate", [], {
      phantom: phantom!,
      box: "64",
      pixelSize: "5",
      count: String(count),
      snr: String(snr),
      seed: String(seed),
      out,
      overwrite: true,
    }, io);
    if (made !== 0) return made;
    const found = await type(reconstruct, "reconstruct", [`${out}/particles.star`], {
      out,
      overwrite: true,
      maxResolution: "25",
      seed: String(seed),
    }, io);
    if (found !== 0) return found;
    const judged = await type(evaluate, "evaluate", [`${out}/map.mrc`, `${out}/truth.mrc`], {
      out: `${out}/aligned.mrc`,
    }, io);
    if (judged === 0) await writeReport(out); // with the truth, too
    io.print(
      `\n${
        formatDuration((io.now() - started) / 1000)
      } in all; everything is in ${out}, to be read in ${out}/report.html`,
    );
    return judged;
  },
});
