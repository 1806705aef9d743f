import { createOptimizer, type Hyperparameters } from "../optimizers/registry.ts";
import { paperHyperparameters } from "../optimizers/paper.ts";
import type { PlanOptions } from "../plan.ts";

/** paper: one band, no mask, no tempering; robust: the same soft mask and tempered start for all. */
export type Setting = "paper" | "robust";

/** Image gradients over which posteriors are tempered: 40 minibatches of 100, as in reconstruct(). */
const TEMPERED = 4000;

/**
 * Image gradients an iteration takes over those of one minibatch, on average over a run: methods that
 * take several are tempered for as many gradients as the others, in fewer iterations.
 */
const PASSES: Readonly<Record<string, number>> = { olbfgs: 2, hessianFree: 3 };

/** What a setting asks of every method. */
export function settingOptions(
  setting: Setting,
  optimizer: string,
  { batchSize }: { batchSize?: number } = {},
): Pick<PlanOptions, "maskRadius" | "temperShare" | "temperIterations"> {
  if (setting === "paper") return {};
  const images = batchSize ?? createOptimizer(optimizer).batchSize ?? 100;
  const temperIterations = Math.max(1, Math.round(TEMPERED / images / (PASSES[optimizer] ?? 1)));
  return { maskRadius: 0.42, temperShare: 0.01, temperIterations };
}

/** A method's numbers before any tuning: the paper's schedules where the paper has them, in both settings. */
export function presetOf(optimizer: string): Hyperparameters {
  return Object.hasOwn(paperHyperparameters, optimizer)
    ? paperHyperparameters[optimizer as keyof typeof paperHyperparameters]
    : {};
}
