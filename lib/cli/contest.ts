import { settingOptions } from "../compare/setting.ts";
import type { ComparisonProblem } from "../compare/problems.ts";
import type { Setting } from "../compare/setting.ts";
import type { Hyperparameters } from "../optimizers/registry.ts";
import type { PlanOptions } from "../plan_options.ts";
import type { IO } from "./io.ts";

/** What all runs of a comparison have in common. */
export interface Contest {
  readonly problem: ComparisonProblem;
  readonly setting: Setting;
  /** Bytes of prepared images that one run may keep in memory. */
  readonly imageMemory: number;
  /** Stops loading. */
  readonly signal: AbortSignal;
  /** Whether runs are to save and stop. */
  interrupted(): Promise<boolean>;
  readonly io: IO;
}

/** Bytes of prepared images that all runs side by side may keep in memory. */
export const IMAGE_MEMORY = 1400e6;

/** What a run is planned with. */
export function planOptions(
  { problem, setting, imageMemory }: Pick<Contest, "problem" | "setting" | "imageMemory">,
  { optimizer, hyperparameters, seed }: {
    optimizer: string;
    hyperparameters: Hyperparameters;
    seed: number;
  },
): PlanOptions {
  const own = settingOptions(setting, optimizer);
  return { ...problem.options, ...own, optimizer, hyperparameters, seed, imageMemory };
}

/** Stops what is going on; whoever catches it has saved. */
export function interruption(): DOMException {
  return new DOMException("Stopped", "AbortError");
}

/** Whether something was stopped rather than gone wrong. */
export function isInterruption(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Does tasks side by side, each worker one at a time, in their order; the first failure stops all. */
export async function sideBySide<T, W>(
  tasks: readonly T[],
  workers: readonly W[],
  run: (task: T, worker: W, failed: () => boolean) => Promise<void>,
): Promise<void> {
  let next = 0, failure: { error: unknown } | undefined;
  const failed = () => failure !== undefined;
  await Promise.all(workers.map(async (worker) => {
    while (next < tasks.length && !failed()) {
      const task = tasks[next++];
      try {
        await run(task, worker, failed);
      } catch (error) {
        failure ??= { error };
      }
    }
  }));
  if (failure) throw failure.error;
}
