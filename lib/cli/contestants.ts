import type { Baseline } from "../baselines/baseline.ts";
import { baselines } from "../baselines/registry.ts";
import { tunedParameter } from "../compare/rate.ts";
import { presetOf, type Setting } from "../compare/setting.ts";
import { wantedNames } from "../nearest.ts";
import { paperHyperparameters } from "../optimizers/paper.ts";
import { createOptimizer, type Hyperparameters, optimizers } from "../optimizers/registry.ts";
import { parseHyperparameters } from "./hyperparameters.ts";
import { runRelion } from "./relion.ts";

/** A method that takes part in a comparison. */
export interface Contestant {
  readonly name: string;
  readonly kind: "optimizer" | "baseline" | "external";
  /** Of an optimizer, before tuning. */
  readonly hyperparameters: Hyperparameters;
  /** The one of them to be tuned, if there is one and the user has not set it. */
  readonly tuned: string | null;
  /** What runs it, if it is no optimizer. */
  readonly baseline?: Baseline;
}

/** Groups of optimizers by name. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  paper: Object.keys(paperHyperparameters),
  all: Object.keys(optimizers),
};

/** Names from a list with commas; a group stands for its members. */
function parseNames(
  flag: string,
  list: string,
  known: readonly string[],
  groups: Readonly<Record<string, readonly string[]>>,
): string[] {
  const names = list.split(",").flatMap((part) => {
    const name = part.trim();
    if (Object.hasOwn(groups, name)) return groups[name];
    if (known.includes(name)) return [name];
    const wanted = wantedNames(name, [...Object.keys(groups), ...known]);
    throw new RangeError(`Cannot use ${flag} ${list}: no ${name || '""'} is known, ${wanted}`);
  });
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return names;
  throw new RangeError(`Cannot use ${flag} ${list}: ${twice} twice, wanted it once`);
}

/**
 * Numbers of methods from a text like "sgd.learningRate=annealing:1 tonga.damping=0.3".
 *
 * @throws {RangeError} if a part is not METHOD.NAME=SCHEDULE, or there is no such method or number.
 */
function parseNumbers(text: string, names: readonly string[]): Map<string, Hyperparameters> {
  const numbers = new Map<string, Hyperparameters>();
  for (const part of text.trim().split(/\s+/)) {
    const [, method, rest] = /^(\w+)\.(.*)$/.exec(part) ?? [];
    if (method === undefined) {
      throw new RangeError(
        `Cannot read --hyperparameters "${part}": wanted METHOD.NAME=SCHEDULE`,
      );
    }
    if (!names.includes(method)) {
      throw new RangeError(
        `Cannot read --hyperparameters "${part}": ${method} does not take part, ` +
          wantedNames(method, names),
      );
    }
    const before = numbers.get(method) ?? {}, own = parseHyperparameters(rest);
    const twice = Object.keys(own).find((name) => name in before);
    if (twice !== undefined) {
      throw new RangeError(
        `Cannot read --hyperparameters "${text}": ${method}.${twice} twice, wanted it once`,
      );
    }
    numbers.set(method, { ...before, ...own });
  }
  for (const [method, own] of numbers) createOptimizer(method, own);
  return numbers;
}

/**
 * The optimizers that were asked for.
 *
 * @param flag option that the list was given by
 * @throws {RangeError} if one is unknown, the nearest name in the message, or comes twice.
 */
export function parseOptimizers(
  list: string,
  { flag, setting, hyperparameters }: { flag: string; setting: Setting; hyperparameters?: string },
): Contestant[] {
  const names = parseNames(flag, list, GROUPS.all, GROUPS);
  const numbers = hyperparameters === undefined
    ? new Map<string, Hyperparameters>()
    : parseNumbers(hyperparameters, names);
  return names.map((name) => {
    const own = numbers.get(name) ?? {}, tuned = tunedParameter(name);
    return {
      name,
      kind: "optimizer",
      hyperparameters: { ...presetOf(setting, name), ...own },
      tuned: tuned !== null && tuned in own ? null : tuned,
    };
  });
}

/** The baselines that were asked for. */
export function parseBaselines(list: string): Contestant[] {
  const known = Object.keys(baselines);
  return parseNames("--baselines", list, known, { all: known }).map((name) => ({
    name,
    kind: "baseline",
    hyperparameters: {},
    tuned: null,
    baseline: baselines[name as keyof typeof baselines],
  }));
}

/** RELION, its files in a folder of each seed. */
export function relionContestant(out: string): Contestant {
  return {
    name: "relion",
    kind: "external",
    hyperparameters: {},
    tuned: null,
    async baseline(particles, options) {
      const directory = `${out}/relion/${options.seed ?? 0}/files`;
      await Deno.mkdir(directory, { recursive: true });
      return await runRelion(particles, { ...options, directory });
    },
  };
}
