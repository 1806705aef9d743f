import { VERSION } from "../version.ts";
import { type Command, valuesOf } from "./command.ts";
import { parseCommandLine } from "./commander.ts";
import { commands } from "./commands.ts";
import { readConfig } from "./config.ts";
import { describeFailure } from "./failure.ts";
import { takeGlobalOptions } from "./global_options.ts";
import { INTERRUPTED } from "./interrupt.ts";
import type { IO } from "./io.ts";
import { createLog } from "./log.ts";
import { STATUS } from "./status.ts";

/** The command named by the command line, if there is one of that name. */
async function choose(
  args: readonly string[],
): Promise<{ name: string; command: Command } | undefined> {
  const name = args[0] === "help" ? args[1] : args[0];
  if (name === undefined || !Object.hasOwn(commands, name)) return undefined;
  return { name, command: await commands[name].load() };
}

/**
 * Runs a command line.
 *
 * @param args without the program's name
 * @returns exit status: 0, one of STATUS, or what the command returns
 */
export async function main(args: readonly string[], io: IO): Promise<number> {
  let status: number = STATUS.usage, log = createLog(io, { quiet: false, logFormat: "text" });
  try {
    const { values: global, rest } = takeGlobalOptions(args);
    log = createLog(io, global);
    const chosen = await choose(rest);
    const request = parseCommandLine(rest, {
      name: "vitreous",
      description: "Ab-initio cryo-EM: a density from particle images, without a starting model.",
      version: VERSION,
      summaries: Object.fromEntries(Object.entries(commands).map(([name, c]) => [name, c.summary])),
      chosen,
    });
    if ("text" in request) {
      io.print(request.text);
      return 0;
    }
    const { command } = chosen!, { config } = request.options;
    const values = valuesOf(
      command,
      request,
      typeof config === "string" && command.config ? await readConfig(config, command) : {},
    );
    status = STATUS.failed;
    return await command.run(values, log.io) ?? 0;
  } catch (error) {
    // Whoever read our output has read enough.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    // Ctrl-C before there was anything to save.
    if (error instanceof DOMException && error.name === "AbortError") return INTERRUPTED;
    const { text, isBug } = describeFailure(error);
    log.fail(text);
    return isBug ? STATUS.bug : status;
  }
}
