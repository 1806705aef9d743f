import { required } from "./on_gpu.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const isFile = (path: string) => {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
};
const chromium = PLACES.find(isFile);
const missing = `no Chromium at ${PLACES.join(", ")}`;

/** Whether tests in Chromium are to be left out: it is missing, and nobody asked for it. */
export const withoutChromium = chromium === undefined && !required;
if (withoutChromium) console.log(`Tests in Chromium are ignored: ${missing}`);

/** Longest that Chromium may take unless told otherwise, ms; a start takes 1 to 5 s. */
const PATIENCE = 60_000;
/** Gives pages WebGPU on the software adapter that Chromium brings. */
const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** What a page is like. */
interface PageOptions {
  /** Whether it has WebGPU. */
  webgpu?: boolean;
  /** Headers of all that is served. */
  headers?: Readonly<Record<string, string>>;
  /** Longest that it may take, ms. */
  patience?: number;
}

/** Removes a folder that processes which are ending may still write to. */
async function removeSoon(folder: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Chromium without a window, in a profile of its own that is removed with it. */
export interface Browser extends AsyncDisposable {
  /** Its folder. */
  readonly profile: string;
  /** Settles when it ends. */
  readonly ended: Promise<{ code: number }>;
}

/** Starts Chromium on its software renderer. */
export async function startChromium(
  args: readonly string[],
  { webgpu = true }: { webgpu?: boolean } = {},
): Promise<Browser> {
  if (chromium === undefined) throw new Error(`Cannot test in Chromium: ${missing}`);
  const profile = await Deno.makeTempDir();
  const child = new Deno.Command(chromium, {
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      ...webgpu ? WEBGPU : [],
      "--enable-unsafe-swiftshader",
      `--user-data-dir=${profile}`,
      ...args,
    ],
    // a Vulkan driver chosen here would hide the one it brings; it leaves files where it is told to
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: profile,
      TMPDIR: profile,
      XDG_RUNTIME_DIR: profile,
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let running = true;
  const ended = child.status.finally(() => running = false);
  return {
    profile,
    ended,
    async [Symbol.asyncDispose]() {
      if (running) child.kill("SIGTERM");
      await ended;
      await removeSoon(profile);
    },
  };
}

/**
 * Runs a module in headless Chromium, on its software adapter or without any.
 *
 * @param script body of a module that ends in `export default` something to be awaited; plain data
 * @param files what it can fetch or import: bodies by path, "*.js" and "*.ts" as scripts
 * @throws {Error} with the page's own words if the script throws.
 */
export async function inChromium<T>(
  script: string,
  files: Readonly<Record<string, string>> = {},
  { webgpu = true, headers = {}, patience = PATIENCE }: PageOptions = {},
): Promise<T> {
  const page = `<!doctype html><script type="module">
    const answer = await import("/script.js").then(async (module) => ({ said: await module.default }))
      .catch((error) => ({ error: String(error?.stack ?? error) }));
    await fetch("/answer", { method: "POST", body: JSON.stringify(answer) });
    </script>`;
  const served: Record<string, string> = { "/script.js": script, ...files };
  const answer = Promise.withResolvers<{ said: T; error?: string }>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/answer") answer.resolve(await request.json());
      const body = served[pathname] ?? page;
      const kind = /\.[jt]s$/.test(pathname) ? "text/javascript" : "text/html";
      return new Response(body, {
        headers: { "content-type": `${kind}; charset=utf-8`, ...headers },
      });
    },
  );
  await using browser = await startChromium(
    [`http://127.0.0.1:${server.addr.port}/`],
    { webgpu },
  );
  const timer = setTimeout(
    () => answer.reject(new Error(`Cannot test in Chromium: no answer in ${patience / 1000} s`)),
    patience,
  );
  browser.ended.then(({ code }) =>
    answer.reject(new Error(`Cannot test in Chromium: it ended with status ${code}`))
  );
  try {
    const { said, error } = await answer.promise;
    if (error !== undefined) throw new Error(`Cannot test in Chromium: ${error}`);
    return said;
  } finally {
    clearTimeout(timer);
  }
}
