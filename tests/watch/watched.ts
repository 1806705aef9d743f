import { openControl } from "../../lib/cli/control.ts";
import type { Interrupt } from "../../lib/cli/interrupt.ts";
import { createToken } from "../../lib/cli/watch_guard.ts";
import { serveWatch } from "../../lib/cli/watch_server.ts";
import { encodeCheckpoint } from "../../lib/checkpoint.ts";
import { createScreen } from "../cli/screen.ts";
import { madeUpMap } from "../report/made_up.ts";
import { madeUpJSON, madeUpTrace } from "../report/made_up_run.ts";

/** A run that is as it is made to be, and its page. */
export interface Watched extends AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  readonly token: string;
  /** With the token. */
  readonly url: string;
  /** Writes the trace up to an iteration, of 90. */
  goTo(iteration: number): Promise<void>;
  /** Ends in order. */
  finish(): Promise<void>;
  /** Its process is gone. */
  die(): Promise<void>;
}

/** Nobody interrupts. */
const silent: Interrupt = {
  signal: new AbortController().signal,
  stop() {},
  requested: () => Promise.resolve(false),
  [Symbol.dispose]() {},
};

/** A run of 90 iterations of which some are done, being served. */
export async function watchMadeUp({ able = true } = {}): Promise<Watched> {
  const folder = await Deno.makeTempDir(), json = madeUpJSON(90), trace = madeUpTrace(90);
  const control = openControl(folder, silent, createScreen());
  let written = 0, alive = true;
  const write = (content: unknown) =>
    Deno.writeTextFile(`${folder}/run.json`, JSON.stringify(content));
  const goTo = async (iteration: number) => {
    const lines = trace.slice(written, iteration).map((record) => `${JSON.stringify(record)}\n`);
    await Deno.writeTextFile(`${folder}/trace.jsonl`, lines.join(""), { append: true });
    written = iteration;
    const map = madeUpMap(20, iteration / 90);
    const checkpoint = encodeCheckpoint({
      config: { boxSize: 64, pixelSize: 5, workBox: 20 },
      iteration,
      gradients: 100 * iteration,
      forwards: 0,
      seconds: iteration,
      unit: 1,
      temperature: 1,
      voxels: map.voxels,
      state: {},
    });
    await Deno.writeFile(`${folder}/checkpoint`, checkpoint);
  };
  await write({ ...json, outcome: { finished: false } });
  await goTo(11);
  const token = createToken();
  const server = await serveWatch({ folder, port: 0, token, able, places: {}, free: Infinity });
  return {
    folder,
    port: server.port,
    token,
    url: `http://127.0.0.1:${server.port}/${token}/`,
    goTo,
    async finish() {
      await goTo(90);
      await write(json);
      control[Symbol.dispose]();
      alive = false;
    },
    async die() {
      control[Symbol.dispose]();
      alive = false;
      await Deno.writeTextFile(`${folder}/running`, "");
    },
    async [Symbol.asyncDispose]() {
      if (alive) control[Symbol.dispose]();
      await server.finish("over", { ended: false });
      await Deno.remove(folder, { recursive: true });
    },
  };
}
