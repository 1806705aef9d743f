import { parseSchedule } from "../schedule.ts";

/**
 * Schedules by name from a text like "damping=0.3 learningRate=annealing:2,0.01"; blanks between them.
 *
 * @returns short forms by name, for createOptimizer()
 * @throws {RangeError} if a part is not NAME=SCHEDULE, or a name comes twice.
 */
export function parseHyperparameters(text: string): Record<string, string> {
  const read = new Map<string, string>();
  for (const part of text.trim().split(/\s+/)) {
    const [, name, schedule] = /^(\w+)=(.+)$/.exec(part) ?? [];
    if (name === undefined) {
      throw new RangeError(`Cannot read hyperparameter "${part}": wanted NAME=SCHEDULE`);
    }
    if (read.has(name)) {
      throw new RangeError(`Cannot read hyperparameters "${text}": ${name} twice, wanted it once`);
    }
    parseSchedule(schedule);
    read.set(name, schedule);
  }
  return Object.fromEntries(read);
}
