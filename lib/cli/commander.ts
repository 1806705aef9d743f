// deno-lint-ignore no-import-prefix
import { Command as Parser, CommanderError, Option as ParserOption } from "npm:commander@15.1.0";
import { type Command, flagOf, type Invocation } from "./command.ts";
import { globalOptions } from "./global_options.ts";
import type { Option } from "./option.ts";
import { statuses } from "./status.ts";

/** What a command line asks for: a text to be shown, or a command to be run. */
export type Request = { readonly text: string } | Invocation;

/** The program and its commands; only the chosen one needs to be complete. */
export interface Program {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly summaries: Readonly<Record<string, string>>;
  readonly chosen?: { readonly name: string; readonly command: Command };
}

function describe({ summary, default: fallback, required }: Option<unknown>): string {
  if (required) return `${summary} (required)`;
  const none = fallback === undefined || fallback === false ||
    (Array.isArray(fallback) && fallback.length === 0);
  return none ? summary : `${summary} (default ${fallback})`;
}

/** Lists the options of every command, which are taken out of the command line before it gets here. */
function addGlobalOptions(parser: Parser): void {
  for (const [key, option] of Object.entries<Option<unknown>>(globalOptions)) {
    const flag = option.value ? `${flagOf(key)} <${option.value}>` : flagOf(key);
    parser.addOption(
      new ParserOption(flag, describe(option)).helpGroup("Options of every command:"),
    );
  }
}

/** What scripts want to know, at the end of the program's help. */
function afterword(name: string): string {
  return [
    "",
    "Exit status:",
    ...statuses.map(({ status, means }) => `  ${String(status).padEnd(5)}${means}`),
    "",
    "Results go to standard output, all else to standard error. Colours are for terminals only, and",
    "not where the environment has NO_COLOR.",
    "",
    `${name} COMMAND --help has the options of a command, and examples.`,
  ].join("\n");
}

/** Adds the arguments, options and examples of a command. */
function fill(parser: Parser, program: Program, { name, command }: NonNullable<Program["chosen"]>) {
  parser.description(command.description);
  for (const option of Object.values(command.arguments)) {
    const { required } = option, value = option.several ? `${option.value}...` : option.value;
    parser.argument(
      required ? `<${value}>` : `[${value}]`,
      describe({ ...option, required: false }),
    );
  }
  for (const [key, option] of Object.entries(command.options)) {
    const flag = flagOf(key);
    const flags = option.value ? `${flag} <${option.value}>` : flag;
    if (option.repeatable) {
      const join = (text: string, before?: string) => before ? `${before},${text}` : text;
      parser.option(flags, describe(option), join);
    } else parser.option(flags, describe(option));
  }
  if (command.config) {
    parser.option(
      "--config <FILE>",
      'options from a JSON file, {"seed": 1}; the command line wins',
    );
  }
  addGlobalOptions(parser);
  const examples = command.examples.map(({ line, does }) =>
    `  ${does}:\n    ${program.name} ${name} ${line}`
  );
  parser.addHelpText("after", `\nExamples:\n${examples.join("\n")}`);
}

/**
 * Reads a command line.
 *
 * @param args without the program's name
 * @throws {SyntaxError} in one line, if there is no such command, option or number of arguments.
 */
export function parseCommandLine(args: readonly string[], program: Program): Request {
  let shown = "", request: Request | undefined;
  const root = new Parser(program.name)
    .description(program.description)
    .version(program.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shown += text,
      writeErr: () => {},
      // Else commander reads environment variables, which takes a permission.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => 100,
    });
  addGlobalOptions(root);
  root.addHelpText("after", afterword(program.name));
  for (const [name, summary] of Object.entries(program.summaries)) {
    const parser = root.command(name).summary(summary).description(summary);
    if (program.chosen?.name !== name) continue;
    const { command } = program.chosen;
    fill(parser, program, program.chosen);
    parser.action(() => {
      const options = parser.opts();
      // commander takes --no-x for the opposite of --x
      for (const key of Object.keys(command.options)) {
        const [, rest] = /^no([A-Z].*)$/.exec(key) ?? [];
        if (rest && options[rest.charAt(0).toLowerCase() + rest.slice(1)] === false) {
          options[key] = true;
        }
      }
      request = { arguments: parser.args, options };
    });
  }
  try {
    root.parse(args.length ? args : ["--help"], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text: shown.trimEnd() };
    const what = error.message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
    throw new SyntaxError(`Cannot run${program.chosen ? ` ${program.chosen.name}` : ""}: ${what}`);
  }
  return request!;
}
