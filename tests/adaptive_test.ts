/**
 * Optimizers that adapt their rates, each held to its formula in float64: gradients are given, one after
 * the other, so that nothing but rounding can come between.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createOptimizer } from "../lib/optimizers/registry.ts";
import { createRandom } from "../lib/random.ts";

const COUNT = 6, ITERATIONS = 25, UNIT = 0.25;

type Vector = Float64Array;
/** One iteration: theta_t and g_t to the change of theta, its own memory kept. */
type Rule = (theta: Vector, g: Vector, t: number) => Vector;

const root = (v: Vector) => Math.hypot(...v);
const rms = (v: Vector) => root(v) / Math.sqrt(v.length);
const minus = (a: Vector, b: Vector) => a.map((v, i) => v - b[i]);
/** The largest of the diagonal at iteration t. */
const curvatureAt = (t: number) => 2 + Math.sin(t);

const rates = (t: number) => UNIT * 0.8 * (1 + 0.01 * t) ** -0.75;
const rules: Record<string, { settings: Record<string, number | string>; rule: () => Rule }> = {
  rmsprop: {
    settings: { learningRate: "annealing:0.8", forgetting: 0.8, delta: 0.5 },
    rule() {
      const s = new Float64Array(COUNT);
      let gamma = 0;
      return (_, g, t) => {
        if (t === 0) gamma = rms(g);
        return g.map((v, i) => {
          s[i] = 0.8 * s[i] + 0.2 * v * v;
          return -rates(t) * v / (Math.sqrt(s[i]) / gamma + 0.5);
        });
      };
    },
  },
  adam: {
    settings: { learningRate: "annealing:0.8", delta: 1e-3 },
    rule() {
      const m = new Float64Array(COUNT), v = m.slice();
      let gamma = 0;
      return (_, g, t) => {
        if (t === 0) gamma = rms(g);
        return g.map((x, i) => {
          m[i] = 0.9 * m[i] + 0.1 * x;
          v[i] = 0.999 * v[i] + 0.001 * x * x;
          const first = m[i] / (1 - 0.9 ** (t + 1)), second = v[i] / (1 - 0.999 ** (t + 1));
          return -rates(t) * first / (Math.sqrt(second) / gamma + 1e-3);
        });
      };
    },
  },
  csgd: {
    settings: { learningRate: 0.7 },
    rule() {
      let velocity = new Float64Array(COUNT);
      return (_, g, t) => {
        velocity = velocity.map((v, i) => 0.9 * v - 0.1 * 0.7 / curvatureAt(t) * g[i]);
        return velocity;
      };
    },
  },
  dog: {
    settings: { learningRate: 1.5, reach: 0.01 },
    rule() {
      const visited: Vector[] = [], gradients: Vector[] = [];
      return (theta, g) => {
        visited.push(theta), gradients.push(g);
        const first = 0.01 * (root(visited[0]) + UNIT * root(gradients[0]));
        const distances = visited.map((v) => root(minus(v, visited[0])));
        const sum = gradients.reduce((s, v) => s + root(v) ** 2, 0);
        const eta = 1.5 * Math.max(first, ...distances) / Math.sqrt(sum);
        return g.map((v) => -eta * v);
      };
    },
  },
  dowg: {
    settings: { learningRate: 0.8, reach: 0.01 },
    rule() {
      const visited: Vector[] = [], weighted: number[] = [];
      let first = 0;
      return (theta, g) => {
        visited.push(theta);
        first ||= 0.01 * (root(theta) + UNIT * root(g));
        const r = Math.max(first, ...visited.map((v) => root(minus(v, visited[0]))));
        weighted.push(r ** 2 * root(g) ** 2);
        const eta = 0.8 * r ** 2 / Math.sqrt(weighted.reduce((a, b) => a + b, 0));
        return g.map((v) => -eta * v);
      };
    },
  },
  prodigy: {
    settings: { learningRate: 0.9, delta: 1e-3, reach: 0.02 },
    rule() {
      const m = new Float64Array(COUNT), v = m.slice(), s = m.slice();
      let start: Vector = m, d = 0, r = 0, gamma = 0;
      const beta3 = Math.sqrt(0.999);
      return (theta, g, t) => {
        if (t === 0) {
          start = theta, gamma = rms(g), d = 0.02 * (rms(theta) + UNIT * rms(g));
        }
        const own = d;
        const change = g.map((x, i) => {
          m[i] = 0.9 * m[i] + 0.1 * own * x;
          v[i] = 0.999 * v[i] + 0.001 * (own * x) ** 2;
          s[i] = beta3 * s[i] + (1 - beta3) * 0.9 * own * own * x;
          return -0.9 * own * m[i] / (Math.sqrt(v[i]) + 1e-3 * gamma * own);
        });
        const inner = g.reduce((sum, x, i) => sum + x * (start[i] - theta[i]), 0);
        r = beta3 * r + (1 - beta3) * 0.9 * own * own * inner;
        d = Math.max(d, r / s.reduce((sum, x) => sum + Math.abs(x), 0));
        return change;
      };
    },
  },
  scheduleFree: {
    settings: { learningRate: "annealing:0.8", momentum: 0.7 },
    rule() {
      let z = new Float64Array(COUNT), sum = 0;
      return (theta, g, t) => {
        if (t === 0) z = theta.slice();
        const eta = rates(t);
        z = z.map((v, i) => v - eta * g[i]);
        sum += eta ** 2;
        const c = eta ** 2 / sum;
        return theta.map((v, i) => c * (z[i] - v));
      };
    },
  },
};

for (const [name, { settings, rule }] of Object.entries(rules)) {
  Deno.test(`${name} does what its formula says, iteration by iteration`, async () => {
    const random = createRandom(4, "adaptive", name);
    const optimizer = createOptimizer(name, settings), oracle = rule();
    // a mean that all gradients share, and noise
    const mean = Float32Array.from({ length: COUNT }, () => 2 * random.normal());
    let theta = Float32Array.from({ length: COUNT }, () => 3 * random.normal()), moved = 0;
    const state = optimizer.init(theta);
    for (let t = 0; t < ITERATIONS; t++) {
      const gradient = mean.map((v) => v + random.normal());
      const change = await optimizer.step(theta, state, {
        batchSize: 1,
        unit: UNIT,
        evaluate: () =>
          Promise.resolve({
            value: 0,
            gradient: gradient.slice(),
            diagonal: { values: Float32Array.of(1, curvatureAt(t), 0.5), radius: 1 },
          }),
        value: () => Promise.reject(new Error("not asked for")),
      }, t);
      const wanted = oracle(Float64Array.from(theta), Float64Array.from(gradient), t);
      // Memories of size |theta| or, relative to it, of the change are rounded to float32 at every
      // iteration; the diagonal once.
      const largest = Math.max(...wanted.map(Math.abs), ...theta.map(Math.abs));
      const tolerance = (t + 2) * 2 ** -23 * largest;
      wanted.forEach((w, i) => assert.ok(Math.abs(w - change[i]) < tolerance, `t ${t}: ${i}`));
      theta = theta.map((v, i) => v + change[i]);
      moved += Math.hypot(...change);
    }
    assert.ok(moved > 0.1);
  });
}

Deno.test("prodigy's distance grows as long as gradients point away from the start, and never shrinks", async () => {
  const optimizer = createOptimizer("prodigy"), distances: number[] = [];
  let theta = Float32Array.of(1, -1);
  const state = optimizer.init(theta);
  for (let t = 0; t < 60; t++) {
    const gradient = t < 30 ? Float32Array.of(3, 2) : Float32Array.of(-3, -2);
    const change = await optimizer.step(theta, state, {
      batchSize: 1,
      unit: 1e-3,
      evaluate: () => Promise.resolve({ value: 0, gradient }),
      value: () => Promise.resolve(0),
    }, t);
    theta = theta.map((v, i) => v + change[i]);
    distances.push(state.distance as number);
  }
  assert.ok(distances[29] > 3 * distances[0]);
  distances.forEach((d, t) => assert.ok(t === 0 || d >= distances[t - 1]));
});

Deno.test("schedule-free evaluates between the mean and where descent has come", async () => {
  const optimizer = createOptimizer("scheduleFree", { learningRate: 1, momentum: 0.75 });
  const asked: number[] = [];
  let theta = Float32Array.of(8);
  const state = optimizer.init(theta);
  for (let t = 0; t < 3; t++) {
    const change = await optimizer.step(theta, state, {
      batchSize: 1,
      unit: 1,
      evaluate: (
        [x],
      ) => (asked.push(x), Promise.resolve({ value: 0, gradient: Float32Array.of(4) })),
      value: () => Promise.resolve(0),
    }, t);
    theta = theta.map((v, i) => v + change[i]);
  }
  // z = 8, 4, 0, -4; means of the z's from the second on: 4, 2, 0
  assert.deepEqual(asked, [8, 4, 0.25 * 0 + 0.75 * 2]);
  assert.deepEqual([...theta], [0]);
});
