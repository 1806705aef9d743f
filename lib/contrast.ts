import type { ParticleStack } from "./particles.ts";

/** What the images say of their sign. */
export interface Contrast {
  /** Mean of their central discs above that of their corners, standard deviations of the corners. */
  readonly mean: number;
  /** Standard error of that mean over the images. */
  readonly error: number;
  /** Of the particles; undefined if the images do not say. */
  readonly particles?: "white" | "black";
}

/** Radius of the disc, box edges: within it there is particle, whatever the mask. */
const DISC = 0.2;
/** Standard errors from 0 at which the sign is believed. */
const CERTAIN = 6;

/**
 * Whether particles are white or black, from evenly spread images: amplitude contrast leaves a few per
 * cent of the mean of a particle, enough over some hundred images.
 *
 * @param count images that are looked at, at most
 */
export async function measureContrast(
  particles: ParticleStack,
  { count = 300 }: { count?: number } = {},
): Promise<Contrast> {
  const { boxSize: n } = particles, used = Math.min(count, particles.count);
  const which = Uint32Array.from(
    { length: used },
    (_, i) => Math.floor(i * particles.count / used),
  );
  const pixels = await particles.read(which);
  const disc: number[] = [], corners: number[] = [];
  for (let i = 0; i < n * n; i++) {
    const r = Math.hypot(i % n - n / 2, Math.floor(i / n) - n / 2) / n;
    if (r < DISC) disc.push(i);
    if (r > 0.5) corners.push(i);
  }
  const heights = Array.from(which, (_, image) => {
    const at = image * n * n;
    const mean = (places: number[]) =>
      places.reduce((sum, i) => sum + pixels[at + i], 0) / places.length;
    const background = mean(corners);
    const squares = corners.reduce((sum, i) => sum + (pixels[at + i] - background) ** 2, 0);
    return (mean(disc) - background) / Math.sqrt(squares / corners.length);
  }).filter(Number.isFinite);
  const mean = heights.reduce((a, b) => a + b, 0) / heights.length;
  const squares = heights.reduce((sum, h) => sum + (h - mean) ** 2, 0);
  const error = Math.sqrt(squares / Math.max(1, heights.length - 1) / heights.length);
  const certain = heights.length > 1 && Math.abs(mean) > CERTAIN * error;
  return { mean, error, ...certain && { particles: mean > 0 ? "white" : "black" } };
}

/** The same images with the sign changed. */
export function invertContrast(particles: ParticleStack): ParticleStack {
  const { count, boxSize, pixelSize } = particles;
  return {
    count,
    boxSize,
    pixelSize,
    inverted: !particles.inverted,
    ctf: (i) => particles.ctf(i),
    read: async (indices) => (await particles.read(indices)).map((v) => -v),
  };
}
