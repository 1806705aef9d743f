import type { ProgramSpec, Slot } from "./spec.ts";

/** Names, what else, and whether commas separate several: words for the functions below. */
function wordsOf({ names, paths, list }: Slot): string {
  return `names='${names.join(" ")}' paths=${paths}${list ? " list=1" : ""}`;
}

/**
 * A completion function for bash 3.2 or later, without the bash-completion package. An option that is
 * written --name=value comes as three words: --name, =, value.
 */
export function bashScript({ name, commands, flags }: ProgramSpec): string {
  const id = `_${name.replaceAll(/\W/g, "_")}`;
  const flagWords = (list: readonly { flag: string }[]) => list.map(({ flag }) => flag).join(" ");
  const cases = (list: ProgramSpec["flags"]) =>
    list.flatMap(({ flag, slot }) => slot ? [`        ${flag}) ${wordsOf(slot)};;`] : []);
  const command = ({ name, slots, flags }: ProgramSpec["commands"][number]) => [
    `    ${name})`,
    `      flags='${flagWords(flags)}'`,
    "      case $option in",
    ...cases(flags),
    "        *) option=",
    `          case $place in`,
    ...slots.map((slot, i) => `            ${i + 1 < slots.length ? i : "*"}) ${wordsOf(slot)};;`),
    "          esac;;",
    "      esac;;",
  ];
  return [
    `# bash completion for ${name}: eval "$(${name} completions bash)"`,
    `${id}() {`,
    "  local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} IFS=$' \\n'",
    "  local command= place=0 names= paths=none list= flags= prefix= i",
    "  if [[ $word == = ]]; then",
    "    word=",
    "  elif [[ $option == = ]]; then",
    "    option=${COMP_WORDS[COMP_CWORD-2]}",
    "  fi",
    "  for ((i = 1; i < COMP_CWORD; i++)); do",
    "    case ${COMP_WORDS[i]} in",
    "      -*|=) ;;",
    `      ${commands.map(({ name }) => name).join("|")})`,
    "        if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else place=$((place + 1)); fi;;",
    "      *) if [[ -n $command && ${COMP_WORDS[i-1]} != -* && ${COMP_WORDS[i-1]} != = ]]; then",
    "          place=$((place + 1))",
    "        fi;;",
    "    esac",
    "  done",
    "  case $command in",
    "    '')",
    `      flags='${flagWords(flags)}'`,
    "      case $option in",
    ...cases(flags),
    `        *) option= names='${commands.map(({ name }) => name).join(" ")}';;`,
    "      esac;;",
    ...commands.flatMap(command),
    "  esac",
    "  COMPREPLY=()",
    "  if [[ -z $option && $word == -* ]]; then",
    '    COMPREPLY=($(compgen -W "$flags" -- "$word"))',
    "    return",
    "  fi",
    "  if [[ -n $list && $word == *,* ]]; then",
    "    prefix=${word%,*}, word=${word##*,}",
    "  fi",
    '  COMPREPLY=($(compgen -P "$prefix" -W "$names" -- "$word"))',
    "  if [[ ${#COMPREPLY[@]} == 0 && $paths != none ]]; then",
    "    local IFS=$'\\n'",
    "    type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null",
    "    case $paths in",
    '      files) COMPREPLY=($(compgen -f -- "$word"));;',
    '      folders) COMPREPLY=($(compgen -d -- "$word"));;',
    "    esac",
    "  fi",
    "}",
    `complete -F ${id} ${name}`,
    "",
  ].join("\n");
}
