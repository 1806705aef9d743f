import assert from "node:assert/strict";
import { askRun, lifeOf, openControl, readWish } from "../../lib/cli/control.ts";
import type { Interrupt } from "../../lib/cli/interrupt.ts";
import { createScreen } from "../cli/screen.ts";

/** An interrupt that nobody presses a key for. */
function silent(): Interrupt {
  const controller = new AbortController(), { signal } = controller;
  return {
    signal,
    stop: () => controller.abort(),
    requested: () => Promise.resolve(signal.aborted),
    [Symbol.dispose]() {},
  };
}

async function inFolder(test: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a run that is asked to pause waits, goes on and stops, and says so", () =>
  inFolder(async (folder) => {
    askRun(folder, { stop: true }); // what an earlier run was asked for is not asked of this one
    const screen = createScreen(), interrupt = silent();
    using control = openControl(folder, interrupt, screen);
    assert.equal(await control.requested(), false);
    askRun(folder, { pause: true });
    screen.time += 1000;
    let over = false;
    const waiting = control.requested().then((stop) => (over = true, stop));
    await new Promise((resolve) => setTimeout(resolve, 350));
    assert.equal(over, false);
    askRun(folder, { pause: false });
    assert.equal(await waiting, false);
    assert.deepEqual(screen.reported, ["Paused, as the live view asks.", "Going on."]);
    askRun(folder, { pause: true, stop: true });
    screen.time += 1000;
    assert.equal(await control.requested(), true);
    assert.ok(interrupt.signal.aborted);
  }));

Deno.test("a checkpoint that is asked for is wanted once, and again when it is asked for again", () =>
  inFolder(async (folder) => {
    const screen = createScreen();
    using control = openControl(folder, silent(), screen);
    const wanted = async () => {
      screen.time += 1000;
      await control.requested();
      return control.saveWanted();
    };
    assert.equal(await wanted(), false);
    askRun(folder, { save: 7 });
    assert.deepEqual([await wanted(), await wanted()], [true, false]);
    askRun(folder, { save: 8 });
    assert.deepEqual([await wanted(), await wanted()], [true, false]);
  }));

Deno.test("a file that asks for nonsense asks for nothing", () =>
  inFolder(async (folder) => {
    const screen = createScreen();
    using control = openControl(folder, silent(), screen);
    for (const text of ["", "{", "null", "[]", "3", '{"pause": "yes", "stop": 1, "save": "x"}']) {
      await Deno.writeTextFile(`${folder}/control`, text);
      screen.time += 1000;
      assert.equal(await control.requested(), false, text);
      assert.equal(control.saveWanted(), false, text);
    }
    await Deno.writeTextFile(`${folder}/control`, "{");
    assert.deepEqual(readWish(folder), {});
  }));

Deno.test("a run that lives, one that has ended and one that was killed are told apart", () =>
  inFolder(async (folder) => {
    assert.equal(lifeOf(folder), "over");
    const control = openControl(folder, silent(), createScreen());
    assert.equal(lifeOf(folder), "alive");
    control[Symbol.dispose]();
    assert.equal(lifeOf(folder), "over");
    assert.deepEqual([...Deno.readDirSync(folder)], []);

    const script = `import { openControl } from ${
      JSON.stringify(new URL("../../lib/cli/control.ts", import.meta.url).href)
    };
      globalThis.held = openControl(${
      JSON.stringify(folder)
    }, { signal: new AbortController().signal }, { now: () => 0 });
      console.log("ready");
      setInterval(() => {}, 1000);`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", "--ext=ts", script],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    assert.equal(lifeOf(folder), "alive");
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    assert.equal(lifeOf(folder), "dead");
  }));
