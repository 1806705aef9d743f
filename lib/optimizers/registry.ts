import { wantedNames } from "../nearest.ts";
import { parseSchedule, type Schedule, type ScheduleSpec } from "../schedule.ts";
import { adagrad } from "./adagrad.ts";
import { adam } from "./adam.ts";
import { csgd } from "./csgd.ts";
import { dog } from "./dog.ts";
import { dowg } from "./dowg.ts";
import { hessianFree } from "./hessian_free.ts";
import { momentum } from "./momentum.ts";
import { nesterov } from "./nesterov.ts";
import { olbfgs } from "./olbfgs.ts";
import type { Optimizer } from "./optimizer.ts";
import { preconditioned } from "./preconditioned.ts";
import { prodigy } from "./prodigy.ts";
import { requireOptimizer } from "./required.ts";
import { rmsprop } from "./rmsprop.ts";
import { sag } from "./sag.ts";
import { saga } from "./saga.ts";
import { scheduleFree } from "./schedule_free.ts";
import { sgd } from "./sgd.ts";
import { tonga } from "./tonga.ts";
import { vdam } from "./vdam.ts";
import { vsgd } from "./vsgd.ts";

/** The optimizers by name. A new one is a file beside this and a line here. */
export const optimizers = {
  sgd,
  momentum,
  nesterov,
  adagrad,
  tonga,
  olbfgs,
  hessianFree,
  preconditioned,
  sag,
  saga,
  rmsprop,
  adam,
  vsgd,
  vdam,
  csgd,
  dog,
  dowg,
  prodigy,
  scheduleFree,
};

/** Name of an optimizer. */
export type OptimizerName = keyof typeof optimizers;

/** Hyperparameters by name, each in any form that parseSchedule() reads. */
export type Hyperparameters = Readonly<Record<string, number | string | ScheduleSpec | Schedule>>;

/**
 * An optimizer by name, its own defaults wherever no hyperparameter is given. One that has been made is
 * returned as it is.
 *
 * @throws {RangeError} on an unknown name or a hyperparameter it does not have.
 */
export function createOptimizer(
  from: string | Optimizer,
  hyperparameters: Hyperparameters = {},
): Optimizer {
  if (typeof from === "object") {
    requireOptimizer(from, Object.keys(hyperparameters));
    return from;
  }
  const name = from;
  if (!Object.hasOwn(optimizers, name)) {
    throw new RangeError(
      `Cannot make an optimizer: name ${name}, ${wantedNames(name, Object.keys(optimizers))}`,
    );
  }
  const create = optimizers[name as OptimizerName];
  const known = Object.keys(create().hyperparameters);
  for (const key of Object.keys(hyperparameters)) {
    if (!known.includes(key)) {
      throw new RangeError(
        `Cannot make optimizer ${name}: it has no ${key}, ${wantedNames(key, known)}`,
      );
    }
  }
  const schedules = Object.entries(hyperparameters).map((
    [key, from],
  ) => [key, parseSchedule(from)]);
  return create(Object.fromEntries(schedules)) as unknown as Optimizer;
}
