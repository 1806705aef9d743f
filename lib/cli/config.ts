import { readText } from "../formats/open_file.ts";
import { type Command, flagOf } from "./command.ts";
import { requireRead } from "./permission.ts";

/**
 * The texts of a command's options in a configuration: a JSON object whose keys are the options' flags
 * without the dashes, `{"pixel-size": 1.5}`.
 *
 * @param name of the file, for messages
 * @returns texts by option name, to be checked as if they had been typed
 * @throws {SyntaxError} if it is no JSON object, or holds something that is no option of the command.
 */
export function parseConfig(
  text: string,
  name: string,
  command: Command,
): Record<string, string> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${name}: ${(error as Error).message}, wanted JSON`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new SyntaxError(`Cannot read ${name}: no options in it, wanted a JSON object`);
  }
  const names = new Map(Object.keys(command.options).map((key) => [flagOf(key).slice(2), key]));
  const texts: Record<string, string> = {};
  for (const [flag, value] of Object.entries(content)) {
    const key = names.get(flag);
    if (key === undefined) {
      throw new SyntaxError(
        `Cannot read ${name}: "${flag}" is no option, wanted ${[...names.keys()].join(", ")}`,
      );
    }
    if (typeof value === "object" && !Array.isArray(value)) {
      throw new SyntaxError(
        `Cannot read ${name}: "${flag}" is ${value === null ? "null" : "an object"}, ` +
          `wanted ${command.options[key].wanted}`,
      );
    }
    texts[key] = String(value);
  }
  return texts;
}

/** Reads a configuration file; see parseConfig(). */
export async function readConfig(path: string, command: Command): Promise<Record<string, string>> {
  await requireRead(path);
  return parseConfig(readText(path), path, command);
}

/** The configuration that stands for these values, as an object for JSON; what is absent stays so. */
export function configOf(
  command: Command,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(command.options).map((name) => [flagOf(name).slice(2), values[name]]),
  );
}
