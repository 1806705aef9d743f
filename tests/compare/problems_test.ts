import assert from "node:assert/strict";
import {
  namedProblem,
  problems,
  simulatedStack,
  simulationOf,
} from "../../lib/compare/problems.ts";
import { simulateInParallel } from "../../lib/compare/simulate_team.ts";
import { parsePrior } from "../../lib/priors/registry.ts";

const small = problems["paper-synthetic-small"];
const tiny = { ...small, boxSize: 16, pixelSize: 22.4 };

Deno.test("the small problem shows the large one's field of view in the same band", () => {
  const large = problems["paper-synthetic"];
  assert.equal(large.boxSize * large.pixelSize, small.boxSize * small.pixelSize);
  assert.equal(large.radius, small.radius);
  // 10 % of Nyquist at N = 128
  assert.equal(large.radius, 0.1 * large.boxSize / 2);
  for (const { prior } of Object.values(problems)) parsePrior(prior);
  const { truth, particle } = simulationOf(tiny, 4);
  assert.ok(particle(3).pose.shift.every((t) => t === 0));
  const stack = simulatedStack(simulationOf(tiny, 4));
  const { options } = namedProblem("paper-synthetic-small", stack, truth);
  assert.ok(Math.abs(options.maxResolution! - 64 * 5.6 / 6.4) < 1e-12);
});

Deno.test("images are the same whether made when read, in order, or by several workers", async () => {
  const count = 70, simulation = simulationOf(tiny, count), stack = simulatedStack(simulation);
  const size = 16 * 16, whole = new Float32Array(count * size);
  for (let i = 0; i < count; i++) whole.set(simulation.image(i), i * size);
  assert.deepEqual(
    await stack.read([69, 3]),
    Float32Array.of(
      ...whole.subarray(69 * size),
      ...whole.subarray(3 * size, 4 * size),
    ),
  );
  assert.deepEqual(stack.ctf(69), simulation.particle(69).ctf);
  for (const threads of [1, 2]) {
    const parts: number[] = [], made = new Float32Array(count * size);
    let at = 0;
    for await (const images of simulateInParallel(tiny, { count, threads })) {
      parts.push(images.length / size);
      made.set(images, at);
      at += images.length;
    }
    assert.deepEqual(parts, [32, 32, 6]);
    assert.deepEqual(made, whole);
  }
});

Deno.test("workers that are left early are stopped, and their error is one line", async () => {
  for await (const _ of simulateInParallel(tiny, { count: 200, threads: 2 })) break;
  const bad = { ...tiny, snr: -1 };
  await assert.rejects(
    simulateInParallel(bad, { count: 40, threads: 2 }).next(),
    /^RangeError: Cannot simulate: SNR -1, wanted a finite number above 0$/,
  );
});
