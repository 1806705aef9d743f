import type { Hyperparameters, OptimizerName } from "./registry.ts";

/** The optimizers that Punjani & Brubaker compare, in the order of their Sec. 4. */
export type PaperOptimizer = Extract<
  OptimizerName,
  "sgd" | "momentum" | "nesterov" | "adagrad" | "tonga" | "olbfgs" | "hessianFree"
>;

/** Rates fall as (1 + 0.01 t)^-0.75. */
const annealed = (start: number) =>
  ({ kind: "annealing", start, decay: 1e-2, power: 0.75 }) as const;
/** min(0.9, 1 - 2^(-1 - log2(floor(t / 100) + 1))). */
const rising = { kind: "rising", limit: 0.9, period: 100 } as const;

/**
 * The hyperparameters of Punjani & Brubaker, Sec. 4, as createOptimizer() takes them. The schedules are
 * theirs; base rates and dampings they tuned by hand and do not give, so that those here are the
 * optimizers' own defaults, to be tuned: a start of annealing, AdaGrad's constant rate, lambda of TONGA,
 * oLBFGS and Hessian-free. Their sizes are the optimizers' own and have no schedule: 20 axes every 20
 * iterations of TONGA, 30 pairs of oLBFGS, 5 conjugate gradients.
 */
export const paperHyperparameters: Readonly<Record<PaperOptimizer, Hyperparameters>> = {
  sgd: { learningRate: annealed(1) },
  momentum: { learningRate: annealed(2), momentum: rising },
  nesterov: { learningRate: annealed(1), momentum: rising },
  adagrad: { learningRate: 40 },
  tonga: { learningRate: annealed(5), damping: 0.5 },
  olbfgs: { learningRate: annealed(3), damping: 0.2 },
  hessianFree: { damping: 0.1, differences: 1 },
};

/** Images a minibatch, Punjani & Brubaker, Sec. 4. */
export const paperBatchSizes: Readonly<Record<PaperOptimizer, number>> = {
  sgd: 100,
  momentum: 100,
  nesterov: 100,
  adagrad: 100,
  tonga: 100,
  olbfgs: 100,
  hessianFree: 300,
};
