/**
 * The page on this machine: the library as one script, as it may lie on any server, the page's own, and
 * the two headers that a page needs for threads (the CPU path) in a browser.
 *
 *     deno run --allow-read --allow-run --allow-net=127.0.0.1 examples/browser/serve.ts
 *
 * @module
 */
const here = new URL("./", import.meta.url), root = new URL("../../", import.meta.url);

/** What is served, by name: where it is from. The threads of the library are a script beside it. */
const SCRIPTS: Readonly<Record<string, URL>> = {
  "vitreous.js": new URL("mod.ts", root),
  "worker.ts": new URL("lib/cpu/worker.ts", root),
  "main.js": new URL("main.ts", here),
  "judge.js": new URL("judge.ts", here),
};

/** A module and what it imports as one script for browsers. */
async function bundle(module: URL): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=browser", module.pathname],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`Cannot bundle ${module}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** All files of the page by name, as text. */
export async function pageFiles(): Promise<Record<string, string>> {
  const scripts = Object.entries(SCRIPTS).map(async ([name, url]) => [name, await bundle(url)]);
  const page = await Deno.readTextFile(new URL("index.html", here));
  return { "index.html": page, ...Object.fromEntries(await Promise.all(scripts)) };
}

/** What makes a page isolated, without which there is no memory for threads to share. */
export const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

if (import.meta.main) {
  const files = await pageFiles();
  Deno.serve({ hostname: "127.0.0.1", port: 8789 }, (request) => {
    const name = new URL(request.url).pathname.slice(1) || "index.html";
    if (!Object.hasOwn(files, name)) return new Response("not here", { status: 404 });
    const type = name.endsWith(".html") ? "text/html" : "text/javascript";
    return new Response(files[name], {
      headers: { "content-type": `${type}; charset=utf-8`, ...ISOLATION },
    });
  });
}
