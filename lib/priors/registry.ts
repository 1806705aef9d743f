import { flat } from "./flat.ts";
import { requireMembers } from "../members.ts";
import type { Prior } from "./prior.ts";
import { sparse } from "./sparse.ts";

/** How a prior is made, and the names of the numbers it takes, in the order of the short form. */
interface PriorEntry {
  // deno-lint-ignore no-explicit-any
  readonly create: (options: any) => Prior;
  readonly short: readonly string[];
}

/** The priors by name. A new one is a file beside this and a line here. */
export const priors = {
  sparse: { create: sparse, short: ["lambdaPlus", "lambdaMinus"] },
  flat: { create: flat, short: [] },
} satisfies Record<string, PriorEntry>;

/** Name of a prior. */
export type PriorName = keyof typeof priors;

/** A prior as plain data: its name and numbers. */
export type PriorSpec = { readonly name: string } & Readonly<Record<string, unknown>>;

/**
 * A prior from its JSON form or its short form: "flat", "sparse", "sparse:3e-2,1e-4". A prior that has
 * been made is returned as it is.
 *
 * @throws {RangeError} naming what cannot be read.
 */
export function parsePrior(from: string | PriorSpec | Prior): Prior {
  if (typeof from === "object" && "accumulate" in from) {
    requireMembers("use a prior", from, {
      name: "string",
      formula: "string",
      accumulate: "function",
      toJSON: "function",
    });
    return from as Prior;
  }
  const [name, ...rest] = typeof from === "string" ? from.split(":") : [from.name];
  if (!Object.hasOwn(priors, name)) {
    throw new RangeError(
      `Cannot make a prior: name ${name}, wanted one of ${Object.keys(priors).join(", ")}`,
    );
  }
  const entry: PriorEntry = priors[name as PriorName];
  const list = rest.join(":");
  const parts = list === "" ? [] : list.split(",").map((text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) {
      throw new RangeError(`Cannot read prior "${from}": "${text}" is not a number`);
    }
    return value;
  });
  const options = typeof from === "string"
    ? Object.fromEntries(parts.map((value, i) => [entry.short[i] ?? `number ${i + 1}`, value]))
    : Object.fromEntries(Object.entries(from).filter(([key]) => key !== "name"));
  const unknown = Object.keys(options).filter((key) => !entry.short.includes(key));
  if (unknown.length) {
    throw new RangeError(
      `Cannot make prior ${name}: unknown ${unknown.join(", ")}, wanted ` +
        (entry.short.join(", ") || "no numbers"),
    );
  }
  return entry.create(options);
}
