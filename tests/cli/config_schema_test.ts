import assert from "node:assert/strict";
import { flagOf } from "../../lib/cli/command.ts";
import { commands } from "../../lib/cli/commands.ts";
import { parseConfig } from "../../lib/cli/config.ts";
import { configSchema } from "../../lib/cli/config_schema.ts";
import { main } from "../../lib/cli/main.ts";
import { createScreen } from "./screen.ts";

// deno-lint-ignore no-explicit-any
type Schema = any;

/** Whether a value is as a schema has it: the words of JSON Schema that are used, and no others. */
function conforms(schema: Schema, value: unknown): boolean {
  const types: Record<string, (value: unknown) => boolean> = {
    string: (v) => typeof v === "string",
    number: (v) => typeof v === "number",
    integer: Number.isInteger,
    boolean: (v) => typeof v === "boolean",
    array: Array.isArray,
  };
  const rules: Record<string, (is: Schema) => boolean> = {
    description: () => true,
    default: () => true,
    type: (is) => [is].flat().some((type: string) => types[type](value)),
    enum: (is) => is.includes(value),
    anyOf: (is) => is.some((one: Schema) => conforms(one, value)),
    items: (is) => (value as unknown[]).every((item) => conforms(is, item)),
    minLength: (is) => typeof value !== "string" || value.length >= is,
    minimum: (is) => value as number >= is,
    exclusiveMinimum: (is) => value as number > is,
    maximum: (is) => value as number <= is,
    multipleOf: (is) => value as number % is === 0,
  };
  // the type first: the others are about values of it
  return conformsTo("type") && Object.keys(schema).every(conformsTo);

  function conformsTo(rule: string): boolean {
    assert.ok(rule in rules, `the schema says ${rule}`);
    return !(rule in schema) || rules[rule](schema[rule]);
  }
}

const VALUES = [
  ...["", "auto", "paper", "sparse", "3", "true", "evals", "enzyme", "spheres"],
  ...[-1, 0, 0.5, 1, 2, 3, 8, 512, 1e9, true, false, null, [], ["a", "b"], ["a", 1], [[]], {}],
];

Deno.test("a configuration is accepted if and only if it is as the schema has it, option by option", async () => {
  let accepted = 0, refused = 0;
  for (const [name, { load }] of Object.entries(commands)) {
    const command = await load();
    if (!command.config) continue;
    const { properties } = configSchema(name, command) as Schema;
    for (const key of Object.keys(command.options)) {
      const flag = flagOf(key).slice(2), schema = properties[flag];
      for (const value of VALUES) {
        // whether no name at all is one too few is each list's own affair
        if (value === "" || (Array.isArray(value) && value.length === 0)) continue;
        const wanted = conforms(schema, value), json = JSON.stringify({ [flag]: value });
        if (wanted) accepted++;
        else refused++;
        if (wanted) {
          assert.ok(parseConfig(json, "it", command)[key] !== undefined, `${name} ${json}`);
        } else {
          assert.throws(
            () => parseConfig(json, "it", command),
            /^SyntaxError: Cannot read it: "[a-z-]+" is [^\n]* wanted [^\n]*$/,
            `${name} ${json}`,
          );
        }
      }
      if ("default" in schema) assert.ok(conforms(schema, schema.default), `${name} ${flag}`);
    }
  }
  assert.ok(accepted > 100 && refused > 100);
});

Deno.test("schema prints it; a command without --config is refused with those that have it", async () => {
  const screen = createScreen();
  assert.equal(await main(["schema", "reconstruct"], screen), 0);
  const { $schema, type, additionalProperties, properties } = JSON.parse(screen.printed[0]);
  assert.deepEqual([type, additionalProperties], ["object", false]);
  assert.match($schema, /2020-12/);
  assert.deepEqual(properties.seed.minimum, 0);
  assert.equal(properties["held-out"].default, 100);
  assert.ok(properties.backend.enum.includes("webgpu"));
  assert.equal(await main(["schema", "reconstrct"], screen), 1);
  assert.match(
    screen.reported[0],
    /^Cannot print the schema of reconstrct: did you mean reconstruct\? wanted one of reconstruct, /,
  );
});
