/**
 * Optics of a particle STAR file: groups of RELION >= 3.1, or the columns of one table before that.
 */
import type { STARBlock } from "./star_block.ts";

/** What the images of one group share. */
export interface OpticsGroup {
  /** rlnOpticsGroup, the number images refer to. */
  readonly number: number;
  /** rlnOpticsGroupName. */
  readonly name: string;
  /** kV */
  readonly voltage: number;
  /** Cs, mm. */
  readonly sphericalAberration: number;
  /** Q0, fraction. */
  readonly amplitudeContrast: number;
  /** A */
  readonly pixelSize: number;
  /** rlnImageSize, px, where it is given. */
  readonly boxSize: number | undefined;
}

/** Groups in use, and the group of each image. */
export interface Optics {
  /** Those that images refer to, by number. */
  readonly groups: readonly OpticsGroup[];
  /** Place in `groups` of each image, [K]. */
  readonly groupOf: Uint32Array;
}

/** "optics group 2 (name)" */
export function titleOf({ number, name }: OpticsGroup): string {
  return name === "" ? `optics group ${number}` : `optics group ${number} (${name})`;
}

/** Largest relative difference of two pixel sizes that are the same: 0.04 px over a box of 400. */
const SAME_PIXEL = 1e-4;

/**
 * Refuses groups with impossible values, or of different pixel or box sizes.
 *
 * @param columns what the file calls them, for messages
 * @throws {RangeError} naming the group, the column and the value
 */
export function checkGroups(
  path: string,
  groups: readonly OpticsGroup[],
  columns = { voltage: "rlnVoltage", amplitudeContrast: "rlnAmplitudeContrast" },
): void {
  const check = (
    group: OpticsGroup,
    column: string,
    value: number,
    good: boolean,
    wanted: string,
  ) => {
    if (good) return;
    throw new RangeError(
      `Cannot use ${path}: ${titleOf(group)} has ${column} ${value}, wanted ${wanted}`,
    );
  };
  for (const group of groups) {
    const { voltage, amplitudeContrast, pixelSize } = group;
    check(
      group,
      columns.voltage,
      voltage,
      voltage > 0 && voltage <= 5000,
      "kV above 0, at most 5000",
    );
    check(
      group,
      columns.amplitudeContrast,
      amplitudeContrast,
      amplitudeContrast >= 0 && amplitudeContrast <= 1,
      "a fraction, 0 to 1",
    );
    check(group, "a pixel size of", pixelSize, pixelSize > 0, "A above 0");
  }
  const [first] = groups;
  for (const group of groups) {
    if (Math.abs(group.pixelSize - first.pixelSize) > SAME_PIXEL * first.pixelSize) {
      throw new RangeError(
        `Cannot use ${path}: pixels of ${first.pixelSize} A in ${titleOf(first)} and of ` +
          `${group.pixelSize} A in ${titleOf(group)}, wanted one size`,
      );
    }
    const sized = groups.find(({ boxSize }) => boxSize !== undefined);
    if (sized && group.boxSize !== undefined && group.boxSize !== sized.boxSize) {
      throw new RangeError(
        `Cannot use ${path}: box ${sized.boxSize} px in ${
          titleOf(sized)
        } and ${group.boxSize} px in ` +
          `${titleOf(group)}, wanted one size`,
      );
    }
  }
}

/**
 * Groups of data_optics, which may be in any order and numbered from anything.
 *
 * @throws {RangeError} if an image refers to no group, two groups have one number, a group in use has an
 * impossible value, holds CTF-premultiplied images or subtomograms, or pixel or box sizes differ
 */
export function readGroups(path: string, optics: STARBlock, particles: STARBlock): Optics {
  const numbers = optics.numbers("rlnOpticsGroup");
  const row = new Map<number, number>();
  numbers.forEach((number, i) => {
    if (row.has(number)) {
      throw new RangeError(
        `Cannot use ${path}: two groups ${number} in data_optics, wanted different rlnOpticsGroup`,
      );
    }
    row.set(number, i);
  });
  const referred = particles.numbers("rlnOpticsGroup");
  const used = [...new Set(referred)].sort((a, b) => a - b);
  for (const number of used) {
    if (!row.has(number)) {
      throw new RangeError(
        `Cannot use ${path}: row ${
          referred.indexOf(number) + 1
        } of data_${particles.name} refers to ` +
          `optics group ${number}, wanted one of ${[...row.keys()].join(", ")}`,
      );
    }
  }
  const values = (column: string) => optics.has(column) ? optics.numbers(column) : undefined;
  const voltage = optics.numbers("rlnVoltage");
  const sphericalAberration = optics.numbers("rlnSphericalAberration");
  const amplitudeContrast = optics.numbers("rlnAmplitudeContrast");
  const pixelSize = optics.numbers("rlnImagePixelSize");
  const boxSize = values("rlnImageSize");
  const dimensions = values("rlnImageDimensionality");
  const premultiplied = values("rlnCtfDataAreCtfPremultiplied");
  const groups = used.map((number): OpticsGroup => {
    const i = row.get(number)!;
    const group = {
      number,
      name: optics.has("rlnOpticsGroupName") ? optics.value(i, "rlnOpticsGroupName") : "",
      voltage: voltage[i],
      sphericalAberration: sphericalAberration[i],
      amplitudeContrast: amplitudeContrast[i],
      pixelSize: pixelSize[i],
      boxSize: boxSize?.[i],
    };
    if (premultiplied && premultiplied[i] !== 0) {
      throw new RangeError(
        `Cannot use ${path}: ${titleOf(group)} has rlnCtfDataAreCtfPremultiplied ` +
          `${premultiplied[i]}, wanted images not multiplied by their CTF (0)`,
      );
    }
    if (dimensions && dimensions[i] !== 2) {
      throw new RangeError(
        `Cannot use ${path}: ${titleOf(group)} has rlnImageDimensionality ${dimensions[i]}, ` +
          `wanted 2 (images)`,
      );
    }
    return group;
  });
  checkGroups(path, groups);
  const place = new Map(used.map((number, i) => [number, i]));
  return { groups, groupOf: Uint32Array.from(referred, (number) => place.get(number)!) };
}

/** Edge of a pixel of each image in a table without optics, A: 1e4 detector pixel (um) / magnification. */
function pixelSizes(table: STARBlock): Float64Array {
  for (const column of ["rlnImagePixelSize", "rlnPixelSize"]) {
    if (table.has(column)) return table.numbers(column);
  }
  const magnification = table.numbers("rlnMagnification");
  return table.numbers("rlnDetectorPixelSize").map((size, i) => 1e4 * size / magnification[i]);
}

/**
 * Groups of a table of RELION <= 3.0, one for each different voltage, Cs, Q0 and pixel size, numbered
 * from 1 in the order they appear.
 *
 * @throws {RangeError} if a value is impossible or pixel sizes differ
 */
export function groupImages(path: string, particles: STARBlock): Optics {
  const voltage = particles.numbers("rlnVoltage");
  const sphericalAberration = particles.numbers("rlnSphericalAberration");
  const amplitudeContrast = particles.numbers("rlnAmplitudeContrast");
  const pixelSize = pixelSizes(particles);
  const place = new Map<string, number>();
  const groups: OpticsGroup[] = [];
  const groupOf = Uint32Array.from(voltage, (kV, i) => {
    const key = `${kV} ${sphericalAberration[i]} ${amplitudeContrast[i]} ${pixelSize[i]}`;
    const known = place.get(key);
    if (known !== undefined) return known;
    const number = groups.length + 1;
    place.set(key, groups.length);
    groups.push({
      number,
      name: `opticsGroup${number}`,
      voltage: kV,
      sphericalAberration: sphericalAberration[i],
      amplitudeContrast: amplitudeContrast[i],
      pixelSize: pixelSize[i],
      boxSize: undefined,
    });
    return groups.length - 1;
  });
  checkGroups(path, groups);
  return { groups, groupOf };
}
