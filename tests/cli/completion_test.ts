import assert from "node:assert/strict";
import { bashScript } from "../../lib/cli/completion/bash.ts";
import { fishScript } from "../../lib/cli/completion/fish.ts";
import { programSpec } from "../../lib/cli/completion/spec.ts";
import { zshScript } from "../../lib/cli/completion/zsh.ts";
import { commands } from "../../lib/cli/commands.ts";
import { main } from "../../lib/cli/main.ts";
import { createScreen } from "./screen.ts";

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
for (const name of ["set one.star", "set two.star"]) {
  await Deno.writeTextFile(`${folder}/${name}`, "");
}
await Deno.mkdir(`${folder}/run`);

const spec = programSpec(
  "vitreous",
  await Promise.all(
    Object.entries(commands).map(async ([name, { summary, load }]) => ({
      name,
      summary,
      command: await load(),
    })),
  ),
);

/** Runs a shell in the folder, in which the script is called "script"; returns what it printed. */
async function shell(name: string, args: readonly string[], script: string): Promise<string> {
  await Deno.writeTextFile(`${folder}/script`, script);
  const { code, stdout, stderr } = await new Deno.Command(name, {
    args: [...args],
    cwd: folder,
    env: { HOME: folder, TERM: "xterm", LC_ALL: "C" },
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

async function isThere(name: string): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args: ["--version"], stdout: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Command lines as typed, and all that their last word may become. */
const lines: readonly (readonly [line: string, wanted: readonly string[]])[] = [
  ["vitreous rec", ["reconstruct"]],
  ["vitreous help rec", ["reconstruct"]],
  ["vitreous --log-format j", ["json"]],
  ["vitreous --quiet simu", ["simulate"]],
  ["vitreous reconstruct --bat", ["--batch-size"]],
  ["vitreous reconstruct x.star --backend w", ["webgpu"]],
  ["vitreous reconstruct --backend=w", ["--backend=webgpu"]],
  ["vitreous simulate --phantom ", ["cylinder", "enzyme"]],
  ["vitreous compare x.star --optimizers sgd,mome", ["sgd,momentum"]],
  ["vitreous reconstruct --prior fl", ["flat"]],
  ["vitreous reconstruct --out r", ["run/"]],
  ["vitreous reconstruct --seed s", []],
  ["vitreous completions z", ["zsh"]],
  ["vitreous reconstruct set\\ o", ["set one.star"]],
];

Deno.test({
  name: "bash completes commands, options, their values, lists, folders and files",
  ignore: !await isThere("bash"),
  async fn() {
    const tried = lines.map(([line]) => {
      const words = line.replaceAll("\\ ", "\0").replaceAll("=", " = ").split(" ");
      const list = words.map((word) => `'${word.replaceAll("\0", " ")}'`).join(" ");
      return `COMP_WORDS=(${list}) COMP_CWORD=${words.length - 1}; _vitreous
        printf '%s|' "\${COMPREPLY[@]}"; echo`;
    });
    const out = await shell(
      "bash",
      ["--norc", "-c", `source ./script; ${tried.join("\n")}`],
      bashScript(spec),
    );
    out.trimEnd().split("\n").forEach((found, i) => {
      const [line, wanted] = lines[i];
      // readline itself puts the slash after a folder, and what comes before the = where it was
      const bare = wanted.map((name) => name.replace(/\/$/, "").replace(/^--[a-z]+=/, ""));
      assert.deepEqual(found.split("|").filter(Boolean).sort(), bare, line);
    });
  },
});

Deno.test({
  name: "fish completes commands, options, their values, lists, folders and files",
  ignore: !await isThere("fish"),
  async fn() {
    const tried = lines.map(([line]) => `complete -C '${line.replaceAll("\\", "\\\\")}'; echo ==`);
    const out = await shell(
      "fish",
      ["--no-config", "-c", `source ./script; ${tried.join("\n")}`],
      fishScript(spec),
    );
    out.trimEnd().split(/^==$\n?/m).slice(0, lines.length).forEach((found, i) => {
      const [line, wanted] = lines[i];
      const names = found.split("\n").filter(Boolean).map((name) => name.split("\t")[0]);
      assert.deepEqual(names.sort(), wanted, line);
    });
  },
});

Deno.test({
  name: "zsh, typed at, completes commands, options, their values, lists, folders and files",
  ignore: !await isThere("zsh"),
  async fn() {
    const typed = lines.filter(([, wanted]) => wanted.length === 1);
    // types each line, a tab, and a key that shows what the line has become, into a shell at a terminal
    const script = `zmodload zsh/zpty; zpty t zsh -f -i
      zpty -w t "PS1=; autoload -U compinit; compinit -D; source ./script; bindkey -e; setopt no_beep"
      zpty -w t 'show() { zle -I; print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N show; bindkey ^X show'
      zpty -w t 'print REA""DY'; zpty -r -m t out '*READY*'
      ${
      typed.map(([line]) =>
        `zpty -w -n t '${line}'$'\\t\\x18'; zpty -r -m t out '*<<*>>*'; print -r -- "\${out##*<<}"`
      ).join("\n")
    }
      zpty -d t`;
    const out = await shell("zsh", ["-f", "-c", script], zshScript(spec));
    const found = [...out.matchAll(/^(.*)>>/gm)].map(([, line]) => line.trimEnd());
    typed.forEach(([line, [wanted]], i) => {
      const before = line.replace(/(?<!\\) (?:\\ |[^ ])*$/, "");
      // a list may go on, and an option may take its value
      const now = found[i].slice(before.length + 1).replace(/[,=]$/, "").replaceAll("\\", "");
      assert.deepEqual([found[i].slice(0, before.length), now], [before, wanted], line);
    });
  },
});

Deno.test("every option of every command is completed, in all three shells", () => {
  for (const script of [bashScript(spec), zshScript(spec), fishScript(spec)]) {
    for (const { name, flags } of spec.commands) {
      assert.ok(script.includes(name));
      for (const { flag } of flags) assert.match(script, new RegExp(`(--|-l )${flag.slice(2)}\\b`));
    }
  }
});

Deno.test("completions prints the script, for a program of another name too, and refuses one that is none", async () => {
  const screen = createScreen();
  assert.equal(await main(["completions", "fish"], screen), 0);
  assert.equal(`${screen.printed[0]}\n`, fishScript(spec));
  assert.equal(await main(["completions", "bash", "--name", "vit"], screen), 0);
  assert.match(screen.printed[1], /\ncomplete -F _vit vit$/);
  assert.equal(await main(["completions", "bash", "--name", "a;b"], screen), 2);
  assert.equal(await main(["completions", "powershell"], screen), 2);
  assert.deepEqual(screen.reported, [
    "Cannot use --name a;b: wanted letters, digits, ., _ or -",
    "Cannot use SHELL powershell: wanted one of bash, zsh, fish",
  ]);
});
