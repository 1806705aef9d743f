import { describeImages, type Entry, particleEntries, problemOf } from "./describe_particles.ts";
import type { DescribeOptions, FileDescription } from "./description.ts";
import { parseImageNames } from "./image_files.ts";
import { readBytes } from "./open_file.ts";
import { findParticles, type ParticleTable, readParticleTable } from "./particle_table.ts";
import { parseSTAR, type STARFile } from "./star.ts";

/** "3.0 or earlier", "3.1 or later (version 30001)". */
function versionOf({ blocks }: STARFile): string {
  const comment = blocks.map(({ comment }) => comment).find((text) => /^version \d+$/.test(text));
  const optics = blocks.some(({ name }) => name === "optics");
  return `${optics ? "3.1 or later" : "3.0 or earlier"}${comment ? ` (${comment})` : ""}`;
}

/** Columns of corrections that are not applied, where they have a value other than nothing. */
function ignoredOptics({ optics }: ParticleTable): string[] {
  if (!optics) return [];
  const neutral: Record<string, RegExp> = {
    rlnBeamTiltX: /^[-+]?0*(\.0*)?$/,
    rlnBeamTiltY: /^[-+]?0*(\.0*)?$/,
    rlnOddZernike: /^\[?[-+0.,\s]*\]?$/,
    rlnEvenZernike: /^\[?[-+0.,\s]*\]?$/,
    rlnMagMat00: /^1(\.0*)?$/,
    rlnMagMat01: /^[-+]?0*(\.0*)?$/,
    rlnMagMat10: /^[-+]?0*(\.0*)?$/,
    rlnMagMat11: /^1(\.0*)?$/,
  };
  return Object.keys(neutral).filter((column) =>
    optics.has(column) && optics.strings(column).some((value) => !neutral[column].test(value))
  );
}

/**
 * Describes a STAR file: its blocks, and its particles if it has any. What would be refused is a warning.
 *
 * @throws {SyntaxError} if it is no STAR file
 */
export function describeSTAR(path: string, options: DescribeOptions): Promise<FileDescription> {
  return new Promise((resolve) => resolve(describeNow(path, options)));
}

function describeNow(path: string, options: DescribeOptions): FileDescription {
  const star = parseSTAR(readBytes(path), path);
  const blocks = star.blocks.map(({ name, kind, rowCount, columns }): Entry => [
    `data_${name}`,
    kind === "loop" ? `${rowCount} rows, ${columns.length} columns` : `${columns.length} values`,
  ]);
  if (!star.blocks.some((block) => block.has("rlnImageName"))) {
    return { path, format: "STAR", entries: blocks, warnings: [] };
  }
  const entries: Entry[] = [["version", versionOf(star)], ...blocks];
  const warnings: string[] = [];
  const attempt = (step: () => void) => {
    try {
      step();
    } catch (error) {
      warnings.push(problemOf(error));
    }
  };
  attempt(() => {
    const particles = findParticles(star);
    entries.push(["images", String(particles.rowCount)]);
    const { projectDirectory = ".", dataDirectory } = options;
    const names = parseImageNames(path, particles.strings("rlnImageName"));
    const images = describeImages(path, names, { projectDirectory, dataDirectory });
    entries.push(...images.entries);
    warnings.push(...images.warnings);
  });
  attempt(() => {
    const table = readParticleTable(star);
    entries.push(...particleEntries(table));
    if (table.particles.has("rlnMicrographName")) {
      const micrographs = new Set(table.particles.strings("rlnMicrographName"));
      entries.push(["micrographs", String(micrographs.size)]);
    }
    const ignored = ignoredOptics(table);
    if (ignored.length) warnings.push(`not applied: ${ignored.join(", ")}`);
  });
  return { path, format: "STAR particles", entries, warnings };
}
