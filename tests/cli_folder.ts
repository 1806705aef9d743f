import { NO_GPU } from "./no_gpu.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

/** A folder that is gone when the tests of the file are done, and the command line run in it, without a GPU. */
export async function createCLIFolder() {
  const folder = await Deno.makeTempDir();
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const program = ["run", "--quiet", "--allow-read", "--allow-write=.", "--frozen", CLI];
  return {
    folder,
    /** What Deno is called with before the arguments of the command line. */
    program,
    async run(...args: string[]) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [...program, ...args],
        cwd: folder,
        env: NO_GPU,
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, out: text(stdout), error: text(stderr) };
    },
  };
}
