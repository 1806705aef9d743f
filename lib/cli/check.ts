import type { Sign } from "../checks/check.ts";
import { checkParticles, requireDiameter } from "../checks/particles.ts";
import { defineCommand } from "./command.ts";
import { findingLines } from "./examine.ts";
import { choice, flag, integer, number, text } from "./option.ts";
import { openParticleSet, particleOptions, PARTICLES } from "./particle_options.ts";
import { createProgress } from "./progress.ts";

/** `check`: what reconstruct looks at before it begins. */
export const check = defineCommand({
  description:
    "Look at particles before any work is done with them: sign, pixel size and box, defocus, diameter, " +
    "images that are constant, repeated, clipped, masked or unlike the rest. Every pixel is read once. " +
    "reconstruct does the same; a warning does not stop it, an error does.",
  arguments: {
    particles: text({ value: "PARTICLES", summary: PARTICLES, required: true }),
  },
  options: {
    ...particleOptions,
    contrast: choice(["auto", "white", "black"], {
      value: "SIGN",
      summary: "of the particles",
      default: "auto",
    }),
    diameter: number({ value: "A", summary: "of the particle, if it is known", above: 0 }),
    most: integer({
      value: "N",
      summary: "images that are looked at, at most",
      min: 1,
      default: 10000,
    }),
    json: flag("print JSON"),
  },
  examples: [
    { does: "is anything odd about these particles", line: "particles.star" },
    { does: "the same for a program, all images", line: "particles.star --most 1000000 --json" },
  ],

  async run({ particles: path, contrast, diameter, most, json, ...values }, io) {
    using file = await openParticleSet(path, values, io);
    requireDiameter(diameter, file);
    const total = Math.min(most, file.count);
    const progress = createProgress({ label: "Looking at", total, unit: "images", io });
    const { findings, examination: { size } } = await checkParticles(file, {
      ...{ sign: contrast as Sign, diameter, most, progress: (done) => progress.update(done) },
    });
    progress.done();
    if (json) {
      io.print(JSON.stringify({ checks: findings, diameter: size.diameter ?? null }, null, 2));
    } else for (const line of findingLines(findings)) io.print(line);
    return findings.some(({ level }) => level === "error") ? 1 : 0;
  },
});
