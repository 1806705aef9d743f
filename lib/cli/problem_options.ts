import { backends } from "../backends.ts";
import { problems } from "../compare/problems.ts";
import { parsePrior, priors } from "../priors/registry.ts";
import { wantedNames } from "../nearest.ts";
import { flagOf, type Values } from "./command.ts";
import { particleEndings } from "../formats/registry.ts";
import { choice, integer, number, text } from "./option.ts";
import { particleOptions, PARTICLES } from "./particle_options.ts";

/** What `compare` and `tune` run on. */
export const problemArgument = {
  problem: text({
    value: "PROBLEM",
    summary: `one of ${Object.keys(problems).join(", ")}, or ${PARTICLES}`,
    required: true,
    names: Object.keys(problems),
  }),
};

/** Options that a named problem has its own values of. */
const OWN = [
  "truth",
  "dataDir",
  "maxResolution",
  "maxFrequency",
  "prior",
  "shiftExtent",
  "shiftSigma",
]
  .map((name) => name as "truth");

/** Options that say what the problem is, and how methods are set. */
export const problemOptions = {
  truth: text({ value: "MAP", summary: "known density on the scale of the images, .mrc" }),
  ...particleOptions,
  count: integer({ value: "K", summary: "only the first K images", min: 1 }),
  maxResolution: number({
    value: "A",
    summary: "finest detail that counts, A; 6.4 Fourier pixels unless given",
    above: 0,
  }),
  maxFrequency: number({
    value: "F",
    summary: "the same as a fraction of Nyquist",
    above: 0,
    max: 1,
  }),
  heldOut: integer({ value: "H", summary: "images kept to measure with", min: 1, default: 100 }),
  prior: text({
    value: "PRIOR",
    summary: `one of ${Object.keys(priors).join(", ")}, as in sparse:3e-2,1e-4`,
    names: Object.keys(priors),
  }),
  shiftExtent: number({
    value: "PX",
    summary: "how far particles may lie off centre, px; 0 unless given",
    min: 0,
  }),
  shiftSigma: number({
    value: "PX",
    summary: "standard deviation of their offset along x and along y, px; flat unless given",
    above: 0,
  }),
  setting: choice(["paper", "robust"], {
    value: "NAME",
    summary: "paper: no mask, no tempering; robust: the same soft mask and tempered start for all",
    default: "paper",
  }),
  hyperparameters: text({
    value: "METHOD.NAME=SCHEDULE ...",
    summary:
      'numbers of a method, as in "sgd.learningRate=annealing:2 tonga.damping=0.3"; not tuned then',
  }),
  backend: choice(["auto", ...Object.keys(backends)], {
    value: "NAME",
    summary: "where the sums are done",
    default: "auto",
  }),
  threads: integer({ value: "N", summary: "threads; all cores unless given", min: 1 }),
};

/**
 * Checks them against each other and the problem.
 *
 * @throws {RangeError} if they contradict each other, or there is no such problem.
 */
export function checkProblemOptions(
  values: Values<typeof problemArgument> & Values<typeof problemOptions>,
): void {
  const { problem, maxResolution, maxFrequency, prior } = values;
  if (!particleEndings.some((ending) => problem.toLowerCase().endsWith(`.${ending}`))) {
    if (!Object.hasOwn(problems, problem)) {
      throw new RangeError(
        `Cannot use problem ${problem}: ${wantedNames(problem, Object.keys(problems))}, ` +
          `or a file that ends in .${particleEndings.join(" or .")}`,
      );
    }
    const own = OWN.find((name) => values[name] !== undefined) ??
      (values.passthrough.length > 0 ? "passthrough" : undefined);
    if (own !== undefined) {
      throw new RangeError(
        `Cannot use ${flagOf(own)} with ${problem}: it has its own, wanted a file of particles`,
      );
    }
  }
  if (maxResolution !== undefined && maxFrequency !== undefined) {
    throw new RangeError(
      "Cannot run with both --max-resolution and --max-frequency: wanted one of them",
    );
  }
  if (prior !== undefined) parsePrior(prior);
}
