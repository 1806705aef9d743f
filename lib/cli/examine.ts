import { contrastOf } from "../checks/contrast.ts";
import type { Finding, Sign } from "../checks/check.ts";
import { checkParticles } from "../checks/particles.ts";
import { invertContrast } from "../contrast.ts";
import { maskRadiusOf, measuredMaskRadius } from "../particle_size.ts";
import type { ParticleStack } from "../particles.ts";
import type { IO } from "./io.ts";

/** A line for each finding: "diameter     about 260 A, ...", "defocus      warning: ...". */
export function findingLines(findings: readonly Finding[]): string[] {
  return findings.map(({ name, level, words }) =>
    `${name.padEnd(13)}${level === "ok" ? "" : `${level}: `}${words}`
  );
}

/**
 * Looks at particles before a run and gives them the sign that the likelihood wants, white, and the radius
 * of the mask that goes with them, box edges.
 *
 * @throws {RangeError} with the words of the first finding that does not let a run begin.
 */
export async function examineParticles(
  file: ParticleStack,
  { sign, diameter, io }: { sign: Sign; diameter?: number; io: IO },
): Promise<{ particles: ParticleStack; findings: readonly Finding[]; maskRadius: number }> {
  const { findings, examination } = await checkParticles(file, {
    sign,
    diameter,
    progress: (done, total) => io.draw(`Looking at ${done}/${total} images`),
  });
  const error = findings.find(({ level }) => level === "error");
  if (error) throw new RangeError(error.words);
  const black = contrastOf(examination.contrast, sign) === "black";
  const maskRadius = diameter === undefined
    ? measuredMaskRadius(examination.size, file)
    : maskRadiusOf(diameter, file);
  return { particles: black ? invertContrast(file) : file, findings, maskRadius };
}
