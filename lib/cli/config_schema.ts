import { type Command, flagOf } from "./command.ts";
import type { Option } from "./option.ts";

/** What a schema is a schema of: JSON Schema, 2020-12. */
const DIALECT = "https://json-schema.org/draft/2020-12/schema";

const TEXT = { type: "string", minLength: 1 };

/** What an option is in a configuration. */
export function schemaOf({ list, schema }: Option<unknown>): Readonly<Record<string, unknown>> {
  return list ? { anyOf: [TEXT, { type: "array", items: TEXT }] } : schema ?? TEXT;
}

/** A JSON Schema of the configurations that a command takes with --config, made from its options. */
export function configSchema(name: string, command: Command): Record<string, unknown> {
  const properties = Object.entries(command.options).map(([key, option]) => [
    flagOf(key).slice(2),
    {
      description: option.summary,
      ...schemaOf(option),
      ...option.default !== undefined && { default: option.default },
    },
  ]);
  return {
    $schema: DIALECT,
    title: `Options of ${name}`,
    description: command.description,
    type: "object",
    properties: { $schema: { type: "string" }, ...Object.fromEntries(properties) },
    additionalProperties: false,
  };
}
