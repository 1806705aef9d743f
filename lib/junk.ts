import type { Random } from "./random.ts";

/** What an image may show: a particle, or nothing, or ice and carbon, or a particle of another kind. */
export type ImageKind = "particle" | "noise" | "ice" | "other";

const JUNK = ["noise", "ice", "other"] as const;

/**
 * What an image shows.
 *
 * @param share of the images that are junk, a third of them of each kind
 */
export function drawKind(random: Random, share: number): ImageKind {
  return random.uniform() < share ? JUNK[random.integer(JUNK.length)] : "particle";
}

/** Variance of ice over that of the particles' images: it is what a picker takes for a strong particle. */
const ICE_POWER = 10;

/**
 * Something large and structureless: three to six Gaussians of 0.08 to 0.25 box edges, dark and bright,
 * anywhere in the image.
 *
 * @param variance of the particles' images
 * @returns [N, N] as [y, x], mean 0
 */
export function drawIce(random: Random, boxSize: number, variance: number): Float32Array {
  const n = boxSize, pixels = new Float64Array(n * n), blobs = 3 + random.integer(4);
  for (let b = 0; b < blobs; b++) {
    const x = n * random.uniform(), y = n * random.uniform();
    const sigma = (0.08 + 0.17 * random.uniform()) * n, height = random.normal();
    for (let i = 0; i < n * n; i++) {
      const d2 = (i % n - x) ** 2 + (Math.floor(i / n) - y) ** 2;
      pixels[i] += height * Math.exp(-d2 / (2 * sigma * sigma));
    }
  }
  const mean = pixels.reduce((a, b) => a + b, 0) / pixels.length;
  const power = pixels.reduce((sum, v) => sum + (v - mean) ** 2, 0) / pixels.length;
  const scale = Math.sqrt(ICE_POWER * variance / power);
  return Float32Array.from(pixels, (v) => scale * (v - mean));
}
