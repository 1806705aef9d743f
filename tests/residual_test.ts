import assert from "node:assert/strict";
import { type BackendName, backends, createBackend } from "../lib/backends.ts";
import { createBand, workBoxOf } from "../lib/band.ts";
import { likelihood } from "../lib/likelihood.ts";
import { shellCount } from "../lib/noise.ts";
import { shellSizes } from "../lib/outliers.ts";
import { circularWindow, windowPower } from "../lib/prepare.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { ignored } from "./gpu/on_gpu.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

/**
 * With l = 1 / sigma^2 of a shell of n coefficients, T log p = -l |d - c P|^2 + a n log l and constants, so
 * that d(log p)/dl = -(residual - a n / l) / T, scaled by an image's responsibility.
 */
Deno.test("the residual is the derivative of the likelihood by the shell's variance", async () => {
  const box = 16, band = createBand(box, 2.4), count = 3, shells = shellCount(band);
  const { images: raw, ctfs } = createSmallSet({ box, count, height: 1.5 });
  const window = circularWindow(box), pixels = raw.map((v, i) => v * window[i % (box * box)]);
  const which = [0, 1, 2], sizes = shellSizes(band);
  const variance = Float64Array.from({ length: shells }, (_, s) => 0.7 + 0.3 * s);
  const problem = {
    band,
    pixelSize: 4,
    workBox: workBoxOf(band),
    quadrature: createQuadrature(band),
  };
  const voxels = blobDensity(problem.workBox, 1.2);
  for (const name of Object.keys(backends) as BackendName[]) {
    if (name === "webgpu" && ignored) continue;
    for (const temperature of [1, 2]) {
      await using backend = await createBackend(name, { threads: 1 });
      await using session = await backend.open(problem);
      const images = session.createImages(count);
      await images.set(0, pixels, ctfs);
      await session.setNoise(variance);
      const plain = await likelihood(session, images, which, voxels, {
        temperature,
        gradient: false,
      });
      const outlier = plain.negativeLogLikelihood.map((l, b) => b - 1 - l);
      const options = { temperature, outlier };
      const run = await likelihood(session, images, which, voxels, { ...options, variance });
      const { residual, responsibility } = run;
      const share = responsibility!.reduce((a, b) => a + b, 0);
      assert.ok(share > 0.5 && share < 2.5);
      assert.ok(Math.abs(residual!.images - share) < 1e-12);
      for (let s = 1; s < shells; s++) {
        const logP = async (step: number) => {
          await session.setNoise(variance.map((v, i) => i === s ? 1 / (1 / v + step) : v));
          const { negativeLogLikelihood } = await likelihood(session, images, which, voxels, {
            ...options,
            gradient: false,
          });
          return -negativeLogLikelihood.reduce((a, b) => a + b, 0);
        };
        const h = 0.02, slope = (await logP(h) - await logP(-h)) / (2 * h);
        const wanted = share * windowPower(box) * sizes[s] * variance[s] - temperature * slope;
        // the third derivative times h^2 / 6: posteriors of a few nats; and float32 sums over 2 h
        assert.ok(
          Math.abs(residual!.power[s] - wanted) < 5e-3 * (1 + Math.abs(wanted)),
          `${name}, T = ${temperature}, shell ${s}: ${residual!.power[s]}, not ${wanted}`,
        );
      }
    }
  }
});
