import assert from "node:assert/strict";
import { type Command, defineCommand, flagOf, valuesOf } from "../../lib/cli/command.ts";
import { parseCommandLine } from "../../lib/cli/commander.ts";
import { commands } from "../../lib/cli/commands.ts";
import { configOf, parseConfig } from "../../lib/cli/config.ts";
import { choice, flag, integer, number, type Option, text, words } from "../../lib/cli/option.ts";

const bake = defineCommand({
  description: "Bake.",
  arguments: {
    cake: text({ value: "CAKE", summary: "what to bake", required: true }),
    form: text({ value: "FORM", summary: "in what" }),
  },
  options: {
    ovenHeat: number({ value: "C", summary: "heat", above: 0, max: 300, default: 180 }),
    layers: integer({ value: "N", summary: "layers", min: 1, required: true }),
    topping: choice(["cream", "sugar"], { value: "NAME", summary: "topping" }),
    vegan: flag("without eggs"),
  },
  examples: [{ does: "a cake", line: "pie --layers 2" }],
  config: true,
  check({ ovenHeat, vegan }) {
    if (vegan && ovenHeat > 200) throw new RangeError("Cannot bake at 200: it burns, wanted less");
  },
  run: () => Promise.resolve(),
});

function parse(line: string, command: Command = bake) {
  const request = parseCommandLine(line.split(" "), {
    name: "kitchen",
    description: "Cooks.",
    version: "1.2.3",
    summaries: { bake: "bake something", wash: "clean up" },
    chosen: { name: "bake", command },
  });
  if ("text" in request) return request;
  return valuesOf(command, request);
}

Deno.test("values come with their types and defaults", () => {
  assert.deepEqual(parse("bake pie --layers 2"), {
    cake: "pie",
    form: undefined,
    ovenHeat: 180,
    layers: 2,
    topping: undefined,
    vegan: false,
  });
  assert.deepEqual(parse("bake --layers=3 --vegan pie --oven-heat 1.5e2 tin --topping sugar"), {
    cake: "pie",
    form: "tin",
    ovenHeat: 150,
    layers: 3,
    topping: "sugar",
    vegan: true,
  });
});

Deno.test("an argument of several words takes all that are left, one at least", () => {
  const wash = defineCommand({
    description: "Wash.",
    arguments: {
      first: text({ value: "POT", summary: "first", required: true }),
      rest: words({ value: "PAN", summary: "what else" }),
    },
    options: { hot: flag("with hot water") },
    examples: [],
    run: () => Promise.resolve(),
  });
  assert.deepEqual(parse("bake pot a --hot b c", wash), {
    first: "pot",
    rest: ["a", "b", "c"],
    hot: true,
  });
  assert.throws(() => parse("bake pot", wash), /missing required argument 'PAN'/);
});

Deno.test("a value that cannot be used is refused with its option, itself and what is wanted", () => {
  const refusals = [
    ["--oven-heat hot", "Cannot use --oven-heat hot: wanted a number above 0, at most 300"],
    ["--oven-heat 0", "Cannot use --oven-heat 0: wanted a number above 0, at most 300"],
    ["--oven-heat 300.1", "Cannot use --oven-heat 300.1: wanted a number above 0, at most 300"],
    [
      "--oven-heat Infinity",
      "Cannot use --oven-heat Infinity: wanted a number above 0, at most 300",
    ],
    ["--oven-heat 0x10", "Cannot use --oven-heat 0x10: wanted a number above 0, at most 300"],
    ["--oven-heat=", 'Cannot use --oven-heat "": wanted a number above 0, at most 300'],
    ["--layers 1.5", "Cannot use --layers 1.5: wanted a whole number, 1 or more"],
    ["--layers --vegan", "Cannot use --layers --vegan: wanted a whole number, 1 or more"],
    ["--topping sugr", "Cannot use --topping sugr: did you mean sugar? wanted one of cream, sugar"],
    ["--vegan --oven-heat 250", "Cannot bake at 200: it burns, wanted less"],
  ];
  for (const [options, message] of refusals) {
    assert.throws(() => parse(`bake pie --layers 2 ${options}`), { message });
  }
  assert.throws(() => parse("bake pie"), {
    message: "Cannot run without --layers N: wanted a whole number, 1 or more",
  });
});

Deno.test("numbers are decimal and finite, even if asked for, within both ends", () => {
  const accepts = <T>(option: Option<T>, good: string[], bad: string[]) => {
    for (const text of good) assert.equal(option.parse(text), Number(text), text);
    for (const text of bad) assert.equal(option.parse(text), undefined, text);
  };
  const about = { value: "X", summary: "" };
  const strange = ["", " ", "1 ", "1,5", "1e400", "NaN", "--1", "0b1", "1_000", "."];
  accepts(number({ ...about, min: -1, max: 2 }), ["-1", "+2", "0", ".5", "1.", "1e-3"], [
    ...strange,
    "-1.01",
    "3",
  ]);
  accepts(integer({ ...about, even: true, min: 4 }), ["4", "1e2"], [...strange, "5", "2", "4.5"]);
  accepts(integer(about), ["9007199254740991"], ["9007199254740992"]);
  assert.equal(
    integer({ ...about, even: true, min: 4, max: 8 }).wanted,
    "an even number from 4 to 8",
  );
});

Deno.test("a slip on the command line is answered in one line, with a hint where one is close", () => {
  const slips = [
    ["bake pie --layrs 2", "Cannot run bake: unknown option '--layrs' (Did you mean --layers?)"],
    ["bake --layers 2", "Cannot run bake: missing required argument 'CAKE'"],
    ["bake pie --layers", "Cannot run bake: option '--layers <N>' argument missing"],
  ];
  for (const [line, message] of slips) assert.throws(() => parse(line), { message });
  assert.throws(
    () => parse("bake a b c --layers 2"),
    ({ message }) =>
      /^Cannot run bake: too many arguments/.test(message) && !message.includes("\n"),
  );
  assert.throws(
    () =>
      parseCommandLine(["bak"], {
        name: "kitchen",
        description: "",
        version: "1",
        summaries: { bake: "" },
      }),
    { message: "Cannot run: unknown command 'bak' (Did you mean bake?)" },
  );
});

Deno.test("the help of a command shows units, defaults, what is required, and the examples", () => {
  const { text } = parse("bake --help") as { text: string };
  assert.match(text, /--oven-heat <C> +heat \(default 180\)/);
  assert.match(text, /--layers <N> +layers \(required\)/);
  assert.match(text, /topping: cream, sugar/);
  assert.match(text, /--vegan +without eggs\n/);
  assert.match(text, /--config <FILE>/);
  assert.match(text, /a cake:\n +kitchen bake pie --layers 2$/);
  assert.deepEqual(parse("--version"), { text: "1.2.3" });
});

Deno.test("options come from a configuration too; the command line wins; all of it is checked", () => {
  const read = (json: string) => parseConfig(json, "run.json", bake);
  const pie = (options: Record<string, string | true>, json: string) =>
    valuesOf(bake, { arguments: ["pie"], options }, read(json));
  assert.equal(pie({}, '{"layers": 4, "vegan": true}').layers, 4);
  assert.equal(pie({}, '{"$schema": "x.json", "layers": 4, "vegan": true}').vegan, true);
  assert.equal(pie({ layers: "5" }, '{"layers": 4}').layers, 5);
  assert.equal(pie({ layers: "5" }, "{}").ovenHeat, 180);
  const refusals = {
    '{"layers": 1.5}': '"layers" is 1.5, wanted a whole number, 1 or more',
    '{"layers": "4"}': '"layers" is "4", wanted a whole number, 1 or more',
    '{"layers": [4]}': '"layers" is [4], wanted a whole number, 1 or more',
    '{"vegan": "true"}': '"vegan" is "true", wanted true or false',
    '{"oven-heat": 301}': '"oven-heat" is 301, wanted a number above 0, at most 300',
    '{"topping": "suggar"}':
      '"topping" is "suggar", did you mean sugar? wanted one of cream, sugar',
    '{"oven-heta": 3}':
      '"oven-heta" is no option, did you mean oven-heat? wanted one of oven-heat, ' +
      "layers, topping, vegan",
  };
  for (const [json, message] of Object.entries(refusals)) {
    assert.throws(() => read(json), {
      name: "SyntaxError",
      message: `Cannot read run.json: ${message}`,
    });
  }
  const refused = ["", "[1]", "null", "3", '{"ovenHeat": 3}', '{"layers": null}', '{"layers": {}}'];
  for (const json of refused) {
    assert.throws(() => read(json), /^SyntaxError: Cannot read run.json: /);
  }
});

Deno.test("the configuration of a run, written and read, gives the same values", () => {
  const values = valuesOf(bake, {
    arguments: ["pie"],
    options: { layers: "3", ovenHeat: "0.1", vegan: true },
  });
  const config = parseConfig(JSON.stringify(configOf(bake, values)), "run.json", bake);
  assert.deepEqual(valuesOf(bake, { arguments: ["pie"], options: {} }, config), values);
});

Deno.test("every command has a summary, examples that parse, and names of its own for its values", async () => {
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = await load();
    assert.ok(summary && command.description && command.examples.length > 0, name);
    const both = [...Object.keys(command.arguments), ...Object.keys(command.options)];
    assert.equal(new Set(both).size, both.length, `${name} uses a name twice`);
    assert.ok(!both.includes("config") && !both.includes("help"));
    for (const option of Object.values(command.arguments)) assert.ok(option.value, name);
    for (const [key, { parse, default: fallback }] of Object.entries(command.options)) {
      assert.match(flagOf(key), /^--[a-z0-9-]+$/);
      if (fallback !== undefined) assert.deepEqual(parse(String(fallback)), fallback, flagOf(key));
    }
    for (const { line } of command.examples) {
      const args = [name, ...line.split(" ")];
      const request = parseCommandLine(args, {
        name: "vitreous",
        description: "",
        version: "",
        summaries: { [name]: summary },
        chosen: { name, command },
      });
      assert.ok(!("text" in request));
      valuesOf(command, request);
    }
  }
});
