import { type Command, flagOf, type Values, valuesOf } from "./command.ts";
import { choice, flag } from "./option.ts";

/** Options of every command, in the help of each; they may stand before its name. */
export const globalOptions = {
  quiet: flag("on standard error nothing but what went wrong"),
  logFormat: choice(["text", "json"], {
    value: "FORMAT",
    summary: "standard error in words, or a JSON object a line with time, level and event",
    default: "text",
  }),
};

/** Their values. */
export type GlobalValues = Values<typeof globalOptions>;

/**
 * Takes the options of every command out of a command line.
 *
 * @param args without the program's name
 * @returns their values, and the other arguments
 * @throws {SyntaxError} if one lacks its value.
 * @throws {RangeError} if a value is not acceptable.
 */
export function takeGlobalOptions(
  args: readonly string[],
): { values: GlobalValues; rest: string[] } {
  const byFlag = new Map(Object.keys(globalOptions).map((name) => [flagOf(name), name]));
  const rest: string[] = [], given: Record<string, string | true> = {};
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--") {
      rest.push(...args.slice(i));
      break;
    }
    const [, flag, inline] = /^(--[a-z-]+)(?:=(.*))?$/s.exec(args[i]) ?? [];
    const name = byFlag.get(flag);
    if (name === undefined) {
      rest.push(args[i]);
    } else if (globalOptions[name as keyof typeof globalOptions].value === undefined) {
      given[name] = inline ?? true;
    } else {
      const value = inline ?? args[++i];
      if (value === undefined) {
        throw new SyntaxError(`Cannot run: option '${flag}' argument missing`);
      }
      given[name] = value;
    }
  }
  const command = { arguments: {}, options: globalOptions } as unknown as Command;
  return { values: valuesOf(command, { arguments: [], options: given }) as GlobalValues, rest };
}
