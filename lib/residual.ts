import type { ImageStore, Marginal, Session, Slices } from "./backend.ts";
import { FRIEDEL } from "./band.ts";
import { sumShells } from "./noise.ts";

/** What images have beside the model, power by shell. */
export interface Residual {
  /** sum_i E_q |d_i - c P|^2 over the coefficients of the half disc, by shell, [shells]. */
  readonly power: Float64Array;
  /** Images that it is the sum of: their responsibilities added up. */
  readonly images: number;
}

/**
 * The residual of a minibatch under its posterior, from what its marginal has in sum: with the gradient
 * G = (W P - sum q X) / T, X = Omega c d / sigma^2 and W = sum q Omega c^2 / sigma^2 / T,
 *
 *     sum E_q |d - c P|^2 = sum |d|^2 + (sigma^2 T / Omega) sum_j (2 P_j . G_j - W_j |P_j|^2)
 *
 * |d|^2 is that of the unturned image.
 *
 * @param slices those that the marginal is of
 * @param variance sigma^2 by shell, as it was then
 */
export async function residual(
  session: Session,
  { images, which, slices, marginal: { gradient, weight, responsibility }, variance, temperature }:
    {
      images: ImageStore;
      which: ArrayLike<number>;
      slices: Slices;
      marginal: Marginal;
      variance: ArrayLike<number>;
      temperature: number;
    },
): Promise<Residual> {
  const { band } = session.problem, n = band.count;
  const P = await slices.download(), G = await gradient!.download();
  const W = await weight!.download();
  const explained = new Float64Array(n);
  for (let at = 0; at < P.length; at += 2) {
    const p = P[at], q = P[at + 1], w = W[at];
    explained[at / 2 % n] += p * (2 * G[at] - w * p) + q * (2 * G[at + 1] - w * q);
  }
  const change = sumShells(explained, band), shells = change.length;
  const powers = await images.power(which);
  let total = 0;
  const power = change.map((v, s) => temperature * variance[s] / FRIEDEL * v);
  for (let b = 0; b < which.length; b++) {
    const share = responsibility ? responsibility[b] : 1;
    total += share;
    for (let s = 0; s < shells; s++) power[s] += share * powers[b * shells + s];
  }
  return { power, images: total };
}
