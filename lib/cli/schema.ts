import { wantedNames } from "../nearest.ts";
import { defineCommand } from "./command.ts";
import { commands } from "./commands.ts";
import { configSchema } from "./config_schema.ts";
import { text } from "./option.ts";

/** `schema`: what an editor or a script needs to write and check a configuration. */
export const schema = defineCommand({
  description:
    "Print the JSON Schema (2020-12) of the configuration that a command takes with --config: its " +
    'options by name without the dashes, {"max-resolution": 20, "seed": 1}.',
  arguments: {
    command: text({
      value: "COMMAND",
      summary: "a command that has --config",
      required: true,
      names: Object.keys(commands),
    }),
  },
  options: {},
  examples: [{ does: "for a configuration of reconstruct", line: "reconstruct" }],

  async run({ command: name }, io) {
    const all = await Promise.all(
      Object.entries(commands).map(async ([name, { load }]) => [name, await load()] as const),
    );
    const taking = new Map(all.filter(([, { config }]) => config));
    const command = taking.get(name);
    if (command === undefined) {
      throw new RangeError(
        `Cannot print the schema of ${name}: ${wantedNames(name, [...taking.keys()])}`,
      );
    }
    io.print(JSON.stringify(configSchema(name, command), null, 2));
  },
});
