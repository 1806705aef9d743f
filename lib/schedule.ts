import { requireMembers } from "./members.ts";

/**
 * A hyperparameter as a function of the iteration t = 0, 1, 2, ... One of your own goes wherever a
 * schedule is taken; see examples/custom_schedule.ts.
 */
export interface Schedule {
  /** Its value at an iteration. */
  at(t: number): number;
  /** The function in words that a reader can check: "0.5 (1 + 0.01 t)^-0.75". */
  readonly formula: string;
  /** Its kind and numbers: what tells it from another when a run is resumed. */
  toJSON(): ScheduleSpec;
}

/** A schedule as plain data; parseSchedule() reads those whose `kind` is a name in `schedules`. */
export type ScheduleSpec = { readonly kind: string } & Readonly<Record<string, unknown>>;

function finite(kind: string, values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new RangeError(`Cannot make schedule ${kind}: ${name} ${value}, wanted a number`);
    }
  }
}

/** The same value for ever. */
export function constant({ value }: { value: number }): Schedule {
  finite("constant", { value });
  return { at: () => value, formula: `${value}`, toJSON: () => ({ kind: "constant", value }) };
}

/**
 * Annealed rate, eta_t = eta_0 (1 + lambda t)^-p. Punjani & Brubaker, Sec. 4 (lambda = 1e-2, p = 0.75).
 *
 * @param start eta_0
 * @param decay lambda, per iteration, >= 0
 */
export function annealing(
  { start, decay = 1e-2, power = 0.75 }: { start: number; decay?: number; power?: number },
): Schedule {
  finite("annealing", { start, decay, power });
  if (decay < 0) {
    throw new RangeError(`Cannot make schedule annealing: decay ${decay}, wanted >= 0`);
  }
  return {
    at: (t) => start * (1 + decay * t) ** -power,
    formula: `${start} (1 + ${decay} t)^-${power}`,
    toJSON: () => ({ kind: "annealing", start, decay, power }),
  };
}

/**
 * Rising momentum, mu_t = min(limit, 1 - 2^(-1 - log2(floor(t / period) + 1))): 0.5, 0.75, 0.833, ...
 * Sutskever et al. 2013; Punjani & Brubaker, Sec. 4 (limit = 0.9, period = 100).
 */
export function rising(
  { limit = 0.9, period = 100 }: { limit?: number; period?: number } = {},
): Schedule {
  finite("rising", { limit, period });
  if (!(period > 0)) {
    throw new RangeError(`Cannot make schedule rising: period ${period}, wanted > 0`);
  }
  return {
    at: (t) => Math.min(limit, 1 - 2 ** (-1 - Math.log2(Math.floor(t / period) + 1))),
    formula: `min(${limit}, 1 - 2^(-1 - log2(floor(t / ${period}) + 1)))`,
    toJSON: () => ({ kind: "rising", limit, period }),
  };
}

/** From one value to another in equal steps over `iterations`, then the last. */
export function linear(
  { start, end, iterations }: { start: number; end: number; iterations: number },
): Schedule {
  finite("linear", { start, end, iterations });
  if (!(iterations > 0)) {
    throw new RangeError(`Cannot make schedule linear: iterations ${iterations}, wanted > 0`);
  }
  return {
    at: (t) => t >= iterations ? end : start + (end - start) * t / iterations,
    formula: `${start} + (${end} - ${start}) min(1, t / ${iterations})`,
    toJSON: () => ({ kind: "linear", start, end, iterations }),
  };
}

/** A value from each iteration on: [[0, 0.5], [100, 0.1]]. */
export function steps({ values }: { values: readonly (readonly [number, number])[] }): Schedule {
  const pairs = Array.isArray(values) && values.every((v) => Array.isArray(v) && v.length === 2);
  if (!pairs || values.length === 0 || values[0][0] !== 0) {
    throw new RangeError(
      `Cannot make schedule steps: ${JSON.stringify(values)}, ` +
        "wanted pairs of iteration and value that begin at iteration 0",
    );
  }
  values.forEach(([from, value], i) => {
    finite("steps", { from, value });
    if (i > 0 && from <= values[i - 1][0]) {
      throw new RangeError(`Cannot make schedule steps: iteration ${from}, wanted rising ones`);
    }
  });
  return {
    at: (t) => values.findLast(([from]) => t >= from)![1],
    formula: values.map(([from, value]) => `${value} from t = ${from}`).join(", "),
    toJSON: () => ({ kind: "steps", values }),
  };
}

/** What a short form like "annealing:0.5,0.01" stands for. */
interface ScheduleEntry {
  // deno-lint-ignore no-explicit-any
  readonly create: (spec: any) => Schedule;
  /** Names of the short form's numbers, in order. */
  readonly short: readonly string[];
}

/** The schedules by name. */
export const schedules = {
  constant: { create: constant, short: ["value"] },
  annealing: { create: annealing, short: ["start", "decay", "power"] },
  rising: { create: rising, short: ["limit", "period"] },
  linear: { create: linear, short: ["start", "end", "iterations"] },
  steps: { create: steps, short: [] },
} satisfies Record<string, ScheduleEntry>;

/** Name of a schedule. */
export type ScheduleKind = keyof typeof schedules;

function entryOf(kind: unknown): ScheduleEntry & { kind: ScheduleKind } {
  if (typeof kind !== "string" || !Object.hasOwn(schedules, kind)) {
    throw new RangeError(
      `Cannot make a schedule: kind ${kind}, wanted one of ${Object.keys(schedules).join(", ")}`,
    );
  }
  return { ...schedules[kind as ScheduleKind], kind: kind as ScheduleKind };
}

/**
 * A schedule from a number, its JSON form, or its short form:
 * "0.5", "annealing:0.5", "annealing:0.5,0.01,0.75", "rising:0.9", "linear:1,0.1,200",
 * "steps:0=0.5,100=0.1". A schedule that has been made is returned as it is.
 *
 * @example
 * ```ts
 * import { parseSchedule } from "@vitreous/vitreous";
 *
 * const rate = parseSchedule("linear:1,0.1,100");
 * console.log(rate.at(50), rate.formula); // 0.55 1 + (0.1 - 1) min(1, t / 100)
 * ```
 *
 * @throws {RangeError} naming what cannot be read.
 */
export function parseSchedule(from: number | string | ScheduleSpec | Schedule): Schedule {
  if (typeof from === "number") return constant({ value: from });
  if (typeof from === "object") {
    if ("at" in from) {
      requireMembers("use a schedule", from, {
        at: "function",
        formula: "string",
        toJSON: "function",
      });
      return from as Schedule;
    }
    const { kind, ...rest } = from;
    const entry = entryOf(kind);
    const known: readonly string[] = kind === "steps" ? ["values"] : entry.short;
    const unknown = Object.keys(rest).filter((key) => !known.includes(key));
    if (unknown.length) {
      throw new RangeError(
        `Cannot make schedule ${kind}: unknown ${unknown.join(", ")}, wanted ${known.join(", ")}`,
      );
    }
    return entry.create(rest);
  }
  const [kind, ...rest] = from.split(":"), list = rest.join(":");
  const asNumber = (text: string) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) {
      throw new RangeError(`Cannot read schedule "${from}": "${text}" is not a number`);
    }
    return value;
  };
  if (rest.length === 0 && from.trim() !== "" && Number.isFinite(Number(from))) {
    return constant({ value: Number(from) });
  }
  const { create, short, kind: name } = entryOf(kind);
  const parts = list === "" ? [] : list.split(",");
  if (name === "steps") {
    return steps({
      values: parts.map((part) => part.split("=").map(asNumber) as unknown as [number, number]),
    });
  }
  if (parts.length > short.length) {
    throw new RangeError(
      `Cannot read schedule "${from}": ${parts.length} numbers, wanted at most ${short.length} ` +
        `(${short.join(", ")})`,
    );
  }
  return create(Object.fromEntries(parts.map((part, i) => [short[i], asNumber(part)])));
}
