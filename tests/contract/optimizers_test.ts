import assert from "node:assert/strict";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../../lib/checkpoint.ts";
import type { Objective } from "../../lib/objective.ts";
import { createOptimizer, optimizers } from "../../lib/optimizers/registry.ts";
import { createRandom } from "../../lib/random.ts";

/** Voxels of a work grid of 4^3. */
const COUNT = 64, EDGE = 4;

/** Units in which the same function is written: theta in 2^-density, f in 2^-value. */
interface Units {
  density: number;
  value: number;
}

/**
 * f = sum of c_i (theta_i - m_i)^2 / 2 + (theta_0^2 - theta_1)^2 / 8 on minibatch t, whose m is noisy: a
 * bowl with a bent floor, in five blocks. Its Gauss-Newton diagonal, the prior's part of its gradient and
 * its halves are made up, but have the right units; the products are the bowl's.
 */
function objectiveAt(t: number, { density, value }: Units): Objective {
  const curvature = Float64Array.from({ length: COUNT }, (_, i) => 0.1 + 0.1 * i);
  const random = createRandom(6, "minimum", t);
  const minimum = Float64Array.from(
    { length: COUNT },
    (_, i) => Math.sin(i) + 0.1 * random.normal(),
  );
  const toDensity = 2 ** density, toValue = 2 ** value;
  const f = (voxels: Float32Array) => {
    const x = Float64Array.from(voxels, (v) => v / toDensity), bend = x[0] ** 2 - x[1];
    const gradient = x.map((v, i) => curvature[i] * (v - minimum[i]));
    const sum = gradient.reduce((s, g, i) => s + g * (x[i] - minimum[i]), 0) / 2 + bend ** 2 / 8;
    gradient[0] += x[0] * bend / 2;
    gradient[1] -= bend / 4;
    return {
      value: sum * toValue,
      gradient: Float32Array.from(gradient, (g) => g * toValue / toDensity),
    };
  };
  const diagonal = {
    values: Float32Array.from(
      { length: COUNT },
      (_, i) => (8 + 0.1 * (i % 5)) * toValue / toDensity ** 2,
    ),
    radius: 1.5,
  };
  const shift = Float32Array.from(
    { length: COUNT },
    () => 0.3 * random.normal() * toValue / toDensity,
  );
  return {
    batchSize: 2,
    unit: toDensity ** 2 / toValue / 8,
    radius: 1.5,
    block: { index: t % 5, count: 5 },
    evaluate(voxels) {
      const { value, gradient } = f(voxels);
      return Promise.resolve({
        value,
        gradient,
        diagonal,
        priorGradient: shift.map((v) => v / 16),
        halves: [
          gradient.map((g, i) => g + shift[i]),
          gradient.map((g, i) => g - shift[i]),
        ],
        product: (v) =>
          Promise.resolve(v.map((x, i) => curvature[i] * x * toValue / toDensity ** 2)),
      });
    },
    value: (voxels) => Promise.resolve(f(voxels).value),
  };
}

const start = Float32Array.from({ length: EDGE ** 3 }, (_, i) => Math.cos(3 * i));

/** Points and states before each iteration and after the last. */
async function walk(
  name: string,
  { from = { voxels: start, iteration: 0 }, iterations, units = { density: 0, value: 0 } }: {
    from?: Pick<Checkpoint, "voxels" | "iteration"> & Partial<Pick<Checkpoint, "state">>;
    iterations: number;
    units?: Units;
  },
) {
  const optimizer = createOptimizer(name);
  let { voxels, state = optimizer.init(voxels) } = from;
  const visited = [{ voxels, state: structuredClone(state) }];
  for (let t = from.iteration; t < iterations; t++) {
    const change = await optimizer.step(voxels, state, objectiveAt(t, units), t);
    voxels = voxels.map((v, i) => v + change[i]);
    visited.push({ voxels, state: structuredClone(state) });
  }
  return visited;
}

for (const name of Object.keys(optimizers)) {
  Deno.test(`${name} goes on from a checkpoint of any iteration to the same bits`, async () => {
    const iterations = 66; // beyond oLBFGS's 30 pairs and twice TONGA's 20 + 20 gradients
    const whole = await walk(name, { iterations });
    for (let iteration = 0; iteration <= iterations; iteration++) {
      const checkpoint: Checkpoint = {
        config: {},
        iteration,
        gradients: 0,
        forwards: 0,
        seconds: 0,
        unit: 1,
        temperature: 1,
        ...whole[iteration],
      };
      const from = decodeCheckpoint(encodeCheckpoint(checkpoint), "checkpoint");
      assert.deepEqual(from, checkpoint);
      if (iteration % 9 !== 0 && iteration > 3) continue;
      assert.deepEqual(await walk(name, { from, iterations }), whole.slice(iteration));
    }
  });

  Deno.test(`${name} does the same in all units, of density and of f, so that one default fits all`, async () => {
    const iterations = 45, usual = await walk(name, { iterations });
    for (
      const units of [{ density: -7, value: 0 }, { density: 0, value: 10 }, {
        density: 5,
        value: -9,
      }]
    ) {
      const scale = 2 ** units.density;
      const from = { voxels: start.map((v) => scale * v), iteration: 0 };
      const other = await walk(name, { from, iterations, units });
      // Powers of 2 lose nothing.
      other.forEach(({ voxels }, t) =>
        assert.deepEqual(voxels.map((v) => v / scale), usual[t].voxels, `iteration ${t}`)
      );
    }
  });
}
