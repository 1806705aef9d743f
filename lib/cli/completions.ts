import { defineCommand } from "./command.ts";
import { commands } from "./commands.ts";
import { bashScript } from "./completion/bash.ts";
import { fishScript } from "./completion/fish.ts";
import { programSpec } from "./completion/spec.ts";
import { zshScript } from "./completion/zsh.ts";
import { choice, text } from "./option.ts";

/** The shells, each with what writes its script. */
const shells = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `completions`: what a shell needs to complete commands, options, their values and files. */
export const completions = defineCommand({
  description:
    "Print the completions of commands, options, their values and files for a shell. The program has " +
    "to be a command of its own for that: deno install --global --allow-read --allow-write --allow-env " +
    "--allow-sys --name vitreous cli.ts.",
  arguments: {
    shell: choice(Object.keys(shells) as (keyof typeof shells)[], {
      value: "SHELL",
      summary: "which",
      required: true,
    }),
  },
  options: {
    name: text({ value: "NAME", summary: "what the program is called", default: "vitreous" }),
  },
  examples: [
    { does: 'in this bash, with eval "$(...)" around it', line: "bash" },
    { does: "in zsh, into a folder of $fpath as _vitreous", line: "zsh" },
    { does: "in fish, into ~/.config/fish/completions/vitreous.fish", line: "fish" },
  ],

  check({ name }) {
    if (!/^[\w.-]+$/.test(name)) {
      throw new RangeError(`Cannot use --name ${name}: wanted letters, digits, ., _ or -`);
    }
  },

  async run({ shell, name }, io) {
    const all = Object.entries(commands).map(async ([name, { summary, load }]) => ({
      name,
      summary,
      command: await load(),
    }));
    io.print(shells[shell](programSpec(name, await Promise.all(all))).trimEnd());
  },
});
