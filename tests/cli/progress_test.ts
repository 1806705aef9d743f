import assert from "node:assert/strict";
import { createProgress, formatDuration } from "../../lib/cli/progress.ts";
import { createScreen } from "./screen.ts";

/** 100 steps of 0.5 s. */
function run({ isTerminal, total }: { isTerminal: boolean; total?: number }) {
  const screen = createScreen({ isTerminal });
  const progress = createProgress({ label: "Counting", unit: "beans", total, io: screen });
  for (let done = 1; done <= 100; done++) {
    screen.time += 500;
    progress.update(done, done === 50 ? "half way" : undefined);
  }
  progress.done();
  return screen;
}

Deno.test("in a pipe there is a line every 5 %, and one at the end", () => {
  const { drawn, reported } = run({ isTerminal: false, total: 100 });
  assert.deepEqual(drawn, []);
  assert.equal(reported.length, 20);
  assert.equal(reported[0], "Counting 5/100 beans, 5 %, 2/s, 48 s left, 2.5 s so far");
  assert.equal(reported[9], "Counting 50/100 beans, 50 %, 2/s, 25 s left, half way, 25 s so far");
  assert.equal(reported[19], "Counting 100/100 beans done in 50 s (2/s)");
});

Deno.test("in a pipe nothing is said more than once a second, nor less than every 30 s", () => {
  const screen = createScreen();
  const progress = createProgress({ label: "Counting", unit: "beans", total: 10, io: screen });
  for (let done = 1; done <= 5; done++) screen.time += 100, progress.update(done);
  assert.equal(screen.reported.length, 0);
  for (let i = 1; i <= 1000; i++) screen.time += 100, progress.update(5);
  assert.equal(screen.reported.length, 1 + 3);
});

Deno.test("without a total there is no share and no time left", () => {
  const { reported } = run({ isTerminal: false });
  assert.deepEqual(reported, [
    "Counting 60 beans, 2/s, 30 s so far",
    "Counting 100 beans done in 50 s (2/s)",
  ]);
});

Deno.test("on a terminal every line but the last is drawn, ten a second at most", () => {
  const screen = run({ isTerminal: true, total: 100 });
  assert.equal(screen.drawn.length, 100);
  assert.equal(screen.reported.length, 1);
  const fast = createScreen({ isTerminal: true });
  const progress = createProgress({ label: "Counting", unit: "beans", total: 1000, io: fast });
  for (let done = 1; done <= 1000; done++) fast.time += 1, progress.update(done);
  assert.equal(fast.drawn.length, 10);
});

Deno.test("the time left follows a change of speed, and a resumed run counts its own steps only", () => {
  const screen = createScreen({ isTerminal: true });
  const progress = createProgress({
    label: "Counting",
    unit: "beans",
    total: 1000,
    start: 400,
    io: screen,
  });
  const work = (from: number, to: number, ms: number) => {
    for (let done = from + 1; done <= to; done++) screen.time += ms, progress.update(done);
  };
  work(400, 420, 1000);
  assert.match(screen.drawn.at(-1)!, /^Counting 420\/1000 beans, 42 %, 1\/s, 9 min 40 s left/);
  work(420, 520, 500);
  const [, rate] = /, ([\d.]+)\/s/.exec(screen.drawn.at(-1)!)!;
  // 50 s at 2 a second with a memory of at most 17.5 s: 1 - exp(-50 / 17.5) = 0.94 of the way.
  assert.ok(Number(rate) > 1.94 && Number(rate) < 2, rate);
  progress.done("saved");
  assert.equal(screen.reported[0], "Counting 520/1000 beans done in 1 min 10 s (1.71/s), saved");
});

Deno.test("durations are given in the units one would say", () => {
  const said = [0, 9.94, 9.96, 59.4, 60, 3599, 3600, 7500, 100 * 3600].map(formatDuration);
  assert.deepEqual(said, [
    "0.0 s",
    "9.9 s",
    "10 s",
    "59 s",
    "1 min 00 s",
    "59 min 59 s",
    "1 h 00 min",
    "2 h 05 min",
    "100 h 00 min",
  ]);
});
