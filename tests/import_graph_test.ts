import assert from "node:assert/strict";

const root = new URL("../", import.meta.url);

interface Import {
  readonly to: string;
  /** static: when the module is loaded; dynamic: when asked for; type: never; url: as a worker. */
  readonly kind: "static" | "dynamic" | "type" | "url";
}

/** A file of the package: its text without comments, and what it imports, by path from the root. */
interface Source {
  readonly code: string;
  readonly imports: readonly Import[];
}

const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;

function withoutComments(text: string): string {
  const either = new RegExp(`(${STRING.source})|${COMMENT.source}`, "g");
  return text.replace(either, (_, string) => string ?? " ");
}

function importsOf(path: string, code: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, kind: Import["kind"]) => {
    const to = specifier.startsWith(".")
      ? new URL(specifier, new URL(path, root)).href.slice(root.href.length)
      : specifier;
    found.push({ to, kind });
  };
  for (const match of code.matchAll(/\b(import|export)\s+([^"';]*?)\bfrom\s*"([^"]+)"/g)) {
    const [, , clause, specifier] = match;
    const names = clause.match(/\{([\s\S]*)\}/)?.[1].split(",").map((s) => s.trim()).filter(
      Boolean,
    );
    const types = clause.startsWith("type ") ||
      (names !== undefined && clause.trim().startsWith("{") && names.length > 0 &&
        names.every((name) => name.startsWith("type ")));
    add(specifier, types ? "type" : "static");
  }
  for (const [, specifier] of code.matchAll(/\bimport\s*"([^"]+)"/g)) add(specifier, "static");
  for (const [, specifier] of code.matchAll(/\bimport\(\s*"([^"]+)"/g)) add(specifier, "dynamic");
  for (const [, specifier] of code.matchAll(/new URL\(\s*"(\.[^"]+\.ts)"/g)) add(specifier, "url");
  return found;
}

function sourcesOf(): Map<string, Source> {
  const sources = new Map<string, Source>();
  const read = (path: string) => {
    const code = withoutComments(Deno.readTextFileSync(new URL(path, root)));
    sources.set(path, { code, imports: importsOf(path, code) });
  };
  const walk = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, root))) {
      if (isDirectory) walk(`${folder}${name}/`);
      // AssemblyScript is another language, compiled on its own
      else if (name.endsWith(".ts") && folder !== "lib/cpu/assembly/") read(folder + name);
    }
  };
  walk("lib/");
  walk("gpu/");
  read("mod.ts");
  read("cli.ts");
  return sources;
}

const sources = sourcesOf();
const isFile = (path: string) => Deno.statSync(new URL(path, root)).isFile;
const inside = (folder: string) => (path: string) => path.startsWith(folder);
const isCLI = inside("lib/cli/"), isFormat = inside("lib/formats/"), isGPU = inside("gpu/");
/** Tools of the developer; nothing in the package loads them. */
const tools = ["lib/cpu/build.ts", "lib/cpu/asc.ts"];

/** Files reached from one by imports of the given kinds. */
function reached(from: string, kinds: readonly Import["kind"][]): Set<string> {
  const seen = new Set<string>(), queue = [from];
  for (const path of queue) {
    if (seen.has(path)) continue;
    seen.add(path);
    const { imports = [] } = sources.get(path) ?? {};
    queue.push(...imports.filter(({ kind }) => kinds.includes(kind)).map(({ to }) => to));
  }
  return seen;
}

Deno.test("the test sees the imports: some that are known are found", () => {
  const has = (from: string, to: string, kind: Import["kind"]) =>
    assert.ok(
      sources.get(from)!.imports.some((i) => i.to === to && i.kind === kind),
      `${from} ${to}`,
    );
  has("lib/backends.ts", "lib/cpu/backend.ts", "dynamic");
  has("lib/backends.ts", "gpu/backend.ts", "dynamic");
  has("gpu/kernels.ts", "gpu/kernels/sum.wgsl", "static");
  has("gpu/backend.ts", "gpu/device.ts", "static");
  has("lib/backend.ts", "lib/band.ts", "type");
  has("lib/cpu/threads.ts", "lib/cpu/worker.ts", "url");
  has("lib/likelihood.ts", "lib/marginalize.ts", "type");
  has("lib/reconstruct.ts", "lib/curvature.ts", "static");
  has("lib/marginalize.ts", "lib/band.ts", "static");
  has("lib/cli/commander.ts", "npm:commander@15.1.0", "static");
  assert.ok(sources.size > 60);
});

Deno.test("imports lead to files that exist, and out of lib/ and gpu/ to nothing", () => {
  for (const [path, { imports }] of sources) {
    for (const { to } of imports) {
      if (/^(npm|node):/.test(to)) continue;
      assert.ok(to.startsWith("lib/") || isGPU(to), `${path} imports ${to}`);
      const there = sources.has(to) || (/\.(wgsl|glsl|js)$/.test(to) && isFile(to));
      assert.ok(there, `${path} imports ${to}, which is not there`);
    }
  }
});

Deno.test("lib/ loads gpu/ when asked for, never before", () => {
  for (const [path, { imports }] of sources) {
    if (isGPU(path)) continue;
    for (const { to, kind } of imports) {
      if (isGPU(to)) assert.equal(kind, "dynamic", `${path} imports ${to}`);
    }
  }
});

Deno.test("gpu/ runs in a browser: it knows nothing of Deno, of files, of packages", () => {
  for (const [path, { code, imports }] of sources) {
    if (!isGPU(path)) continue;
    assert.doesNotMatch(code, /\bDeno\s*[.[]|\bprocess\s*\./, path);
    for (const { to } of imports) {
      assert.ok(!isCLI(to) && !isFormat(to) && !/^(npm|node):/.test(to), `${path} imports ${to}`);
    }
  }
});

Deno.test("imports point downward: there is no cycle, types included", () => {
  const done = new Set<string>();
  const visit = (path: string, above: readonly string[]) => {
    assert.ok(!above.includes(path), [...above.slice(above.indexOf(path)), path].join(" -> "));
    if (done.has(path)) return;
    for (const { to, kind } of sources.get(path)?.imports ?? []) {
      // a registry loads its entries when asked for
      if (kind === "static" || kind === "type") visit(to, [...above, path]);
    }
    done.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
});

Deno.test("only formats, the command line and the developer's tools touch what is outside: Deno's API", () => {
  for (const [path, { code }] of sources) {
    if (isCLI(path) || isFormat(path) || tools.includes(path) || path === "cli.ts") continue;
    assert.doesNotMatch(code, /\bDeno\s*\./, path);
    assert.ok(sources.get(path)!.imports.every(({ to }) => !to.startsWith("node:")), path);
  }
});

Deno.test("only the command line prints, reads arguments or exits", () => {
  for (const [path, { code }] of sources) {
    if (isCLI(path) || path === "cli.ts") continue;
    assert.doesNotMatch(
      code,
      /\bconsole\s*\.|\bDeno\.(exit|args|stdout|stderr|stdin)\b|\bprompt\(/,
      path,
    );
  }
});

Deno.test("randomness and dates come in by argument", () => {
  for (const [path, { code }] of sources) {
    if (isCLI(path)) continue;
    assert.doesNotMatch(code, /\bMath\.random\b|\bcrypto\s*\.|\bDate\b/, path);
  }
});

Deno.test("every npm package is imported in one file, by an exact version", () => {
  const places = new Map<string, string[]>();
  for (const [path, { imports }] of sources) {
    for (const { to } of imports) {
      if (!to.startsWith("npm:")) continue;
      assert.match(to, /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(\/|$)/, path);
      const name = to.replace(/(.)@.*/, "$1");
      places.set(name, [...places.get(name) ?? [], path]);
    }
  }
  assert.ok(places.size >= 2);
  for (const [name, paths] of places) assert.equal(paths.length, 1, `${name} in ${paths}`);
});

Deno.test("the core knows nothing of the command line, of files, or of the tools", () => {
  for (const [path, { imports }] of sources) {
    for (const { to } of imports) {
      if (!isCLI(path) && path !== "cli.ts") assert.ok(!isCLI(to), `${path} imports ${to}`);
      if (!isCLI(path) && !isFormat(path)) assert.ok(!isFormat(to), `${path} imports ${to}`);
      if (!tools.includes(path)) assert.ok(!tools.includes(to), `${path} imports ${to}`);
    }
  }
});

Deno.test("loading mod.ts loads no command line, no backend and no package, and starts no worker", () => {
  const loaded = reached("mod.ts", ["static"]);
  assert.ok(loaded.has("lib/reconstruct.ts"));
  for (const path of loaded) {
    assert.ok(!isCLI(path) && !path.startsWith("lib/cpu/"), path);
    assert.ok(!isGPU(path) && !path.startsWith("npm:"), path);
  }
  // but the backends are there when asked for, and nothing is out of reach
  assert.ok(reached("mod.ts", ["static", "dynamic", "url"]).has("lib/cpu/worker.ts"));
});

Deno.test("every file is used: reached from mod.ts, cli.ts or a tool", () => {
  const kinds = ["static", "dynamic", "type", "url"] as const;
  const used = new Set(["mod.ts", "cli.ts", ...tools].flatMap((from) => [...reached(from, kinds)]));
  for (const path of sources.keys()) assert.ok(used.has(path), `nothing imports ${path}`);
});

Deno.test("mod.ts can be loaded without any permission, and says nothing", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", new URL("mod.ts", root).href],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.deepEqual([code, text(stdout), text(stderr)], [0, "", ""]);
});
