import assert from "node:assert/strict";
import type { Objective } from "../lib/objective.ts";
import type { Optimizer } from "../lib/optimizers/optimizer.ts";
import { createOptimizer, type OptimizerName, optimizers } from "../lib/optimizers/registry.ts";
import { annealing, rising } from "../lib/schedule.ts";

/** A function of two numbers with its gradient, a start, and its minimum. */
interface Problem {
  readonly name: string;
  readonly f: (x: number, y: number) => number;
  readonly gradient: (x: number, y: number) => [number, number];
  /** Gauss-Newton matrix: xx, xy, yy. */
  readonly curvature: (x: number, y: number) => [number, number, number];
  readonly start: [number, number];
  readonly minimum: [number, number];
  /** 1/L near the start. */
  readonly unit: number;
}

const quadratic: Problem = {
  name: "a convex quadratic",
  // eigenvalues 5 and 0.5, turned by 45 degrees
  f: (x, y) => 2.75 / 2 * (x * x + y * y) + 2.25 * x * y - x + y,
  gradient: (x, y) => [2.75 * x + 2.25 * y - 1, 2.75 * y + 2.25 * x + 1],
  curvature: () => [2.75, 2.25, 2.75],
  start: [-1, 2],
  minimum: [2, -2],
  unit: 1 / 5,
};

const rosenbrock: Problem = {
  name: "Rosenbrock's valley",
  f: (x, y) => (1 - x) ** 2 + 10 * (y - x * x) ** 2,
  gradient: (x, y) => [-2 * (1 - x) - 40 * x * (y - x * x), 20 * (y - x * x)],
  // of the residuals 1 - x and sqrt(10) (y - x^2)
  curvature: (x) => [2 + 80 * x * x, -40 * x, 20],
  start: [-1, 1.2],
  minimum: [1, 1],
  unit: 1 / 120,
};

/** The objective of a problem, counting. */
function objectiveOf(
  { f, gradient, curvature, unit }: Problem,
): Objective & { gradients: number; values: number } {
  return {
    batchSize: 7,
    unit,
    gradients: 0,
    values: 0,
    evaluate([x, y]) {
      this.gradients++;
      const [xx, xy, yy] = curvature(x, y);
      return Promise.resolve({
        value: f(x, y),
        gradient: Float32Array.from(gradient(x, y)),
        diagonal: { values: Float32Array.of(xx, yy), radius: 0 },
        product: ([u, v]) => Promise.resolve(Float32Array.of(xx * u + xy * v, xy * u + yy * v)),
      });
    },
    value([x, y]) {
      this.values++;
      return Promise.resolve(f(x, y));
    },
  };
}

/** The points an optimizer visits, [iterations + 1][2]. */
async function walk(optimizer: Optimizer, problem: Problem, iterations: number) {
  const objective = objectiveOf(problem), state = optimizer.init(Float32Array.from(problem.start));
  let voxels = Float32Array.from(problem.start);
  const visited = [[...voxels]];
  for (let t = 0; t < iterations; t++) {
    const change = await optimizer.step(voxels, state, objective, t);
    voxels = voxels.map((v, i) => v + change[i]);
    visited.push([...voxels]);
  }
  return { visited, objective, state };
}

type Vector = [number, number];
/** What optimizers of few words do, written down by hand in float64: the points they visit. */
const recursions: Partial<
  Record<OptimizerName, (problem: Problem, iterations: number) => Vector[]>
> = {
  sgd({ gradient, start, unit }, iterations) {
    const points: Vector[] = [start];
    let [x, y] = start;
    for (let t = 0; t < iterations; t++) {
      const eta = unit * 0.8 * (1 + 0.01 * t) ** -0.75, [u, v] = gradient(x, y);
      points.push([x -= eta * u, y -= eta * v]);
    }
    return points;
  },
  momentum({ gradient, start, unit }, iterations) {
    const points: Vector[] = [start];
    let [x, y] = start, a = 0, b = 0;
    for (let t = 0; t < iterations; t++) {
      const eta = unit * 0.8 * (1 + 0.01 * t) ** -0.75, mu = t < 100 ? 0.5 : 0.75;
      const [u, v] = gradient(x, y);
      a = mu * a - eta * u, b = mu * b - eta * v;
      points.push([x += a, y += b]);
    }
    return points;
  },
  nesterov({ gradient, start, unit }, iterations) {
    const points: Vector[] = [start];
    let [x, y] = start, a = 0, b = 0;
    for (let t = 0; t < iterations; t++) {
      const eta = unit * 0.8 * (1 + 0.01 * t) ** -0.75, mu = t < 100 ? 0.5 : 0.75;
      const [u, v] = gradient(x + mu * a, y + mu * b);
      a = mu * a - eta * u, b = mu * b - eta * v;
      points.push([x += a, y += b]);
    }
    return points;
  },
};

/** What an iteration costs, as each one's docstring says: least and most gradients, and values alone. */
const evaluations: Partial<
  Record<OptimizerName, { gradients: [number, number]; values?: [number, number] }>
> = {
  sgd: { gradients: [1, 1] },
  momentum: { gradients: [1, 1] },
  nesterov: { gradients: [1, 1] },
  adagrad: { gradients: [1, 1] },
  tonga: { gradients: [1, 1] },
  olbfgs: { gradients: [2, 2] },
  hessianFree: { gradients: [1, 1], values: [1, 4] },
  rmsprop: { gradients: [1, 1] },
  adam: { gradients: [1, 1] },
  csgd: { gradients: [1, 1] },
  dog: { gradients: [1, 1] },
  dowg: { gradients: [1, 1] },
  prodigy: { gradients: [1, 1] },
  scheduleFree: { gradients: [1, 1] },
};

/** Optimizers of densities, that two numbers are no example for: see preconditioned, history, variance. */
const volumetric: string[] = ["preconditioned", "sag", "saga", "vsgd", "vdam"];

for (const name of Object.keys(optimizers) as OptimizerName[]) {
  if (volumetric.includes(name)) continue;
  const recursion = recursions[name];

  for (const problem of recursion ? [quadratic, rosenbrock] : []) {
    Deno.test(`${name} goes where its formula goes on ${problem.name}`, async () => {
      const iterations = 150;
      const optimizer = createOptimizer(name, { learningRate: "annealing:0.8" });
      const { visited } = await walk(optimizer, problem, iterations);
      const wanted = recursion!(problem, iterations);
      // Each step rounds points, gradients and velocities of size <= 3 (gradients up to 50, times the
      // rate) to float32; with steps below 1/L roundings do not grow but are summed up by the momentum,
      // 1/(1 - 0.75), and over the iterations as random numbers are.
      const bound = 3 * 2 ** -23 * Math.sqrt(iterations) * 4;
      visited.forEach(([x, y], t) => {
        assert.ok(Math.hypot(x - wanted[t][0], y - wanted[t][1]) < bound, `iteration ${t}`);
      });
      const moved = Math.hypot(wanted[150][0] - wanted[0][0], wanted[150][1] - wanted[0][1]);
      assert.ok(moved > 0.2);
    });
  }

  Deno.test(`${name} at its defaults comes close to the minimum of a convex quadratic`, async () => {
    const { visited } = await walk(createOptimizer(name), quadratic, 400);
    const f = ([x, y]: number[]) => quadratic.f(x, y) - quadratic.f(...quadratic.minimum);
    assert.ok(f(visited.at(-1)!) < 1e-3 * f(visited[0]));
  });

  Deno.test(`${name} at its defaults goes down Rosenbrock's valley`, async () => {
    const { visited } = await walk(createOptimizer(name), rosenbrock, 1000);
    const f = ([x, y]: number[]) => rosenbrock.f(x, y);
    assert.ok(f(visited.at(-1)!) < 0.25 * f(visited[0]));
  });

  Deno.test(`${name} evaluates as often as it says`, async () => {
    assert.ok(evaluations[name], `say above what an iteration of ${name} costs`);
    const { gradients, values = [0, 0] } = evaluations[name];
    const { objective } = await walk(createOptimizer(name), rosenbrock, 10);
    assert.ok(objective.gradients >= 10 * gradients[0] && objective.gradients <= 10 * gradients[1]);
    assert.ok(objective.values >= 10 * values[0] && objective.values <= 10 * values[1]);
  });

  Deno.test(`${name} keeps plain state, that a copy goes on from to the same bits`, async () => {
    const objective = objectiveOf(rosenbrock), optimizer = createOptimizer(name);
    let voxels = Float32Array.from(rosenbrock.start), state = optimizer.init(voxels);
    const { visited } = await walk(createOptimizer(name), rosenbrock, 30);
    for (let t = 0; t < 30; t++) {
      for (const value of Object.values(state) as unknown[]) {
        const parts = Array.isArray(value) ? value : [value];
        for (const part of parts) {
          assert.ok(
            (typeof part === "number" && !Array.isArray(value)) || part instanceof Float32Array ||
              part instanceof Float64Array,
          );
        }
      }
      state = structuredClone(state);
      const before = voxels.slice();
      // a new one, as after a restart
      const change = await createOptimizer(name).step(voxels, state, objective, t);
      assert.deepEqual(voxels, before); // step() returns the change and does not apply it
      voxels = voxels.map((v, i) => v + change[i]);
      assert.deepEqual([...voxels], visited[t + 1]);
    }
  });

  Deno.test(`${name} refuses hyperparameters it does not have`, () => {
    assert.throws(
      () => createOptimizer(name, { rate: 1 }),
      new RegExp(`^RangeError: Cannot make optimizer ${name}: it has no rate, wanted one of`),
    );
    assert.throws(
      () => createOptimizer(name, { learningRate: "fast" }),
      /^RangeError: Cannot make/,
    );
  });
}

for (
  const name of [
    "sgd",
    "momentum",
    "nesterov",
    "adagrad",
    "tonga",
    "rmsprop",
    "adam",
    "scheduleFree",
  ]
) {
  Deno.test(`${name} takes its rate in units of 1/L`, async () => {
    const step = async (unit: number, rate: number) => {
      const optimizer = createOptimizer(name, { learningRate: rate });
      const start = Float32Array.from(quadratic.start);
      return await optimizer.step(
        start,
        optimizer.init(start),
        objectiveOf({ ...quadratic, unit }),
        0,
      );
    };
    assert.deepEqual(await step(0.25, 0.5), await step(0.125, 1));
    assert.notDeepEqual(await step(0.25, 0.5), await step(0.25, 1));
  });
}

for (const name of ["csgd", "dog", "dowg", "prodigy"]) {
  Deno.test(`${name} finds its own unit: a rate of 1 does the same whatever L is said to be`, async () => {
    const step = async (unit: number, learningRate: number) => {
      const reach = "reach" in createOptimizer(name).hyperparameters;
      const optimizer = createOptimizer(name, { learningRate });
      const start = Float32Array.from(quadratic.start), state = optimizer.init(start);
      // the first distance is in units of |theta| + |g| / L: the same wherever |g| / L is hardly anything
      const small = reach ? unit * 1e-12 : unit;
      return await optimizer.step(start, state, objectiveOf({ ...quadratic, unit: small }), 0);
    };
    assert.deepEqual(await step(0.25, 1), await step(0.125, 1));
    assert.notDeepEqual(await step(0.25, 0.5), await step(0.25, 1));
  });
}

Deno.test("defaults are the paper's schedules, and others replace them one by one", () => {
  for (const [name, start] of [["momentum", 2], ["nesterov", 1]] as const) {
    const { hyperparameters: { learningRate, momentum } } = createOptimizer(name);
    assert.equal(learningRate.formula, annealing({ start }).formula);
    assert.equal(momentum.formula, rising().formula);
    const own = createOptimizer(name, { momentum: 0.25 }).hyperparameters;
    assert.equal(own.momentum.at(1000), 0.25);
    assert.equal(own.learningRate.formula, learningRate.formula);
  }
  assert.deepEqual(Object.keys(createOptimizer("sgd").hyperparameters), ["learningRate"]);
  assert.equal(createOptimizer("sgd", { learningRate: 2 }).hyperparameters.learningRate.at(9), 2);
});

Deno.test("momentum without momentum is gradient descent, to the bit", async () => {
  const learningRate = "annealing:0.9";
  const sgd = await walk(createOptimizer("sgd", { learningRate }), rosenbrock, 50);
  for (const name of ["momentum", "nesterov"]) {
    const still = createOptimizer(name, { learningRate, momentum: 0 });
    assert.deepEqual((await walk(still, rosenbrock, 50)).visited, sgd.visited);
  }
});

Deno.test("looking ahead matters: nesterov and momentum part at the second step", async () => {
  const visited = async (name: string) =>
    (await walk(createOptimizer(name, { learningRate: 1 }), quadratic, 2)).visited;
  const classical = await visited("momentum"), ahead = await visited("nesterov");
  assert.deepEqual(ahead[1], classical[1]);
  assert.notDeepEqual(ahead[2], classical[2]);
});

Deno.test("on a quadratic momentum is stable for rates below 2 (1 + mu), and only there", async () => {
  for (const mu of [0, 0.5, 0.75, 0.9]) {
    const end = async (learningRate: number) => {
      const optimizer = createOptimizer("momentum", { learningRate, momentum: mu });
      const [x, y] = (await walk(optimizer, quadratic, 600)).visited.at(-1)!;
      return Math.hypot(x - quadratic.minimum[0], y - quadratic.minimum[1]);
    };
    assert.ok(await end(1.95 * (1 + mu)) < 0.1);
    assert.ok(!(await end(2.05 * (1 + mu)) < 1e3)); // or beyond all numbers
  }
});

Deno.test("an unknown name is refused with the known ones", () => {
  for (const name of ["adam9", "toString", ""]) {
    assert.throws(
      () => createOptimizer(name),
      /^RangeError: Cannot make an optimizer: name .*,.* wanted one of sgd, momentum, nesterov/,
    );
  }
});
