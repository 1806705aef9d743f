import { transform3 } from "../fft.ts";
import { shellMeans, shellsOf } from "../shells.ts";

/** A shell with less of the strongest shell's power than this is empty: float32 rounds there. */
const EMPTY = 1e-10;

/**
 * A normal prior on the coefficients of a density, 1/tau^2 of each: with U = F(V) / M^(3/2), the unitary
 * transform, tau^2 = T mean |U|^2 over the shell round(|k|) of the last map (Scheres, J. Struct. Biol.
 * 180:519 (2012), Sec. 2.3, where it is estimated anew in every iteration).
 *
 * A shell in which the last map is empty has no prior, 0: from tau^2 = 0 it could never be filled.
 *
 * @param voxels the last map, [M, M, M]
 * @param fudge T, RELION's tau2_fudge
 * @returns 1/tau^2, [M, M, M] as [kz, ky, kx]
 */
export function signalPrior(voxels: ArrayLike<number>, fudge: number): Float64Array {
  const real = Float64Array.from(voxels), imaginary = new Float64Array(real.length);
  const m = Math.round(Math.cbrt(real.length));
  transform3(real, imaginary, m);
  const power = shellMeans(real.map((re, i) => (re ** 2 + imaginary[i] ** 2) / real.length), m);
  const least = EMPTY * Math.max(...power);
  return Float64Array.from(shellsOf(m), (shell) => {
    const tau2 = power[shell];
    return tau2 > least ? 1 / (fudge * tau2) : 0;
  });
}
