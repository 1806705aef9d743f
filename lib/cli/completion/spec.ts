import { type Command, flagOf } from "../command.ts";
import { globalOptions } from "../global_options.ts";
import type { Option } from "../option.ts";

/** What may stand in one place of a command line. */
export interface Slot {
  /** What it is called in the help: "DIR". */
  readonly value: string;
  /** Names known in advance. */
  readonly names: readonly string[];
  /** Names on the disk that may stand there too. */
  readonly paths: "files" | "folders" | "none";
  /** Whether commas separate several of them. */
  readonly list: boolean;
}

/** A flag and what follows it; nothing after a switch. */
export interface FlagSpec {
  readonly flag: string;
  readonly summary: string;
  readonly slot?: Slot;
}

/** A command as a shell completes it. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Of its arguments; the last stands for any that follow. */
  readonly slots: readonly Slot[];
  readonly flags: readonly FlagSpec[];
}

/** A program as a shell completes it. */
export interface ProgramSpec {
  readonly name: string;
  readonly commands: readonly CommandSpec[];
  /** Flags that may stand before a command. */
  readonly flags: readonly FlagSpec[];
}

function slotOf({ value = "", names = [], list = false, schema }: Option<unknown>): Slot {
  // a bare text may be a path; what has a schema of its own or is a command's name is none
  const isPath = schema === undefined && value !== "COMMAND";
  const paths = !isPath ? "none" : /\bDIR\b/.test(value) ? "folders" : "files";
  return { value, names, list, paths };
}

function flagsOf(options: Readonly<Record<string, Option<unknown>>>): FlagSpec[] {
  return Object.entries(options).map(([name, option]) => ({
    flag: flagOf(name),
    summary: option.summary,
    ...option.value !== undefined && { slot: slotOf(option) },
  }));
}

const HELP: FlagSpec = { flag: "--help", summary: "help, with examples" };
const CONFIG: FlagSpec = {
  flag: "--config",
  summary: "options from a JSON file",
  slot: { value: "FILE", names: [], paths: "files", list: false },
};

/** What a command line may hold, from the commands as data. */
export function programSpec(
  name: string,
  commands: readonly { name: string; summary: string; command: Command }[],
): ProgramSpec {
  const global = flagsOf(globalOptions), names = commands.map(({ name }) => name);
  const commandNames: Slot = { value: "COMMAND", names, paths: "none", list: false };
  return {
    name,
    flags: [HELP, { flag: "--version", summary: "the version" }, ...global],
    commands: [
      ...commands.map(({ name, summary, command }) => ({
        name,
        summary,
        slots: Object.values(command.arguments).map(slotOf),
        flags: [...flagsOf(command.options), ...command.config ? [CONFIG] : [], HELP, ...global],
      })),
      { name: "help", summary: "help on a command", slots: [commandNames], flags: [] },
    ],
  };
}
