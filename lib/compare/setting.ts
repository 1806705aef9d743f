import { createOptimizer, type Hyperparameters } from "../optimizers/registry.ts";
import { paperHyperparameters, type PaperOptimizer } from "../optimizers/paper.ts";
import type { PlanOptions } from "../plan_options.ts";

/** paper: one band, no mask, no tempering; robust: the same soft mask and tempered start for all. */
export type Setting = "paper" | "robust";

/** Image gradients over which posteriors are tempered: 40 minibatches of 100, as in reconstruct(). */
const TEMPERED = 4000;

/** Image gradients an iteration takes over those of one minibatch: such methods are tempered in fewer. */
const PASSES: Readonly<Record<string, number>> = { olbfgs: 2 };

/** What a setting asks of every method. */
export function settingOptions(
  setting: Setting,
  optimizer: string,
): Pick<PlanOptions, "maskRadius" | "temperShare" | "temperIterations"> {
  if (setting === "paper") return {};
  const images = createOptimizer(optimizer).batchSize ?? 100;
  const temperIterations = Math.max(1, Math.round(TEMPERED / images / (PASSES[optimizer] ?? 1)));
  return { maskRadius: 0.42, temperShare: 0.01, temperIterations };
}

/** A method's numbers before any tuning: the paper's in its setting where it has them, else the defaults. */
export function presetOf(setting: Setting, optimizer: string): Hyperparameters {
  return setting === "paper" && Object.hasOwn(paperHyperparameters, optimizer)
    ? paperHyperparameters[optimizer as PaperOptimizer]
    : {};
}
