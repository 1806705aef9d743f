import { type Method, runBaseline } from "./batch_run.ts";
import type { Baseline } from "./baseline.ts";

/**
 * Batch expectation maximization, the algorithm of RELION's 3D classification with one class: in every
 * iteration the posterior q over all poses of all images (E), then the density that is most probable
 * given these posteriors (M), a linear least-squares problem,
 *
 *     (P* W P + 1/tau^2) V = P* X,   X = sum_i sum q Omega c d = W (.) P V_old - dL/dP.
 *
 * With q and tau^2 fixed the posterior probability of the density never falls. Where RELION estimates
 * the noise in each shell, here it is white with sigma = 1, as in the model of the optimizers.
 * Dempster, Laird & Rubin, J. R. Stat. Soc. B 39:1 (1977); Scheres, J. Struct. Biol. 180:519 (2012).
 *
 * Costs one image gradient an image and iteration. Known weakness: one step a pass, whatever the number
 * of images; broad posteriors make small steps, so that from a random start symmetric maps last.
 */
export const batchEM: Baseline = (particles, options) =>
  runBaseline(particles, options, byPosterior);

/** Assigns every image to all poses by its posterior. */
export const byPosterior: Method = {
  fudge: 4,
  products: 2,
  async add({ session, images, which, slices, P }, { numerator, weight }) {
    const marginal = await session.marginalize(slices, images, which, { gradient: true });
    const G = await marginal.gradient!.download(), W = await marginal.weight!.download();
    for (let i = 0; i < W.length; i++) {
      weight[i] += W[i];
      numerator[i] += W[i] * P[i] - G[i];
    }
    return marginal.logLikelihood;
  },
};
