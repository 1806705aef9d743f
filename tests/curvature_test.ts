import assert from "node:assert/strict";
import type { Problem } from "../lib/backend.ts";
import { createBackend } from "../lib/backends.ts";
import { createBand } from "../lib/band.ts";
import { largestCurvature } from "../lib/curvature.ts";
import { likelihood } from "../lib/likelihood.ts";
import { createQuadrature } from "../lib/quadrature/quadrature.ts";
import { createRandom } from "../lib/random.ts";
import { blobDensity, createSmallSet } from "./small_set.ts";

const box = 10, band = createBand(box, 2.2), workBox = 8;
const problem: Problem = { band, pixelSize: 6, workBox, quadrature: createQuadrature(band) };

Deno.test("L is the largest eigenvalue of the Gauss-Newton matrix of the mean, posterior held fixed", async () => {
  await using backend = await createBackend("reference");
  await using session = await backend.open(problem);
  const { images, ctfs } = createSmallSet({ count: 3, box, pixelSize: 6 });
  const store = session.createImages(3), which = [0, 1, 2];
  await store.set(0, images, ctfs);
  const voxels = blobDensity(workBox, 0.5), grid = createRandom(1).rotation();

  // the matrix, column by column
  const slices = await session.project(voxels, grid);
  const { weight } = await session.marginalize(slices, store, which);
  const n = workBox ** 3, columns: Float32Array[] = [];
  for (let i = 0; i < n; i++) {
    const unit = new Float32Array(n);
    unit[i] = 1;
    columns.push(await session.backproject(await session.weigh(weight!, unit)));
  }
  let vector = Float64Array.from({ length: n }, (_, i) => Math.sin(i)), largest = 0;
  for (let t = 0; t < 300; t++) {
    const product = new Float64Array(n);
    columns.forEach((column, i) => column.forEach((v, j) => product[j] += v * vector[i]));
    largest = Math.hypot(...product);
    vector = product.map((v) => v / largest);
  }
  largest /= which.length;

  const estimate = (iterations: number) =>
    largestCurvature(session, store, which, voxels, { grid, random: createRandom(2), iterations });
  // from below: a few iterations are near, many are there but for float32 vectors
  const few = await estimate(10), many = await estimate(200);
  assert.ok(few > 0.8 * largest && few < 1.001 * largest, `${few}, not ${largest}`);
  assert.ok(Math.abs(many / largest - 1) < 1e-4, `${many}, not ${largest}`);

  // and a step of 1/L goes down
  const { negativeLogLikelihood: before, gradient } = await likelihood(
    session,
    store,
    which,
    voxels,
    { grid },
  );
  const after = await likelihood(
    session,
    store,
    which,
    voxels.map((v, i) => v - gradient![i] / few),
    { grid, gradient: false },
  );
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  assert.ok(sum(after.negativeLogLikelihood) < sum(before));
});
