import assert from "node:assert/strict";
import { scaledSchedule, SELF_TUNING, tunedParameter, withValue } from "../../lib/compare/rate.ts";
import { presetOf, settingOptions } from "../../lib/compare/setting.ts";
import { createOptimizer, optimizers } from "../../lib/optimizers/registry.ts";
import { parseSchedule } from "../../lib/schedule.ts";

Deno.test("a scaled schedule is the same schedule times a factor, at every iteration", () => {
  for (const text of ["0.7", "annealing:2,0.03,0.5", "linear:1,0.1,7", "steps:0=3,4=1,9=2"]) {
    const schedule = parseSchedule(text), scaled = scaledSchedule(schedule, 2.5);
    for (let t = 0; t < 15; t++) {
      const wanted = 2.5 * schedule.at(t); // one product more or less: two roundings
      assert.ok(Math.abs(scaled.at(t) - wanted) <= 2 ** -51 * wanted, `${text} at ${t}`);
    }
    assert.equal(scaled.toJSON().kind, schedule.toJSON().kind);
  }
  assert.throws(
    () => scaledSchedule(parseSchedule("rising:0.9"), 2),
    /^RangeError: Cannot tune a schedule of kind rising: wanted constant, /,
  );
});

Deno.test("every optimizer has a rate or damping to tune, or sets its own", () => {
  for (const name of Object.keys(optimizers)) {
    const parameter = tunedParameter(name);
    assert.equal(parameter === null, SELF_TUNING.includes(name), name);
    if (parameter === null) continue;
    for (const setting of ["paper", "robust"] as const) {
      const numbers = withValue(name, presetOf(setting, name), parameter, 0.123);
      const { hyperparameters } = createOptimizer(name, numbers);
      assert.ok(Math.abs(hyperparameters[parameter].at(0) / 0.123 - 1) < 1e-12, name);
      // the others stay as they are
      const before = createOptimizer(name, presetOf(setting, name)).hyperparameters;
      for (const other of Object.keys(before)) {
        if (other === parameter) continue;
        assert.equal(hyperparameters[other].formula, before[other].formula);
      }
    }
  }
  for (const name of SELF_TUNING) assert.ok(Object.hasOwn(optimizers, name), name);
  assert.equal(tunedParameter("hessianFree"), "damping");
});

Deno.test("the robust setting tempers every method over as many image gradients", () => {
  assert.deepEqual(settingOptions("paper", "sgd"), {});
  const common = { maskRadius: 0.42, temperShare: 0.01 };
  assert.deepEqual(settingOptions("robust", "sgd"), { ...common, temperIterations: 40 });
  assert.deepEqual(settingOptions("robust", "olbfgs"), { ...common, temperIterations: 20 });
  assert.deepEqual(settingOptions("robust", "hessianFree"), { ...common, temperIterations: 13 });
});
