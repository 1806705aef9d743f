import { requireMembers } from "../members.ts";
import { parseSchedule } from "../schedule.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Checks an optimizer that the caller made.
 *
 * @param given names of hyperparameters that came beside it
 * @throws {TypeError} if it is none.
 * @throws {RangeError} if there are hyperparameters: it has its own.
 */
export function requireOptimizer(optimizer: Optimizer, given: readonly string[]): void {
  requireMembers("use an optimizer", optimizer, {
    name: "string",
    hyperparameters: "object",
    init: "function",
    step: "function",
  });
  for (const schedule of Object.values(optimizer.hyperparameters)) parseSchedule(schedule);
  if (given.length === 0) return;
  throw new RangeError(
    `Cannot use optimizer ${optimizer.name} with hyperparameters ${given.join(", ")}: it has its ` +
      "own, wanted none beside it",
  );
}

/**
 * Checks what a step came to.
 *
 * @param train f where the objective was evaluated first
 * @param change of V; its norm is `length`
 * @param size voxels of V
 * @throws {TypeError} if the optimizer does not keep to its interface.
 * @throws {RangeError} if the run diverges.
 */
export function requireStep(
  { name }: Optimizer,
  { t, train, change, length, size }: {
    t: number;
    train: number | undefined;
    change: Float32Array;
    length: number;
    size: number;
  },
): void {
  if (train === undefined || change.length !== size) {
    const found = train === undefined ? "no evaluation" : `a change of ${change.length} voxels`;
    throw new TypeError(
      `Cannot go on: a step of optimizer ${name} with ${found}, wanted the objective evaluated and ` +
        `a change of ${size} voxels`,
    );
  }
  if (Number.isFinite(length) && Number.isFinite(train)) return;
  throw new RangeError(
    `Cannot go on: iteration ${t} gave f = ${train} and a step of ${length}, ` +
      "wanted finite numbers; a smaller learning rate may help",
  );
}
