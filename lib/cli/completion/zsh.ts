import type { CommandSpec, FlagSpec, ProgramSpec, Slot } from "./spec.ts";

/** A text within single quotes. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
/** A text within the brackets or between the colons of a specification of _arguments. */
const escaped = (text: string) => text.replaceAll(/[[\]:\\]/g, (letter) => `\\${letter}`);

/** The action of a specification: names, files or folders; a blank where nothing is known. */
function actionOf({ names, paths, list }: Slot): string {
  const files = paths === "folders" ? "_files -/" : "_files";
  if (names.length === 0) return paths === "none" ? " " : files;
  if (list) return `_values -s , name ${names.join(" ")}`;
  if (paths === "none") return `(${names.join(" ")})`;
  return `{compadd -- ${names.join(" ")}; ${files}}`;
}

const slotSpec = (slot: Slot) => `${escaped(slot.value)}:${actionOf(slot)}`;

const flagSpec = ({ flag, summary, slot }: FlagSpec) =>
  quoted(`${flag}${slot ? "=" : ""}[${escaped(summary)}]${slot ? `:${slotSpec(slot)}` : ""}`);

function commandLines({ name, slots, flags }: CommandSpec): string[] {
  const places = slots.map((slot, i) =>
    quoted(`${i + 1 < slots.length ? `${i + 1}:` : "*:"}${slotSpec(slot)}`)
  );
  return [
    `      ${name})`,
    "        _arguments \\",
    [...flags.map(flagSpec), ...places].map((spec) => `          ${spec}`).join(" \\\n"),
    "        ;;",
  ];
}

/** A completion function for zsh; sourced, or put into a folder of $fpath as _NAME. */
export function zshScript({ name, commands, flags }: ProgramSpec): string {
  const id = `_${name.replaceAll(/\W/g, "_")}`;
  return [
    `#compdef ${name}`,
    `# zsh completion for ${name}: ${name} completions zsh > a folder of $fpath, as _${name}`,
    `${id}() {`,
    "  local context state state_descr line",
    "  typeset -A opt_args",
    "  local -a commands=(",
    ...commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`),
    "  )",
    "  _arguments -C \\",
    ...flags.map((flag) => `    ${flagSpec(flag)} \\`),
    "    '1: :->command' '*:: :->rest'",
    "  case $state in",
    "    command) _describe command commands;;",
    "    rest)",
    "      case $words[1] in",
    ...commands.flatMap(commandLines),
    "      esac;;",
    "  esac",
    "}",
    `if [[ $funcstack[1] == ${id} ]]; then`,
    `  ${id} "$@"`,
    "else",
    `  compdef ${id} ${name}`,
    "fi",
    "",
  ].join("\n");
}
