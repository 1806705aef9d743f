import { readText } from "../formats/open_file.ts";
import { wantedNames } from "../nearest.ts";
import { type Command, flagOf, wantedOf } from "./command.ts";
import { schemaOf } from "./config_schema.ts";
import type { Option } from "./option.ts";
import { requireRead } from "./permission.ts";

/** Whether a value is of an option's type: 3 is a number, "3" is not. Its range is another matter. */
function isOfType(option: Option<unknown>, value: unknown): boolean {
  if (Array.isArray(value)) {
    return option.list === true && value.every((v) => typeof v === "string");
  }
  const { type = "string" } = schemaOf(option);
  const types = [type].flat().map((type) => type === "integer" ? "number" : type);
  return types.includes(typeof value);
}

/**
 * The texts of a command's options in a configuration: a JSON object whose keys are the options' flags
 * without the dashes, `{"pixel-size": 1.5}`, as configSchema() has it. An editor's "$schema" is let be.
 *
 * @param name of the file, for messages
 * @returns texts by option name, as if they had been typed
 * @throws {SyntaxError} if it is no JSON object, or holds something that is no option of the command or
 * not acceptable as its value.
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
    if (flag === "$schema") continue;
    const key = names.get(flag);
    if (key === undefined) {
      throw new SyntaxError(
        `Cannot read ${name}: "${flag}" is no option, ${wantedNames(flag, [...names.keys()])}`,
      );
    }
    const option = command.options[key], text = String(value);
    if (!isOfType(option, value) || option.parse(text) === undefined) {
      throw new SyntaxError(
        `Cannot read ${name}: "${flag}" is ${JSON.stringify(value)}, ${wantedOf(option, text)}`,
      );
    }
    texts[key] = text;
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
