import { wantedNames } from "../nearest.ts";
import type { IO } from "./io.ts";
import type { Option } from "./option.ts";

/** Options by name: `pixelSize` is written --pixel-size. */
// deno-lint-ignore no-explicit-any
export type Options = Readonly<Record<string, Option<any>>>;

/** What options turn into, by name. */
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};

/** A command as data and the function that does it; arguments and options share one name space. */
export interface Command<A extends Options = Options, O extends Options = Options> {
  /** What it does, a paragraph for its help. */
  readonly description: string;
  /** Arguments without a flag, in order; an optional one is last. */
  readonly arguments: A;
  readonly options: O;
  /** Command lines without the program's name, each with a word on what it does. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** Whether options may also come from a file, --config FILE. */
  readonly config?: boolean;
  /** Checks options against each other; throws "Cannot ..." for the user to read. */
  check?(values: Values<A> & Values<O>): void;
  /** Does it; returns the exit status, 0 unless given. */
  run(values: Values<A> & Values<O>, io: IO): Promise<number | void>;
}

/** A command as itself; its values get their types from its options. */
export function defineCommand<A extends Options, O extends Options>(
  command: Command<A, O>,
): Command {
  return command as unknown as Command;
}

/** How an option is written: pixelSize is --pixel-size. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What the user wrote, before it means anything. */
export interface Invocation {
  /** In order; absent ones undefined. */
  readonly arguments: readonly (string | undefined)[];
  /** Texts by name, true for a switch. */
  readonly options: Readonly<Record<string, string | true | undefined>>;
}

/** What an option wants, after "did you mean ...?" where what was written is nearly that. */
export function wantedOf({ names, schema, wanted }: Option<unknown>, text: string): string {
  return names && schema?.enum ? wantedNames(text, names) : `wanted ${wanted}`;
}

function parse<T>(option: Option<T>, called: string, text: string): T {
  const value = option.parse(text);
  if (value !== undefined) return value;
  throw new RangeError(`Cannot use ${called} ${text || '""'}: ${wantedOf(option, text)}`);
}

/**
 * The values of a command: from the command line, else from the configuration, else the defaults.
 *
 * @param config texts by name, from a file
 * @throws {RangeError} if a value is missing or not acceptable, or check() finds it so.
 */
export function valuesOf(
  command: Command,
  invocation: Invocation,
  config: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  Object.entries(command.arguments).forEach(([name, option], i) => {
    const text = invocation.arguments[i];
    if (option.several) {
      const rest = invocation.arguments.slice(i).filter((text) => text !== undefined);
      values[name] = rest.flatMap((text) => parse(option, option.value!, text));
      return;
    }
    values[name] = text === undefined ? option.default : parse(option, option.value!, text);
  });
  for (const [name, option] of Object.entries(command.options)) {
    const given = invocation.options[name], flag = flagOf(name);
    const text = given === undefined ? config[name] : String(given);
    if (text === undefined && option.required) {
      throw new RangeError(`Cannot run without ${flag} ${option.value}: wanted ${option.wanted}`);
    }
    values[name] = text === undefined ? option.default : parse(option, flag, text);
  }
  command.check?.(values);
  return values;
}
