/** One value that a command takes from its command line or its configuration. */
export interface Option<T> {
  /** Its name in the help, often its unit: "PX". Absent: a switch, present or not. */
  readonly value?: string;
  /** What it means, with its unit. */
  readonly summary: string;
  /** Taken when the option is absent. */
  readonly default?: T;
  /** Whether the command cannot do without it. */
  readonly required?: boolean;
  /** Whether it may be given several times, which comes to the same as commas between the values. */
  readonly repeatable?: boolean;
  /** Whether an argument takes all words that are left; its value is then a list, see words(). */
  readonly several?: boolean;
  /** What is acceptable, in words: "a number above 0". */
  readonly wanted: string;
  /** Names that it may have or begin with, for hints and completions. */
  readonly names?: readonly string[];
  /** Whether commas separate several; a list in a configuration. */
  readonly list?: boolean;
  /** What it is in a configuration, as JSON Schema says it; a text unless given. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** The value of a text; undefined if it is not one of the wanted. */
  parse(text: string): T | undefined;
}

/** What every kind of option says of itself. */
interface Description<T> {
  value: string;
  summary: string;
  default?: T;
  required?: boolean;
}

/** T, or undefined too where the option is neither required nor has a default. */
type Given<D, T> = D extends { required: true } | { default: T } ? T : T | undefined;

/** Bounds of a number. */
interface NumberRange {
  /** Least value. */
  min?: number;
  /** Largest value. */
  max?: number;
  /** Bound that the value has to exceed. */
  above?: number;
}

function describeRange({ min, max, above }: NumberRange): string {
  if (above !== undefined && max !== undefined) return ` above ${above}, at most ${max}`;
  if (above !== undefined) return ` above ${above}`;
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return `, ${min} or more`;
  return max === undefined ? "" : `, at most ${max}`;
}

/** The same for JSON Schema. */
function rangeSchema({ min, max, above }: NumberRange): Record<string, number> {
  return {
    ...min !== undefined && { minimum: min },
    ...above !== undefined && { exclusiveMinimum: above },
    ...max !== undefined && { maximum: max },
  };
}

/** A plain decimal number, no hexadecimal, no empty text, no "Infinity". */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function parseNumber(text: string, { min, max, above }: NumberRange): number | undefined {
  const x = DECIMAL.test(text) ? Number(text) : NaN;
  const inside = Number.isFinite(x) && !(x < min!) && !(x > max!) && !(x <= above!);
  return inside ? x : undefined;
}

/** A finite number in a range. */
export function number<D extends Description<number> & NumberRange>(
  description: D,
): Option<Given<D, number>> {
  return {
    ...description,
    wanted: `a number${describeRange(description)}`,
    schema: { type: "number", ...rangeSchema(description) },
    parse: (text: string) => parseNumber(text, description),
  } as Option<Given<D, number>>;
}

/** A whole number in a range, even ones only if asked for. */
export function integer<D extends Description<number> & NumberRange & { even?: boolean }>(
  description: D,
): Option<Given<D, number>> {
  return {
    ...description,
    wanted: `${description.even ? "an even" : "a whole"} number${describeRange(description)}`,
    schema: {
      type: "integer",
      ...description.even && { multipleOf: 2 },
      ...rangeSchema(description),
    },
    parse(text: string) {
      const x = parseNumber(text, description);
      return Number.isSafeInteger(x) && !(description.even && x! % 2) ? x : undefined;
    },
  } as Option<Given<D, number>>;
}

/** The schema of a text that may be a number in a configuration: a constant schedule, a size or "auto". */
export const TEXT_OR_NUMBER = { type: ["string", "number"], minLength: 1 };

/** Any text, such as the name of a file. */
export function text<
  D extends Description<string> & Pick<Option<string>, "names" | "list" | "schema">,
>(description: D): Option<Given<D, string>> {
  return {
    ...description,
    wanted: "a text",
    parse: (text: string) => text === "" ? undefined : text,
  } as Option<Given<D, string>>;
}

/** Several texts, such as names of files: the option again and again, or commas between them. */
export function texts(
  description: { value: string; summary: string },
): Option<readonly string[]> & { default: readonly string[] } {
  return {
    ...description,
    repeatable: true,
    list: true,
    default: [],
    wanted: "texts with commas between",
    parse: (text: string) => {
      const list = text === "" ? [] : text.split(",");
      return list.includes("") ? undefined : list;
    },
  };
}

/** One word or more, as the last argument of a command. */
export function words(
  { value, summary }: { value: string; summary: string },
): Option<readonly string[]> {
  return {
    value,
    summary,
    required: true,
    several: true,
    wanted: "a text",
    parse: (text) => text === "" ? undefined : [text],
  };
}

/** One of some names, as in the keys of a registry. */
export function choice<N extends string, D extends Description<N>>(
  names: readonly N[],
  description: D,
): Option<Given<D, N>> {
  return {
    ...description,
    summary: `${description.summary}: ${names.join(", ")}`,
    wanted: `one of ${names.join(", ")}`,
    names,
    schema: { enum: names },
    parse: (text: string) => names.find((name) => name === text),
  } as Option<Given<D, N>>;
}

/** A switch: false unless it is there. */
export function flag(summary: string): Option<boolean> {
  return {
    summary,
    default: false,
    wanted: "true or false",
    schema: { type: "boolean" },
    parse: (text) => text === "true" ? true : text === "false" ? false : undefined,
  };
}
