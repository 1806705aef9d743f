import { defineCommand } from "./command.ts";
import { addressOf, PORT, requireServing } from "./live_view.ts";
import { integer, text } from "./option.ts";
import { particleOptions } from "./particle_options.ts";
import { requireRead } from "./permission.ts";
import { requireRun } from "./run_files.ts";
import { createToken } from "./watch_guard.ts";
import { serveWatch } from "./watch_server.ts";

/** `watch`: a run of another process, as a page that changes. */
export const watch = defineCommand({
  description:
    "Serve the page of a run on this machine only, changing while the run goes on, whichever process it " +
    "is in; the address that is printed lets in nobody who does not know it. With --allow-write=DIR the page " +
    "can also pause the run, and stop it so that it saves: by a file, control, that the run looks for. Ctrl-C " +
    "ends the page, not the run. `reconstruct --watch` does the same from within the run.",
  arguments: { folder: text({ value: "DIR", summary: "folder of a run", required: true }) },
  options: {
    port: integer({
      value: "PORT",
      summary: "on 127.0.0.1; 0: a free one",
      min: 0,
      max: 65535,
      default: PORT,
    }),
    ...particleOptions,
  },
  examples: [{ does: "a run that goes on in another terminal", line: "run" }],

  async run({ folder, port, ...places }, io) {
    await requireRead(folder);
    await requireServing(port);
    await requireRun(folder);
    const { state } = await Deno.permissions.query({ name: "write", path: folder });
    const token = createToken(), able = state === "granted";
    const server = await serveWatch({ folder, port, token, able, places });
    io.print(addressOf(server.port, token));
    io.report(
      able
        ? "The page can pause and stop the run. Ctrl-C ends the page."
        : `The page only watches: --allow-write=${folder} would let it pause and stop the run. Ctrl-C ends it.`,
    );
    await new Promise<void>((resolve) => {
      const ended = () => {
        Deno.removeSignalListener("SIGINT", ended);
        resolve();
      };
      Deno.addSignalListener("SIGINT", ended);
    });
    await server.finish("Nobody watches any more; the run may go on.", { ended: false });
  },
});
