/**
 * The command line: `deno run --allow-read --allow-write=OUT cli.ts COMMAND`.
 *
 * @module
 */
import { createIO } from "./lib/cli/io.ts";
import { main } from "./lib/cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, createIO()));
