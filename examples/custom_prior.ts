/**
 * A prior of your own: neighbouring voxels are alike. It costs a line for its value and one for its
 * gradient; finite differences, below, tell whether they belong together.
 *
 *     deno run --allow-read examples/custom_prior.ts
 *
 * @module
 */
import {
  createBackend,
  createPhantom,
  type Prior,
  reconstruct,
  simulateParticles,
} from "../mod.ts";

/**
 * -log p(V) = lambda / 2 sum over neighbours (V_x - V_y)^2, on a cube that closes upon itself.
 *
 * @param lambda per squared unit of density
 */
function smooth(lambda: number): Prior {
  return {
    name: "smooth",
    formula: `exp(-${lambda} / 2 sum (V_x - V_y)^2)`,
    accumulate(voxels, gradient, scale) {
      const m = Math.round(Math.cbrt(voxels.length));
      let sum = 0;
      for (const stride of [1, m, m * m]) {
        for (let i = 0; i < voxels.length; i++) {
          // the next along this axis, or the first of its line
          const last = Math.floor(i / stride) % m === m - 1;
          const next = last ? i - (m - 1) * stride : i + stride;
          const difference = voxels[next] - voxels[i];
          gradient[next] += scale * lambda * difference;
          gradient[i] -= scale * lambda * difference;
          sum += difference * difference;
        }
      }
      return scale * lambda * sum / 2;
    },
    toJSON: () => ({ name: "smooth", lambda }),
  };
}

/** Largest error of the gradient against central differences, as a share of its largest element. */
function gradientError(prior: Prior): number {
  const voxels = Float32Array.from({ length: 4 ** 3 }, (_, i) => Math.sin(i * i));
  const gradient = new Float32Array(voxels.length), h = 2 ** -6;
  prior.accumulate(voxels, gradient, 1);
  const value = (i: number, step: number) => {
    const moved = voxels.map((v, j) => i === j ? v + step : v);
    return prior.accumulate(moved, new Float32Array(voxels.length), 1);
  };
  const errors = gradient.map((g, i) => Math.abs(g - (value(i, h) - value(i, -h)) / (2 * h)));
  return Math.max(...errors) / Math.max(...gradient.map(Math.abs));
}

console.log(`gradient of the prior: off by ${gradientError(smooth(3)).toExponential(0)}`);

const map = createPhantom("cylinder", { boxSize: 32, pixelSize: 10 });
const { particles } = simulateParticles({ map, count: 400, snr: 0.2 });

await using backend = await createBackend("cpu");
for (const prior of ["flat", smooth(1), smooth(10)]) {
  await using run = await reconstruct(particles, { backend, prior, maxResolution: 60, epochs: 5 });
  for await (const _ of run);
  const { voxels } = run.map();
  const rough = smooth(2).accumulate(voxels, new Float32Array(voxels.length), 1 / voxels.length);
  console.log(`prior ${run.plan.prior.formula}: (V_x - V_y)^2 is ${rough.toPrecision(3)} a voxel`);
}
