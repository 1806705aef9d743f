import { readCSParticles } from "./cs_particles.ts";
import { readCS } from "./cs.ts";
import { describeImages, type Entry, particleEntries, problemOf } from "./describe_particles.ts";
import type { DescribeOptions, FileDescription } from "./description.ts";
import type { NpyTable } from "./npy.ts";
import { projectOf } from "./particle_cs.ts";

/** Columns of corrections that are not applied, where they have a value other than 0. */
function ignoredOptics(table: NpyTable): string[] {
  return ["shift_A", "tilt_A", "trefoil_A", "tetra_A", "anisomag"].map((name) => `ctf/${name}`)
    .filter((column) => table.has(column) && table.numbers(column).some((value) => value !== 0));
}

/**
 * Describes a .cs: its columns by group, and its particles if it has any. What would be refused is a warning.
 *
 * @throws {SyntaxError} {RangeError} if it, or a passthrough file, cannot be read at all
 */
export function describeCS(
  path: string,
  { projectDirectory = ".", dataDirectory, passthrough }: DescribeOptions,
): Promise<FileDescription> {
  return new Promise((resolve) => {
    const table = readCS(path, passthrough);
    const fields = table.fields.filter(({ name }) => name !== "uid");
    const groups = Map.groupBy(fields, ({ name }) => name.split("/")[0]);
    const entries: Entry[] = [["rows", String(table.count)]];
    for (const [group, fields] of groups) {
      const names = fields.map(({ name }) => name.split("/").slice(1).join("/"));
      entries.push([group, names.join(", ")]);
    }
    const warnings: string[] = [];
    if (!table.has("blob/path")) {
      resolve({ path, format: "cryoSPARC table", entries, warnings });
      return;
    }
    try {
      const particles = readCSParticles(table), { negative } = particles;
      const directories = { projectDirectory, dataDirectory, others: projectOf(path) };
      const images = describeImages(path, particles.images, directories);
      const black = negative.reduce((sum, one) => sum + one, 0);
      entries.push(["images", String(particles.count)], ...images.entries);
      entries.push(
        ["blob/sign", black === 0 ? "1" : black === negative.length ? "-1" : `-1 of ${black}`],
        ...particleEntries(particles),
      );
      warnings.push(...images.warnings);
      const ignored = ignoredOptics(table);
      if (ignored.length) warnings.push(`not applied: ${ignored.join(", ")}`);
    } catch (error) {
      warnings.push(problemOf(error));
    }
    resolve({ path, format: "cryoSPARC particles", entries, warnings });
  });
}
