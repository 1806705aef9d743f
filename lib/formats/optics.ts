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

/** Columns with the edge of a pixel, A; without one, 1e4 detector pixel (um) / magnification. */
const PIXEL_SIZES = ["rlnImagePixelSize", "rlnPixelSize"];
const DETECTOR = ["rlnDetectorPixelSize", "rlnMagnification"];

/** Whether a block says what the size of its pixels is. */
export function hasPixelSize(block: STARBlock): boolean {
  return PIXEL_SIZES.some((column) => block.has(column)) ||
    DETECTOR.every((column) => block.has(column));
}

/** Edge of a pixel in each row, A, if the block says. */
function readPixelSizes(block: STARBlock): Float64Array | undefined {
  const column = PIXEL_SIZES.find((column) => block.has(column));
  if (column !== undefined) return block.numbers(column);
  if (!hasPixelSize(block)) return undefined;
  const [size, magnification] = DETECTOR.map((column) => block.numbers(column));
  return size.map((um, i) => 1e4 * um / magnification[i]);
}

/** A value of each row of data_optics from the particles of its group, which must agree; NaN without one. */
function ofParticles(
  path: string,
  title: string,
  values: Float64Array,
  referred: Float64Array,
  row: ReadonlyMap<number, number>,
): Float64Array {
  const out = new Float64Array(row.size).fill(NaN);
  referred.forEach((number, i) => {
    const at = row.get(number)!;
    if (Number.isNaN(out[at])) out[at] = values[i];
    if (out[at] === values[i]) return;
    throw new RangeError(
      `Cannot use ${path}: images of optics group ${number} have ${title} ${out[at]} and ` +
        `${values[i]}, wanted one`,
    );
  });
  return out;
}

/**
 * Groups of data_optics, which may be in any order and numbered from anything. What it does not say of a
 * group, its images may, as long as they agree.
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
  const own = (column: string) => optics.has(column) ? optics.numbers(column) : undefined;
  const values = (title: string, read: (block: STARBlock) => Float64Array | undefined) =>
    read(optics) ?? ofParticles(path, title, read(particles)!, referred, row);
  const column = (name: string) =>
    values(name, (block) => block.has(name) ? block.numbers(name) : undefined);
  const voltage = column("rlnVoltage");
  const sphericalAberration = column("rlnSphericalAberration");
  const amplitudeContrast = column("rlnAmplitudeContrast");
  const pixelSize = values("a pixel size", readPixelSizes);
  const boxSize = own("rlnImageSize");
  const dimensions = own("rlnImageDimensionality");
  const premultiplied = own("rlnCtfDataAreCtfPremultiplied");
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
  const pixelSize = readPixelSizes(particles)!;
  const place = new Map<string, number>();
  const groups: OpticsGroup[] = [];
  const columns = [voltage, sphericalAberration, amplitudeContrast, pixelSize];
  const isLikeLast = (i: number) => i > 0 && columns.every((values) => values[i] === values[i - 1]);
  let at = 0;
  const groupOf = Uint32Array.from(voltage, (kV, i) => {
    if (isLikeLast(i)) return at;
    const key = `${kV} ${sphericalAberration[i]} ${amplitudeContrast[i]} ${pixelSize[i]}`;
    const known = place.get(key);
    if (known !== undefined) return at = known;
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
    return at = groups.length - 1;
  });
  checkGroups(path, groups);
  return { groups, groupOf };
}
