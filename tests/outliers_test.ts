import assert from "node:assert/strict";
import { createBand } from "../lib/band.ts";
import { createOutlierModel, shellSizes, typicalPower } from "../lib/outliers.ts";
import { windowPower } from "../lib/prepare.ts";
import { createRandom } from "../lib/random.ts";

const band = createBand(32, 6.4), sizes = shellSizes(band), a = windowPower(32);
const variance = Float64Array.from(sizes, (_, s) => 2 - s / 10);
const signal = Float64Array.from(sizes, (_, s) => 3 * Math.exp(-s / 3));
const powerOf = (v: (s: number) => number) => sizes.map((size, s) => a * size * v(s));
const typical = powerOf((s) => variance[s] + signal[s]);
const model = createOutlierModel(band, { variance }, typical);
const logOf = (power: ArrayLike<number>, v: (s: number) => number) => {
  let sum = 0;
  for (let s = 1; s < sizes.length; s++) {
    sum -= power[s] / v(s) + a * sizes[s] * Math.log(v(s));
  }
  return sum;
};

Deno.test("the coefficients of a band are in its shells", () => {
  assert.equal(sizes.reduce((sum, size) => sum + size, 0), band.count);
  assert.equal(sizes[0], 0);
  assert.equal(sizes[1], 4); // (1, 0), (0, 1), (1, 1), (1, -1)
});

Deno.test("the power of an ordinary image is that of most of them, junk or not", () => {
  const random = createRandom(1, "outliers"), images = 400, powers: number[] = [];
  for (let i = 0; i < images; i++) {
    const strength = i % 10 === 0 ? 30 : 1;
    sizes.forEach((size, s) => {
      let sum = 0; // 0.77 size complex coefficients, in halves
      for (let k = 0; k < Math.round(2 * a * size); k++) sum += random.normal() ** 2 / 2;
      powers.push(
        strength * (variance[s] + signal[s]) * sum * a * size /
          Math.max(1e-9, Math.round(2 * a * size) / 2),
      );
    });
  }
  const found = typicalPower(powers, band);
  for (let s = 1; s < sizes.length; s++) {
    // a tenth of junk moves the median by an eighth of a deviation, 1 / sqrt(0.77 size); a 20th is its own
    const tolerance = 0.15 / Math.sqrt(a * sizes[s]) + 0.2 / Math.sqrt(a * sizes[s]);
    assert.ok(Math.abs(found[s] / typical[s] - 1) < tolerance, `${s}: ${found[s] / typical[s]}`);
  }
  assert.equal(found[0], 0);
});

Deno.test("noise alone, ordinary power and strong low frequencies are all explained", () => {
  const near = (power: Float64Array, v: (s: number) => number, cost: number) => {
    const most = logOf(power, v), found = model.logProbability(power);
    assert.ok(found < most + 1e-9 && found > most - cost, `${found - most}`);
  };
  const noise = powerOf((s) => variance[s]), ordinary = typical;
  near(noise, (s) => variance[s], Math.log(3));
  near(ordinary, (s) => variance[s] + signal[s], Math.log(3));
  const tau = (s: number) => s < 2 ? 256 : s < 4 ? 64 : 0;
  const ice = (s: number) => variance[s] + tau(s) * signal[s];
  // three octaves, each with one of 14 values
  near(powerOf(ice), ice, Math.log(3) + 3 * Math.log(14));
  const strong = powerOf(ice);
  assert.ok(model.logProbability(strong) > logOf(strong, (s) => variance[s] + signal[s]) + 100);
});

Deno.test("in other units of the images the probabilities are the same", () => {
  const unit = 7.3, scaled = (v: Float64Array) => v.map((x) => unit * x);
  const other = createOutlierModel(band, { variance: scaled(variance) }, scaled(typical));
  const constant = a * band.count * Math.log(unit);
  for (const v of [1, 3, 20]) {
    const power = powerOf((s) => v * variance[s]);
    const difference = model.logProbability(power) - other.logProbability(scaled(power));
    assert.ok(Math.abs(difference - constant) < 1e-9 * constant);
  }
});
