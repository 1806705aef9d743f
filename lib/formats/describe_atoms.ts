import { centreOfMass, radiusAbout } from "../atoms/model.ts";
import type { AtomFile } from "./atom_list.ts";
import { readCIF } from "./cif.ts";
import { type FileDescription, rangeOf, sixDigits } from "./description.ts";
import { readPDB } from "./pdb.ts";

function describe(path: string, format: string, { model, waters }: AtomFile): FileDescription {
  const counts = new Map<string, number>();
  for (const element of model.elements) counts.set(element, (counts.get(element) ?? 0) + 1);
  const elements = [...counts].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${n} ${name}`);
  const radius = radiusAbout(model, centreOfMass(model));
  return {
    path,
    format,
    entries: [
      ["atoms", `${model.count}: ${elements.join(", ")}`],
      ["water", `${waters} atoms, left out`],
      ["radius", `${sixDigits(radius)} A about the centre of mass`],
      ["B factor", rangeOf(model.bFactors, "A^2")],
      ["occupancy", rangeOf(model.occupancies, "")],
    ],
    warnings: model.isTrace ? ["alpha carbons only: each stands for its residue"] : [],
  };
}

/**
 * Describes the first model of a PDB file.
 *
 * @throws {Error} as readPDB
 */
export async function describePDB(path: string): Promise<FileDescription> {
  return describe(path, "PDB atomic model", await readPDB(path));
}

/**
 * Describes the first model of an mmCIF file.
 *
 * @throws {Error} as readCIF
 */
export async function describeCIF(path: string): Promise<FileDescription> {
  return describe(path, "mmCIF atomic model", await readCIF(path));
}
