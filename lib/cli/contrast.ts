import { type Contrast, invertContrast, measureContrast } from "../contrast.ts";
import type { ParticleStack } from "../particles.ts";

/** What --contrast can be. */
export type Sign = "auto" | "white" | "black";

/** "0.31 ± 0.01 standard deviations above the corners" */
function describe({ mean, error }: Contrast): string {
  const digits = Math.max(1, -Math.floor(Math.log10(error || 1)) + 1);
  const side = mean >= 0 ? "above" : "below";
  return `their centres lie ${Math.abs(mean).toFixed(digits)} ± ${error.toFixed(digits)} ` +
    `standard deviations ${side} their corners`;
}

/**
 * Particles with the sign that the likelihood wants, white, and in words how it came about. What was asked
 * for is done even where the images contradict it.
 */
export async function chooseContrast(
  particles: ParticleStack,
  sign: Sign,
): Promise<{ particles: ParticleStack; words: string }> {
  const measured = await measureContrast(particles), seen = measured.particles;
  const chosen = sign === "auto" ? seen ?? "white" : sign;
  const verdict = sign === "auto"
    ? seen === undefined ? "taken to be white, which the images do not say" : `${seen} particles`
    : seen !== undefined && seen !== sign
    ? `${sign} particles as asked for, but the images look ${seen}`
    : `${sign} particles as asked for`;
  return {
    particles: chosen === "black" ? invertContrast(particles) : particles,
    words: `${verdict}: ${describe(measured)}` +
      (chosen === "black" ? "; their sign is changed" : ""),
  };
}
