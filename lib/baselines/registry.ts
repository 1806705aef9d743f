import { batchEM } from "./batch_em.ts";
import type { Baseline } from "./baseline.ts";
import { projectionMatching } from "./projection_matching.ts";

/** The baselines by name. A new one is a file beside this and a line here. */
export const baselines = {
  projectionMatching,
  batchEM,
} satisfies Record<string, Baseline>;

/** Name of a baseline. */
export type BaselineName = keyof typeof baselines;
