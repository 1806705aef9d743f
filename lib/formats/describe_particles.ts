/**
 * What `info` says of particles, whatever their format.
 */
import type { CTF } from "../ctf.ts";
import { rangeOf, sixDigits } from "./description.ts";
import {
  findFiles,
  findOutside,
  type ImageDirectories,
  type ImageNames,
  listFiles,
  outsideNote,
} from "./image_files.ts";
import { openMRCSync } from "./mrc.ts";
import { type Optics, titleOf } from "./optics.ts";

/** A line of a description. */
export type Entry = [label: string, value: string];

/** The message of an error about the file; any other error goes on. */
export function problemOf(error: unknown): string {
  if (error instanceof Error && error.message.startsWith("Cannot ")) return error.message;
  throw error;
}

/** Entries about optics, CTF and poses. */
export function particleEntries(
  table: Optics & { readonly pixelSize: number; readonly hasPoses: boolean; ctf(i: number): CTF },
): Entry[] {
  const { groups, groupOf, pixelSize } = table, count = groupOf.length;
  const images = new Uint32Array(groups.length);
  for (const group of groupOf) images[group]++;
  const column = (value: (ctf: CTF) => number) =>
    Float64Array.from({ length: count }, (_, i) => value(table.ctf(i)));
  const unusual = (label: string, values: Float64Array, unit: string, usual: number): Entry[] =>
    values.every((value) => value === usual) ? [] : [[label, rangeOf(values, unit)]];
  return [
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
    ["poses", table.hasPoses ? "given" : "none"],
  ];
}

/** Entries and warnings about the image files a table names. */
export function describeImages(
  path: string,
  { files, fileOf, sectionOf }: ImageNames,
  directories: ImageDirectories,
): { entries: Entry[]; warnings: string[] } {
  const paths = findFiles(path, files, directories);
  const missing = files.filter((_, i) => paths[i] === undefined);
  const warnings = missing.length
    ? [`${missing.length} of ${files.length} image files not found: ${listFiles(missing)}`]
    : [];
  const found = paths.filter((file) => file !== undefined);
  const outside = findOutside(path, found, directories);
  if (outside.length) warnings.push(outsideNote(path, outside, found.length));
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
      warnings.push(problemOf(error));
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
