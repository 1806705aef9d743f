import assert from "node:assert/strict";
import {
  annealing,
  constant,
  linear,
  parseSchedule,
  rising,
  type Schedule,
  type ScheduleKind,
  schedules,
  steps,
} from "../lib/schedule.ts";
import { fc } from "./property.ts";

/** A power of numbers near 1 is good to a few roundings. */
const close = (found: number, wanted: number) =>
  assert.ok(Math.abs(found - wanted) <= 8 * 2 ** -53 * Math.abs(wanted), `${found}, not ${wanted}`);

Deno.test("a constant is the same for ever", () => {
  const schedule = constant({ value: 0.25 });
  assert.deepEqual([0, 1, 1e6].map(schedule.at), [0.25, 0.25, 0.25]);
});

Deno.test("an annealed rate falls as (1 + 0.01 t)^-0.75", () => {
  const schedule = annealing({ start: 2 });
  close(schedule.at(0), 2);
  close(schedule.at(100), 2 * 0.5946035575013605); // 2^-0.75
  close(schedule.at(1500), 2 / 8); // 16^-0.75
  close(annealing({ start: 3, decay: 0.5, power: 2 }).at(4), 3 / 9);
  assert.equal(annealing({ start: 3, decay: 0 }).at(1000), 3);
});

Deno.test("momentum rises 0.5, 0.75, 0.833, 0.875, then stays at its limit", () => {
  const schedule = rising();
  assert.deepEqual([0, 99].map(schedule.at), [0.5, 0.5]);
  assert.deepEqual([100, 199].map(schedule.at), [0.75, 0.75]);
  close(schedule.at(200), 5 / 6);
  assert.equal(schedule.at(399), 0.875);
  assert.deepEqual([400, 500, 1e5].map(schedule.at), [0.9, 0.9, 0.9]);
  const fast = rising({ limit: 0.99, period: 10 });
  close(fast.at(95), 0.95);
  assert.equal(fast.at(1e4), 0.99);
});

Deno.test("a line runs from its start to its end and stops there", () => {
  const schedule = linear({ start: 1, end: 0.2, iterations: 200 });
  assert.equal(schedule.at(0), 1);
  close(schedule.at(50), 0.8);
  assert.deepEqual([200, 201, 1e6].map(schedule.at), [0.2, 0.2, 0.2]);
});

Deno.test("steps hold each value from its iteration on", () => {
  const schedule = steps({ values: [[0, 0.5], [100, 0.1], [150, 0]] });
  assert.deepEqual([0, 99, 100, 149, 150, 1e6].map(schedule.at), [0.5, 0.5, 0.1, 0.1, 0, 0]);
});

/** Without -0, which JSON does not know. */
const numbers = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((v) => v + 0);
const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
/** Any schedule of each kind; a new kind fails here until it is described. */
const anySchedule: Record<ScheduleKind, fc.Arbitrary<Schedule>> = {
  constant: numbers.map((value) => constant({ value })),
  annealing: fc.tuple(numbers, positive, numbers).map(([start, decay, power]) =>
    annealing({ start, decay, power })
  ),
  rising: fc.tuple(numbers, positive).map(([limit, period]) => rising({ limit, period })),
  linear: fc.tuple(numbers, numbers, positive).map(([start, end, iterations]) =>
    linear({ start, end, iterations })
  ),
  steps: fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { maxLength: 4 }).chain((from) =>
    fc.array(numbers, { minLength: from.length + 1, maxLength: from.length + 1 }).map((values) =>
      steps({ values: [0, ...from.sort((a, b) => a - b)].map((t, i) => [t, values[i]]) })
    )
  ),
};

function sameSchedule(a: Schedule, b: Schedule): void {
  for (const t of [0, 1, 7, 100, 999, 12345]) assert.equal(a.at(t), b.at(t));
  assert.equal(a.formula, b.formula);
}

for (const kind of Object.keys(schedules) as ScheduleKind[]) {
  Deno.test(`a schedule of kind ${kind} survives JSON and its short form`, () => {
    fc.assert(fc.property(anySchedule[kind], (schedule) => {
      const json = JSON.parse(JSON.stringify(schedule));
      assert.equal(json.kind, kind);
      sameSchedule(parseSchedule(json), schedule);
      const numbers = kind === "steps"
        ? (json.values as number[][]).map(([from, value]) => `${from}=${value}`)
        : schedules[kind].short.map((name) => json[name]);
      sameSchedule(parseSchedule(`${kind}:${numbers.join(",")}`), schedule);
      assert.equal(parseSchedule(schedule), schedule);
    }));
  });
}

Deno.test("a number is a constant, and defaults stand for what a short form leaves out", () => {
  assert.equal(parseSchedule(0.3).at(5), 0.3);
  assert.equal(parseSchedule("0.3").at(5), 0.3);
  assert.equal(parseSchedule("-2e-3").at(5), -2e-3);
  sameSchedule(parseSchedule("annealing:0.5"), annealing({ start: 0.5 }));
  sameSchedule(parseSchedule("rising"), rising());
  sameSchedule(parseSchedule("rising:0.95"), rising({ limit: 0.95 }));
});

Deno.test("what is no schedule is refused with the part that is wrong", () => {
  const refusals: [unknown, RegExp][] = [
    ["", /kind , wanted one of constant, annealing/],
    ["quadratic:1", /kind quadratic, wanted one of/],
    ["toString", /kind toString, wanted one of/],
    ["annealing", /annealing: start undefined, wanted a number/],
    ["annealing:1,,2", /"" is not a number/],
    ["annealing:1,2,3,4", /4 numbers, wanted at most 3 \(start, decay, power\)/],
    ["annealing:1,-0.01", /decay -0.01, wanted >= 0/],
    ["constant:1:2", /"1:2" is not a number/],
    ["rising:0.9,0", /period 0, wanted > 0/],
    ["linear:1,0", /linear: iterations undefined/],
    ["linear:1,0,0", /iterations 0, wanted > 0/],
    ["steps", /wanted pairs of iteration and value that begin at iteration 0/],
    ["steps:5=1", /begin at iteration 0/],
    ["steps:0=1,0=2", /iteration 0, wanted rising ones/],
    ["steps:0=1,9", /wanted pairs/],
    ["steps:0=1=2", /wanted pairs/],
    ["steps:0=x", /"x" is not a number/],
    [NaN, /constant: value NaN, wanted a number/],
    [{ kind: "constant", value: "1" }, /constant: value 1, wanted a number/],
    [{ kind: "constant", value: 1, rate: 2 }, /unknown rate, wanted value/],
    [{ value: 1 }, /kind undefined/],
    [{ kind: "steps", values: [5] }, /wanted pairs/],
  ];
  for (const [from, message] of refusals) {
    assert.throws(() => parseSchedule(from as string), (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, /^Cannot (make|read) (a )?schedule/);
      assert.match(error.message, message);
      return true;
    });
  }
});
