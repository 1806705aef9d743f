import type { ProgramSpec, Slot } from "./spec.ts";

/** A text within single quotes. */
const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, (letter) => `\\${letter}`)}'`;

/** What stands in a place: -a names, with files or without. */
function wordsOf({ names, paths, list }: Slot): string {
  const all = list
    ? quoted(`(__fish_complete_list , "printf '%s\\n' ${names.join(" ")}")`)
    : names.length
    ? quoted(names.join(" "))
    : paths === "folders"
    ? quoted("(__fish_complete_directories)")
    : "";
  return `${paths === "files" && !list ? "-F" : "-f"}${all && ` -a ${all}`}`;
}

/** Completions for fish; sourced, or put into ~/.config/fish/completions as NAME.fish. */
export function fishScript({ name, commands, flags }: ProgramSpec): string {
  const line = (condition: string, rest: string) => `complete -c ${name} -n ${condition} ${rest}`;
  const flagLines = (condition: string, list: ProgramSpec["flags"]) =>
    list.map(({ flag, summary, slot }) =>
      line(
        condition,
        `-l ${flag.slice(2)}${slot ? ` -r ${wordsOf(slot)}` : ""} -d ${quoted(summary)}`,
      )
    );
  return [
    `# fish completion for ${name}: ${name} completions fish | source`,
    `complete -c ${name} -f`,
    ...flagLines("__fish_use_subcommand", flags),
    ...commands.map(({ name, summary }) =>
      line("__fish_use_subcommand", `-a ${name} -d ${quoted(summary)}`)
    ),
    ...commands.flatMap(({ name, slots, flags }) => {
      const condition = `'__fish_seen_subcommand_from ${name}'`;
      return [
        ...slots.map((slot) => line(condition, wordsOf(slot))),
        ...flagLines(condition, flags),
      ];
    }),
    "",
  ].join("\n");
}
