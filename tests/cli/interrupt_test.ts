import assert from "node:assert/strict";
import { INTERRUPTED, watchInterrupt } from "../../lib/cli/interrupt.ts";
import { createScreen } from "./screen.ts";

Deno.test("Ctrl-C aborts the signal; again, it ends the process; after disposal, it is not watched", async () => {
  const handlers = new Set<() => void>(), exits: number[] = [], screen = createScreen();
  const process = {
    listen: (handler: () => void) => void handlers.add(handler),
    unlisten: (handler: () => void) => void handlers.delete(handler),
    exit: (status: number) => exits.push(status) as never,
  };
  const press = () => handlers.forEach((handler) => handler());
  {
    using interrupt = watchInterrupt(screen, process);
    assert.equal(await interrupt.requested(), false);
    press();
    assert.equal(interrupt.signal.aborted, true);
    assert.equal(await interrupt.requested(), true);
    assert.deepEqual(exits, []);
    assert.equal(screen.reported.length, 1);
    press();
    assert.deepEqual(exits, [INTERRUPTED]);
  }
  assert.equal(handlers.size, 0);
});
