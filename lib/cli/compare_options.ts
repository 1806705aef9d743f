import { baselines } from "../baselines/registry.ts";
import { optimizers } from "../optimizers/registry.ts";
import type { Values } from "./command.ts";
import { parseBaselines, parseOptimizers, relionContestant } from "./contestants.ts";
import { choice, flag, integer, number, text } from "./option.ts";
import { checkProblemOptions, type problemArgument, problemOptions } from "./problem_options.ts";

/** The options of `compare`. */
export const compareOptions = {
  out: text({ value: "DIR", summary: "folder to write to", required: true }),
  optimizers: text({
    value: "A,B,...",
    summary: `methods: paper (its seven), all, or some of ${Object.keys(optimizers).join(", ")}`,
    default: "paper",
    names: ["paper", "all", ...Object.keys(optimizers)],
    list: true,
  }),
  baselines: text({
    value: "A,B,...",
    summary: `methods that work on all images at a time, five passes: all, or some of ${
      Object.keys(baselines).join(", ")
    }`,
    names: ["all", ...Object.keys(baselines)],
    list: true,
  }),
  withRelion: flag(
    "RELION too: five iterations of its EM from the same start, if relion_refine is on the PATH",
  ),
  epochs: number({
    value: "E",
    summary: "budget of a run: image gradients as passes over the images",
    above: 0,
    default: 10,
  }),
  budget: choice(["evals", "seconds"], {
    value: "UNIT",
    summary: "what every run gets the same of: image gradients, or seconds of --seconds",
    default: "evals",
  }),
  seconds: number({ value: "S", summary: "budget of a run with --budget seconds", above: 0 }),
  seeds: integer({
    value: "N",
    summary: "runs of each method, with other starts, orders and held-out images",
    min: 1,
    default: 1,
  }),
  firstSeed: integer({ value: "N", summary: "seed of the first", min: 0, default: 0 }),
  ...problemOptions,
  tuneGradients: integer({
    value: "G",
    summary: "image gradients a method may spend on its rate; six runs, of 20,000 at most, " +
      "unless given",
    min: 1,
  }),
  noTune: flag("take every method's rate as it is"),
  jobs: integer({
    value: "J",
    summary: "runs side by side; they share the threads, and disturb each other's seconds",
    min: 1,
    default: 1,
  }),
  checkpointEvery: number({
    value: "S",
    summary: "seconds between checkpoints of a run",
    above: 0,
    default: 30,
  }),
  against: text({
    value: "REF",
    summary: "another comparison, its folder or summary.json: what got better or worse",
  }),
  resume: flag("go on with the comparison in the folder; methods may be added"),
  overwrite: flag("write to a folder that is not empty"),
  json: flag("print the summary as JSON"),
};

/** The methods that take part, in order. */
export function contestantsOf(
  { optimizers, baselines, withRelion, setting, hyperparameters, out }: Pick<
    Values<typeof compareOptions>,
    "optimizers" | "baselines" | "withRelion" | "setting" | "hyperparameters" | "out"
  >,
) {
  return [
    ...parseOptimizers(optimizers, {
      flag: "--optimizers",
      setting: setting as "paper",
      hyperparameters,
    }),
    ...baselines === undefined ? [] : parseBaselines(baselines),
    ...withRelion ? [relionContestant(out)] : [],
  ];
}

/**
 * Checks them against each other.
 *
 * @throws {RangeError} if they contradict each other, or a method or schedule cannot be read.
 */
export function checkCompareOptions(
  values: Values<typeof problemArgument> & Values<typeof compareOptions>,
): void {
  checkProblemOptions(values);
  const { budget, seconds, resume, overwrite, noTune, tuneGradients } = values;
  if ((budget === "seconds") !== (seconds !== undefined)) {
    throw new RangeError(
      budget === "seconds"
        ? "Cannot use --budget seconds without --seconds S: wanted how many"
        : "Cannot use --seconds with --budget evals: wanted --budget seconds",
    );
  }
  if (resume && overwrite) {
    throw new RangeError("Cannot run with both --resume and --overwrite: wanted one of them");
  }
  if (noTune && tuneGradients !== undefined) {
    throw new RangeError("Cannot run with both --no-tune and --tune-gradients: wanted one of them");
  }
  contestantsOf(values);
}
