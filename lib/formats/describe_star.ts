import type { CTF } from "../ctf.ts";
import { type DescribeOptions, type FileDescription, rangeOf, sixDigits } from "./description.ts";
import { findFiles, listFiles, parseImageNames } from "./image_files.ts";
import { openMRCSync } from "./mrc.ts";
import { readText } from "./open_file.ts";
import { titleOf } from "./optics.ts";
import { findParticles, type ParticleTable, readParticleTable } from "./particle_table.ts";
import { parseSTAR, type STARFile } from "./star.ts";

type Entry = [label: string, value: string];

/** The message of an error about the file; any other error goes on. */
function problem(error: unknown): string {
  if (error instanceof Error && error.message.startsWith("Cannot ")) return error.message;
  throw error;
}

/** "3.0 or earlier", "3.1 or later (version 30001)". */
function versionOf({ blocks }: STARFile): string {
  const comment = blocks.map(({ comment }) => comment).find((text) => /^version \d+$/.test(text));
  const optics = blocks.some(({ name }) => name === "optics");
  return `${optics ? "3.1 or later" : "3.0 or earlier"}${comment ? ` (${comment})` : ""}`;
}

function tableEntries(table: ParticleTable): Entry[] {
  const { particles, groups, groupOf, count, pixelSize } = table;
  const images = new Uint32Array(groups.length);
  for (const group of groupOf) images[group]++;
  const column = (value: (ctf: CTF) => number) =>
    Float64Array.from({ length: count }, (_, i) => value(table.ctf(i)));
  const unusual = (label: string, values: Float64Array, unit: string, usual: number): Entry[] =>
    values.every((value) => value === usual) ? [] : [[label, rangeOf(values, unit)]];
  const entries: Entry[] = [
    ...groups.map((group, i): Entry => [
      titleOf(group),
      `${images[i]} images, ${group.voltage} kV, Cs ${group.sphericalAberration} mm, ` +
      `Q0 ${group.amplitudeContrast}`,
    ]),
    ["pixel size", `${sixDigits(pixelSize)} A`],
    ["defocus U", rangeOf(column(({ defocusU }) => defocusU), "A")],
    ["defocus V", rangeOf(column(({ defocusV }) => defocusV), "A")],
    ...unusual("phase shift", column(({ phaseShift }) => phaseShift), "degrees", 0),
    ...unusual("B factor", column(({ bFactor }) => bFactor), "A^2", 0),
    ...unusual("CTF scale", column(({ scale }) => scale), "", 1),
  ];
  if (particles.has("rlnMicrographName")) {
    entries.push(["micrographs", String(new Set(particles.strings("rlnMicrographName")).size)]);
  }
  entries.push(["poses", table.hasPoses ? "given" : "none"]);
  return entries;
}

/** Columns of corrections that are not applied, where they have a value other than nothing. */
function ignoredOptics({ optics }: ParticleTable): string[] {
  if (!optics) return [];
  const neutral: Record<string, RegExp> = {
    rlnBeamTiltX: /^[-+]?0*\.?0*$/,
    rlnBeamTiltY: /^[-+]?0*\.?0*$/,
    rlnOddZernike: /^\[?[-+0.,\s]*\]?$/,
    rlnEvenZernike: /^\[?[-+0.,\s]*\]?$/,
    rlnMagMat00: /^1(\.0*)?$/,
    rlnMagMat01: /^[-+]?0*\.?0*$/,
    rlnMagMat10: /^[-+]?0*\.?0*$/,
    rlnMagMat11: /^1(\.0*)?$/,
  };
  return Object.keys(neutral).filter((column) =>
    optics.has(column) && optics.strings(column).some((value) => !neutral[column].test(value))
  );
}

/** Entries and warnings about the image files a table names. */
function describeImages(
  path: string,
  names: readonly string[],
  { projectDirectory = ".", dataDirectory }: DescribeOptions,
): { entries: Entry[]; warnings: string[] } {
  const { files, fileOf, sectionOf } = parseImageNames(path, names);
  const paths = findFiles(path, files, { projectDirectory, dataDirectory });
  const missing = files.filter((_, i) => paths[i] === undefined);
  const warnings = missing.length
    ? [`${missing.length} of ${files.length} image files not found: ${listFiles(missing)}`]
    : [];
  const boxes = new Set<string>(), asked = new Uint32Array(files.length);
  fileOf.forEach((file, i) => asked[file] = Math.max(asked[file], sectionOf[i]));
  paths.forEach((file, i) => {
    if (file === undefined) return;
    try {
      using stack = openMRCSync(file);
      const [nx, ny, nz] = stack.header.size;
      boxes.add(`${nx} x ${ny} px`);
      if (asked[i] > nz) {
        warnings.push(`image ${asked[i]} of ${file} is asked for, which has ${nz}`);
      }
    } catch (error) {
      warnings.push(problem(error));
    }
  });
  if (boxes.size > 1) warnings.push(`images of ${[...boxes].join(" and ")}: wanted one box`);
  return {
    entries: [
      ["image files", String(files.length)],
      ...[...boxes].map((box): Entry => ["box", box]),
    ],
    warnings,
  };
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
  const star = parseSTAR(readText(path), path);
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
      warnings.push(problem(error));
    }
  };
  attempt(() => {
    const particles = findParticles(star);
    entries.push(["images", String(particles.rowCount)]);
    const images = describeImages(path, particles.strings("rlnImageName"), options);
    entries.push(...images.entries);
    warnings.push(...images.warnings);
  });
  attempt(() => {
    const table = readParticleTable(star);
    entries.push(...tableEntries(table));
    const ignored = ignoredOptics(table);
    if (ignored.length) warnings.push(`not applied: ${ignored.join(", ")}`);
  });
  return { path, format: "STAR particles", entries, warnings };
}
