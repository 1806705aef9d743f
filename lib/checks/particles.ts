import { measureContrast } from "../contrast.ts";
import { surveyImages } from "../image_survey.ts";
import { measureParticleSize } from "../particle_size.ts";
import type { ParticleStack } from "../particles.ts";
import { subset } from "../subset.ts";
import type { Examination, Finding, Sign } from "./check.ts";
import { checks } from "./registry.ts";

/** What checks go by beside the particles. */
export interface CheckOptions {
  /** The sign of the particles; default auto. */
  sign?: Sign;
  /** Diameter of the particle, A, if it is known. */
  diameter?: number;
  /** Images that are looked at, at most; default 10,000. */
  most?: number;
  /** How far it has come, in images. */
  progress?: (done: number, total: number) => void;
}

/**
 * Makes sure that a particle fits its images.
 *
 * @throws {RangeError} if it is larger than the box.
 */
export function requireDiameter(
  diameter: number | undefined,
  { boxSize, pixelSize }: Pick<ParticleStack, "boxSize" | "pixelSize">,
): void {
  const field = boxSize * pixelSize;
  if (diameter === undefined || (diameter > 0 && diameter <= field)) return;
  throw new RangeError(
    `Cannot use a diameter of ${diameter} A: wanted above 0, at most the box, ${field} A`,
  );
}

/**
 * Examines particles before any work is done with them: one pass over the pixels, and the means of some
 * hundred images.
 *
 * @returns what was measured, and what each check says of it
 * @throws {RangeError} if the diameter does not fit the box.
 */
export async function checkParticles(
  particles: ParticleStack,
  { sign = "auto", diameter, most, progress }: CheckOptions = {},
): Promise<{ examination: Examination; findings: Finding[] }> {
  requireDiameter(diameter, particles);
  const survey = await surveyImages(particles, { most, progress });
  const bad = new Set(survey.unusable.map(({ image }) => image));
  const good = bad.size === 0
    ? particles
    : subset(particles, survey.which.filter((i) => !bad.has(i)));
  const examination: Examination = {
    particles,
    survey,
    contrast: await measureContrast(good),
    sign,
    size: await measureParticleSize(good),
    diameter,
  };
  const findings = Object.entries(checks)
    .map(([name, check]): Finding => ({ name, ...check(examination) }));
  return { examination, findings };
}
