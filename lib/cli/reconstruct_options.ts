import { backends } from "../backends.ts";
import { optimizers } from "../optimizers/registry.ts";
import { parsePrior, priors } from "../priors/registry.ts";
import { SCALE_CHOICES } from "../march_options.ts";
import { QUADRATURES } from "../plan_options.ts";
import { parseSchedule, schedules } from "../schedule.ts";
import { flagOf, type Values } from "./command.ts";
import { parseHyperparameters } from "./hyperparameters.ts";
import { particleOptions } from "./particle_options.ts";
import { choice, flag, integer, number, text, TEXT_OR_NUMBER } from "./option.ts";
import { PORT } from "./live_view.ts";

/** Options that ask for a method other than the recipe's. */
export const METHOD = ["optimizer", "learningRate", "momentum", "hyperparameters"] as const;

const SCHEDULE = `a number or one of ${Object.keys(schedules).join(", ")} with its numbers`;

/** The options of `reconstruct`. */
export const reconstructOptions = {
  out: text({ value: "DIR", summary: "folder to write to", required: true }),
  ...particleOptions,
  maxResolution: number({
    value: "A",
    summary:
      "finest detail that counts, A; unless given, 16 Fourier pixels (robust) or 40 A (paper)",
    above: 0,
  }),
  maxFrequency: number({
    value: "F",
    summary: "the same as a fraction of Nyquist",
    above: 0,
    max: 1,
  }),
  epochs: number({
    value: "E",
    summary: "passes over the images; unless given, 16,000 image gradients (robust) or 10 (paper)",
    above: 0,
  }),
  batchSize: integer({ value: "B", summary: "images a minibatch; 100 unless given", min: 1 }),
  heldOut: integer({ value: "H", summary: "images kept to measure with", min: 1, default: 100 }),
  setting: choice(["robust", "paper"], {
    value: "NAME",
    summary:
      "robust: preconditioned steps in a soft mask, a tempered start, resolution marching to " +
      "the finest in stages; paper: one band from start to end, no mask; robust unless --optimizer, " +
      "--learning-rate, --momentum or --hyperparameters is given",
  }),
  optimizer: choice(Object.keys(optimizers), {
    value: "NAME",
    summary: "the method of the paper setting, momentum unless given",
  }),
  learningRate: text({
    value: "SCHEDULE",
    summary: `in units of 1/L: ${SCHEDULE}, as in annealing:1,0.01,0.75`,
    names: Object.keys(schedules),
    schema: TEXT_OR_NUMBER,
  }),
  momentum: text({
    value: "SCHEDULE",
    summary: "the method's momentum, as in rising:0.9",
    names: Object.keys(schedules),
    schema: TEXT_OR_NUMBER,
  }),
  hyperparameters: text({
    value: "NAME=SCHEDULE ...",
    summary: 'its other numbers, as in "damping=0.3 forgetting=0.99"',
  }),
  prior: text({
    value: "PRIOR",
    summary: `one of ${Object.keys(priors).join(", ")}, as in sparse:1e-4,1e-4`,
    default: "sparse",
    names: Object.keys(priors),
  }),
  init: text({
    value: "FILE",
    summary: "spheres, or a map to start from",
    default: "spheres",
    names: ["spheres"],
  }),
  workBox: text({
    value: "M",
    summary: "edge of the grid the density lives on, px, or auto",
    default: "auto",
    names: ["auto"],
    schema: TEXT_OR_NUMBER,
  }),
  crop: integer({
    value: "N",
    summary: "use the central N x N px of the images: margins cost time and resolution",
    min: 2,
  }),
  downsample: integer({
    value: "N",
    summary: "use the images in N x N larger pixels: a smaller map, hardly faster",
    min: 2,
  }),
  starts: integer({
    value: "N",
    summary: "random starts; the likeliest after the first stage goes on, the others are kept",
    min: 1,
    default: 1,
  }),
  shiftExtent: text({
    value: "PX",
    summary:
      "how far particles may lie off centre, px, or auto: as the map of the first stage says; auto " +
      "unless given (robust), 0 (paper)",
  }),
  shiftSigma: number({
    value: "PX",
    summary: "standard deviation of their offset along x and along y, px; flat unless given",
    above: 0,
  }),
  quadrature: choice(QUADRATURES, {
    value: "WAY",
    summary:
      "sum over all poses, or only over those that coarser sums find the posterior near; cascade " +
      "unless given (robust), exhaustive (paper)",
  }),
  noise: choice(["white", "shells"], {
    value: "MODEL",
    summary:
      "white, or by shell of frequency: measured in the images' corners at first, then in what the map " +
      "leaves of the images; shells unless given (robust), white (paper)",
  }),
  outliers: number({
    value: "SHARE",
    summary:
      "share of images expected to show something else, which then do not steer the map; 0 is none; " +
      "0.05 unless given (robust), 0 (paper)",
    min: 0,
    max: 0.9,
  }),
  scales: choice(SCALE_CHOICES, {
    value: "WAY",
    summary:
      "images' scales beside those of their CTFs: on, estimated after each stage up to 11 Fourier pixels; " +
      "auto, if held-out images gain by it; auto unless given (robust), off (paper)",
  }),
  halves: flag(
    "afterwards reconstruct two halves of the images by themselves: half1.mrc, half2.mrc, their FSC " +
      "and map_filtered.mrc",
  ),
  halvesFrom: number({
    value: "A",
    summary:
      "finest detail of the map that both halves begin with; unless given, the first stage's",
    above: 0,
  }),
  contrast: choice(["auto", "white", "black"], {
    value: "SIGN",
    summary: "of the particles; auto: what the images say, white if they do not",
    default: "auto",
  }),
  diameter: number({
    value: "A",
    summary:
      "of the particle, as measured unless given; the mask is 1.2 times as large, and at most " +
      "0.84 box edges unless given",
    above: 0,
  }),
  seed: integer({ value: "N", summary: "seed of everything random", min: 0, default: 0 }),
  backend: choice(["auto", ...Object.keys(backends)], {
    value: "NAME",
    summary: "where the sums are done",
    default: "auto",
  }),
  threads: integer({ value: "N", summary: "threads; all cores unless given", min: 1 }),
  checkpointEvery: number({
    value: "S",
    summary: "seconds between checkpoints",
    above: 0,
    default: 30,
  }),
  watch: flag("serve a page of the run while it goes on, on this machine only"),
  port: integer({
    value: "PORT",
    summary: "for --watch; 0: a free one",
    min: 0,
    max: 65535,
    default: PORT,
  }),
  resume: flag("go on from the checkpoint in the folder"),
  overwrite: flag("write to a folder that is not empty"),
  json: flag("print the outcome as JSON"),
};

/**
 * Checks them against each other.
 *
 * @throws {RangeError} if they contradict each other, or a schedule or prior cannot be read.
 */
export function checkReconstructOptions(values: Values<typeof reconstructOptions>): void {
  const {
    starts,
    init,
    shiftExtent,
    maxResolution,
    maxFrequency,
    workBox,
    learningRate,
    momentum,
    prior,
  } = values;
  const { hyperparameters, resume, overwrite, setting, halves, halvesFrom } = values;
  for (const name of METHOD) {
    if (setting === "robust" && values[name] !== undefined) {
      throw new RangeError(
        `Cannot use ${flagOf(name)} with --setting robust: wanted --setting paper`,
      );
    }
  }
  if (maxResolution !== undefined && maxFrequency !== undefined) {
    throw new RangeError(
      "Cannot run with both --max-resolution and --max-frequency: wanted one of them",
    );
  }
  if (halvesFrom !== undefined && !halves) {
    throw new RangeError("Cannot use --halves-from without --halves: wanted both");
  }
  if (resume && overwrite) {
    throw new RangeError("Cannot run with both --resume and --overwrite: wanted one of them");
  }
  if (starts > 1 && init !== "spheres") {
    throw new RangeError(`Cannot use --starts ${starts} with --init ${init}: wanted random starts`);
  }
  if (shiftExtent !== undefined && shiftExtent !== "auto" && !(Number(shiftExtent) >= 0)) {
    throw new RangeError(
      `Cannot use --shift-extent ${shiftExtent}: wanted auto or a number of px, 0 or more`,
    );
  }
  if (workBox !== "auto" && Number.isNaN(Number(workBox))) {
    throw new RangeError(`Cannot use --work-box ${workBox}: wanted auto or a number`);
  }
  for (const schedule of [learningRate, momentum]) {
    if (schedule !== undefined) parseSchedule(schedule);
  }
  const named = hyperparameters === undefined ? {} : parseHyperparameters(hyperparameters);
  for (const name of ["learningRate", "momentum"] as const) {
    if (values[name] !== undefined && name in named) {
      throw new RangeError(
        `Cannot use both ${flagOf(name)} and --hyperparameters ${name}=: wanted one of them`,
      );
    }
  }
  parsePrior(prior);
}
