import type { Backend } from "../../lib/backend.ts";
import { createBand, workBoxOf } from "../../lib/band.ts";
import { likelihood } from "../../lib/likelihood.ts";
import { createQuadrature } from "../../lib/quadrature/quadrature.ts";
import { blobDensity, createSmallSet } from "../small_set.ts";

/**
 * One minibatch's likelihoods and gradient on a backend, as plain data; runs in a browser too.
 *
 * @param radii of the levels, the last the problem's own
 */
export async function smallProblem(backend: Backend, radii: readonly number[] = [3.2]) {
  const levels = radii.map((radius) => {
    const band = createBand(16, radius);
    return { band, quadrature: createQuadrature(band, {}), tolerance: 1e-3 };
  });
  const { band, quadrature } = levels.pop()!, workBox = workBoxOf(band);
  await using session = await backend.open({
    band,
    pixelSize: 4,
    workBox,
    quadrature,
    coarse: levels,
  });
  const { images, ctfs } = createSmallSet({ box: 16, count: 3, height: 2, extent: 1 });
  const store = session.createImages(3);
  await store.set(0, Float32Array.from(images), [...ctfs]);
  const m = await likelihood(session, store, [2, 0, 1], blobDensity(workBox, 2));
  return {
    description: backend.description,
    logLikelihood: Array.from(m.negativeLogLikelihood, (v) => -v),
    gradient: Array.from(m.gradient!),
  };
}
