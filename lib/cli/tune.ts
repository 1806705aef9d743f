import { createBackend } from "../backends.ts";
import type { TuningSummary } from "../compare/summary.ts";
import { createPlan } from "../plan.ts";
import { keptInMemory, subset } from "../subset.ts";
import { defineCommand } from "./command.ts";
import { type Contest, IMAGE_MEMORY, isInterruption, planOptions } from "./contest.ts";
import { parseOptimizers } from "./contestants.ts";
import { INTERRUPTED, watchInterrupt } from "./interrupt.ts";
import { flag, integer, number, text } from "./option.ts";
import { openProblem } from "./problem.ts";
import { checkProblemOptions, problemArgument, problemOptions } from "./problem_options.ts";
import { createTally } from "./tally.ts";
import { imagesToTune, requireTuningBudget, tune as search, tuningBudget } from "./tuning.ts";

/** What was tried, a line each, in order of the value; the chosen one marked. */
function describeTuning(name: string, { parameter, candidates, chosen, ...rest }: TuningSummary) {
  const rows = [...candidates].sort((a, b) => a.value - b.value).map(({ value, test }) =>
    `  ${String(value).padEnd(10)} ${test === null ? "diverged" : test.toFixed(3)}` +
    (value === chosen ? "  chosen" : "")
  );
  const edge = rest.atEdge ? "; it lies at the edge of what was tried" : "";
  return [
    `${name}: ${parameter} ${chosen}, by held-out NLL, ${rest.gradients} image gradients${edge}`,
    ...rows,
  ];
}

/** `tune`: finds the rate of a method. */
export const tune = defineCommand({
  description:
    "Find the learning rate of an optimizer, or its damping if it has no rate: short runs on some of " +
    "the images, each measured on others that it does not train on. The same budget for every method; " +
    "a geometric grid about the default is extended while its best value lies at an edge, then " +
    "refined, all from that budget. Values at which a run diverges are reported.",
  arguments: problemArgument,
  options: {
    optimizer: text({
      value: "A,B,...",
      summary: "methods to tune, with commas; paper or all",
      required: true,
    }),
    epochs: number({
      value: "E",
      summary: "length of the runs it is tuned for, passes over the images",
      above: 0,
      default: 10,
    }),
    gradients: integer({
      value: "G",
      summary: "image gradients a method may spend; six runs, of 20,000 at most, unless given",
      min: 1,
    }),
    seed: integer({ value: "N", summary: "seed of everything random", min: 0, default: 0 }),
    ...problemOptions,
    json: flag("print JSON"),
  },
  config: true,
  examples: [
    { does: "the rate of SGD", line: "paper-synthetic-small --optimizer sgd" },
    {
      does: "of two methods, on your own particles",
      line: "particles.star --optimizer momentum,adam --setting robust",
    },
  ],

  check(values) {
    checkProblemOptions(values);
    const { setting, hyperparameters } = values;
    parseOptimizers(values.optimizer, {
      flag: "--optimizer",
      setting: setting as "paper",
      hyperparameters,
    });
  },

  async run({ optimizer, epochs, gradients, seed, json, ...values }, io) {
    const setting = values.setting as "paper", { hyperparameters } = values;
    const contestants = parseOptimizers(optimizer, {
      flag: "--optimizer",
      setting,
      hyperparameters,
    });
    const threads = values.threads ?? navigator.hardwareConcurrency;
    await using backend = await createBackend(values.backend as "auto", { threads });
    using interrupt = watchInterrupt(io);
    using problem = await openProblem(values, { threads, signal: interrupt.signal, io });
    const { particles, options: { heldOut = 100 } } = problem;
    const contest: Contest = {
      problem,
      setting,
      imageMemory: IMAGE_MEMORY,
      signal: interrupt.signal,
      interrupted: () => interrupt.requested(),
      io,
    };
    for (const { name, hyperparameters } of contestants) {
      const options = planOptions(contest, { optimizer: name, hyperparameters, seed });
      createPlan(particles, backend, options);
    }
    const budget = tuningBudget(epochs * (particles.count - heldOut), gradients);
    const tuned = contestants.filter(({ tuned }) => tuned !== null);
    requireTuningBudget(tuned, budget);
    const found: Record<string, TuningSummary | null> = {};
    const tally = createTally({
      label: "Tuning",
      total: tuned.length * budget.gradients,
      unit: "image gradients",
      io,
    });
    try {
      const chosen = imagesToTune(particles, contestants, { heldOut, seeds: [seed] });
      // images of a large named problem are made when they are read: once is enough
      const images = tuned.length ? await keptInMemory(subset(particles, chosen)) : particles;
      for (const contestant of contestants) {
        const { name } = contestant;
        found[name] = contestant.tuned === null ? null : await search(contest, contestant, {
          images,
          backend,
          seed,
          budget,
          progress: (spent, words) => tally.update(name, spent, words),
        });
        if (found[name]) tally.update(name, budget.gradients, name);
      }
    } catch (error) {
      if (!isInterruption(error)) throw error;
      return INTERRUPTED;
    }
    tally.done();
    if (json) return io.print(JSON.stringify(found, null, 2));
    for (const [name, summary] of Object.entries(found)) {
      const lines = summary
        ? describeTuning(name, summary)
        : [`${name}: not tuned, it has no rate of its own to tune or you have given it`];
      lines.forEach((line) => io.print(line));
    }
  },
});
