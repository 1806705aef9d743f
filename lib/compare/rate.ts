import { createOptimizer, type Hyperparameters } from "../optimizers/registry.ts";
import { parseSchedule, type Schedule, type ScheduleSpec } from "../schedule.ts";

/** Methods that find their own rate; a rate they may have is a factor of it that is to stay 1. */
export const SELF_TUNING: readonly string[] = ["dog", "dowg", "prodigy", "vsgd"];

/**
 * The number of a method that is tuned: its learning rate, or its damping if it has none.
 *
 * @returns null if there is nothing to tune
 */
export function tunedParameter(optimizer: string): "learningRate" | "damping" | null {
  const { hyperparameters } = createOptimizer(optimizer);
  if (SELF_TUNING.includes(optimizer)) return null;
  if ("learningRate" in hyperparameters) return "learningRate";
  return "damping" in hyperparameters ? "damping" : null;
}

/** A schedule times a factor: the same shape, all its values scaled. */
export function scaledSchedule(schedule: Schedule, factor: number): Schedule {
  const spec = schedule.toJSON();
  const times = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, factor * (spec[name] as number)]));
  switch (spec.kind) {
    case "constant":
      return parseSchedule({ ...spec, ...times("value") });
    case "annealing":
      return parseSchedule({ ...spec, ...times("start") });
    case "linear":
      return parseSchedule({ ...spec, ...times("start", "end") });
    case "steps": {
      const values = spec.values as readonly (readonly [number, number])[];
      return parseSchedule(
        { ...spec, values: values.map(([t, value]) => [t, factor * value]) } as
          & ScheduleSpec
          & { values: unknown },
      );
    }
    default:
      throw new RangeError(
        `Cannot tune a schedule of kind ${spec.kind}: wanted constant, annealing, linear or steps`,
      );
  }
}

/** A method's numbers with the tuned one scaled so that it begins with a value. */
export function withValue(
  optimizer: string,
  hyperparameters: Hyperparameters,
  parameter: string,
  value: number,
): Hyperparameters {
  const schedule = createOptimizer(optimizer, hyperparameters).hyperparameters[parameter];
  return { ...hyperparameters, [parameter]: scaledSchedule(schedule, value / schedule.at(0)) };
}
