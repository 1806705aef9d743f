import { transform3 } from "./fft.ts";
import { fourierShellCorrelation, resolutionAt } from "./fsc.ts";
import { randomizePhases } from "./phases.ts";
import { createRandom } from "./random.ts";
import { shellMeans } from "./shells.ts";
import { createVolume, type Volume } from "./volume.ts";

/** How far two independent half maps agree; curves are by shell, [N/2 + 1]. */
export interface HalfMapAgreement {
  /** FSC of the maps as they are. */
  readonly fsc: Float64Array;
  /** FSC within the mask; without a mask the same. */
  readonly masked: Float64Array;
  /** FSC within the mask of maps with random phases, the mean of several; what the mask alone makes. */
  readonly randomized: Float64Array;
  /** masked, less what the mask alone makes. */
  readonly corrected: Float64Array;
  /** First shell with random phases. */
  readonly randomizedFrom: number;
  /** Where `corrected` first falls below 0.143, A; 2 pixels if it never does. */
  readonly resolution143: number;
}

/** FSC below which phases are replaced: above it there is signal without doubt. */
const RELIABLE = 0.8;
/** Shells over which a soft mask carries what was not replaced: they are not corrected. */
const MIXED = 2;
/** Mean power of a shell, of the strongest one's, below which there is but the rounding of a file. */
const EMPTY = 1e-10;
/** Draws of the random phases. */
const DRAWS = 3;

/** Whether a map has next to nothing in a shell, by shell. */
function emptyShells({ boxSize: n, voxels }: Volume): boolean[] {
  const real = Float64Array.from(voxels), imaginary = new Float64Array(n ** 3);
  transform3(real, imaginary, n);
  const powers = shellMeans(real.map((re, i) => re ** 2 + imaginary[i] ** 2), n);
  const least = EMPTY * powers.reduce((a, b) => Math.max(a, b));
  return Array.from(powers, (power) => power <= least);
}

/**
 * FSC of two half maps, corrected for the mask by phase randomization (Chen et al., Ultramicroscopy 135,
 * 24, 2013): phases are replaced from the first shell s_r at which the unmasked FSC is below 0.8, and
 *
 *     FSC_corrected(s) = (FSC_masked(s) - FSC_randomized(s)) / (1 - FSC_randomized(s)),   s >= s_r + 2,
 *
 * FSC_masked(s) below, the mask mixing neighbouring shells, and 0 in shells that a map does not fill, where
 * masked maps have nothing but what the mask carries there. 0.143 is where a map of all images would
 * correlate at 0.5 with a perfect one (Rosenthal & Henderson, J. Mol. Biol. 333, 721, 2003).
 *
 * @param mask weights that multiply both maps, [N, N, N]
 * @throws {RangeError} as fourierShellCorrelation() does.
 */
export function compareHalfMaps(
  a: Volume,
  b: Volume,
  { mask, seed = 0 }: { mask?: ArrayLike<number>; seed?: number } = {},
): HalfMapAgreement {
  const fsc = fourierShellCorrelation(a, b), { boxSize, pixelSize } = a;
  const below = fsc.findIndex((c, s) => s > 0 && c < RELIABLE);
  const randomizedFrom = below < 0 ? fsc.length : below;
  const masked = mask ? fourierShellCorrelation(a, b, { mask }) : fsc;
  const randomized = new Float64Array(fsc.length);
  if (mask && below >= 0) {
    for (let draw = 0; draw < DRAWS; draw++) {
      const [x, y] = [a, b].map((map, half) =>
        randomizePhases(map, randomizedFrom, createRandom(seed, "phases", draw, half))
      );
      fourierShellCorrelation(x, y, { mask }).forEach((c, s) => randomized[s] += c / DRAWS);
    }
  }
  const empty = mask ? [emptyShells(a), emptyShells(b)] : [];
  const corrected = masked.map((c, s) => {
    if (empty.some((shells) => shells[s])) return 0;
    if (!mask || s < randomizedFrom + MIXED) return c;
    return randomized[s] < 1 ? (c - randomized[s]) / (1 - randomized[s]) : 0;
  });
  return {
    fsc,
    masked,
    randomized,
    corrected,
    randomizedFrom,
    resolution143: resolutionAt(corrected, 0.143, boxSize, pixelSize),
  };
}

/**
 * The mean of two half maps, each shell weighted by what is signal in it, sqrt(2 FSC / (1 + FSC))
 * (Rosenthal & Henderson 2003, C_ref), linear between shells; 0 from the first shell on, but the mean's,
 * at which the curve is not above 0.
 *
 * @param curve corrected FSC by shell, [N/2 + 1]
 */
export function filterByFSC(a: Volume, b: Volume, curve: ArrayLike<number>): Volume {
  const { boxSize: n, pixelSize } = a;
  const weights = Float64Array.from(curve, (c) => Math.sqrt(2 * Math.max(0, c) / (1 + c)));
  const end = Array.from(curve).findIndex((c, s) => s > 0 && c <= 0);
  if (end > 0) weights.fill(0, end);
  const real = Float64Array.from(a.voxels, (v, i) => (v + b.voxels[i]) / 2);
  const imaginary = new Float64Array(n ** 3);
  transform3(real, imaginary, n);
  const axis = Float64Array.from({ length: n }, (_, i) => i < n / 2 ? i : i - n);
  for (let z = 0, at = 0; z < n; z++) {
    for (let y = 0; y < n; y++) {
      for (let x = 0; x < n; x++, at++) {
        const k = Math.sqrt(axis[x] ** 2 + axis[y] ** 2 + axis[z] ** 2), s = Math.floor(k);
        const low = weights[s] ?? 0, high = weights[s + 1] ?? 0;
        const weight = (low + (k - s) * (high - low)) / n ** 3;
        real[at] *= weight, imaginary[at] *= weight;
      }
    }
  }
  transform3(real, imaginary, n, 1);
  return createVolume({ boxSize: n, pixelSize, voxels: Float32Array.from(real) });
}
