/**
 * An optimizer of your own: steps whose length is a share of the density's, whatever the gradient's is.
 *
 *     deno run --allow-read examples/custom_optimizer.ts
 *
 * @module
 */
import {
  annealing,
  createBackend,
  createPhantom,
  type Optimizer,
  reconstruct,
  type Schedule,
  simulateParticles,
} from "../mod.ts";

const norm = (x: Float32Array) => Math.hypot(...x);

/**
 * Normalized gradient descent with momentum, m_t = beta m_(t-1) + (1 - beta) g / ||g||;
 * theta_(t+1) = theta_t - eta_t ||theta_t|| m_t. Its memory m is saved and resumed with the run.
 *
 * @param share eta, of the density's norm
 */
function normalized(
  { share = annealing({ start: 0.3, decay: 0.1 }), beta = 0.5 }: {
    share?: Schedule;
    beta?: number;
  } = {},
): Optimizer<{ memory: Float32Array }> {
  return {
    name: "normalized",
    hyperparameters: { share },
    init: (voxels) => ({ memory: new Float32Array(voxels.length) }),
    async step(voxels, state, objective, t) {
      const { gradient } = await objective.evaluate(voxels);
      const size = norm(gradient), length = share.at(t) * norm(voxels);
      state.memory = state.memory.map((m, i) => beta * m + (1 - beta) * gradient[i] / size);
      return state.memory.map((m) => -length * m);
    },
  };
}

const map = createPhantom("cylinder", { boxSize: 32, pixelSize: 10 });
const { particles } = simulateParticles({ map, count: 400, snr: 0.2 });

await using backend = await createBackend("cpu");
for (const optimizer of ["momentum", normalized()]) {
  await using run = await reconstruct(particles, {
    backend,
    optimizer,
    maxResolution: 60,
    epochs: 6,
    batchSize: 50,
  });
  const before = await run.test();
  for await (const _ of run);
  const { name } = run.plan.optimizer, after = await run.test();
  console.log(`${name}: held-out NLL from ${before.toFixed(2)} to ${after.toFixed(2)}`);
}
