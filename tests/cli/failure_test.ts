import assert from "node:assert/strict";
import { describeFailure } from "../../lib/cli/failure.ts";

async function thrown(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  assert.fail("nothing was thrown");
}

Deno.test("what the user can mend is one line", async () => {
  const lines = [
    [new RangeError("Cannot do it: 3,\n  wanted 4"), "Cannot do it: 3, wanted 4"],
    [
      await thrown(() => Deno.openSync("nowhere/at all")),
      "Cannot open nowhere/at all: no such file or directory",
    ],
    [
      new Deno.errors.NotCapable(
        'Requires read access to "a b", run again with the --allow-read flag',
      ),
      "Cannot read a b: not allowed, run with --allow-read",
    ],
    [
      new Deno.errors.NotCapable(
        'Requires write access to "x", run again with the --allow-write flag',
      ),
      "Cannot write x: not allowed, run with --allow-write",
    ],
    [
      new Error("No space left on device (os error 28)"),
      "Cannot go on: No space left on device",
    ],
    [
      await thrown(() => new Float64Array(2 ** 52)),
      "Cannot go on: out of memory, wanted a smaller box or fewer images at a time",
    ],
  ] as const;
  for (const [error, text] of lines) {
    assert.deepEqual(describeFailure(error), { text, isBug: false });
  }
});

Deno.test("anything else is a bug and shows its stack", () => {
  const { text, isBug } = describeFailure(new TypeError("x is undefined"));
  assert.ok(isBug);
  assert.match(text, /^TypeError: x is undefined\n +at .*failure_test/);
  assert.deepEqual(describeFailure("a word"), { text: "a word", isBug: true });
});
