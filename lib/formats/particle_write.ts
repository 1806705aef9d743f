/**
 * Particle tables for writing, in the form of RELION 3.1 and later.
 */
import type { CTF } from "../ctf.ts";
import type { ParticleStack, Pose } from "../particles.ts";
import { eulerFromRotation } from "../rotation.ts";
import type { OpticsGroup } from "./optics.ts";
import type { ParticleTable } from "./particle_table.ts";
import type { STARFile } from "./star.ts";
import { blockOfColumns, type STARBlock, withColumns } from "./star_block.ts";

/** RELION's own number of decimals. */
const decimal = (x: number) => x.toFixed(6);

/** Refuses a list that has not one of a thing for each image. */
export function checkCount(thing: string, found: number, count: number): void {
  if (found !== count) {
    throw new RangeError(`Cannot make a particle table: ${found} ${thing}, wanted ${count}`);
  }
}

/** data_optics of groups whose images have N = boxSize; micrographs count as not binned. */
export function opticsBlock(groups: readonly OpticsGroup[], boxSize: number): STARBlock {
  const column = (value: (group: OpticsGroup) => string | number) =>
    groups.map((group) => String(value(group)));
  return blockOfColumns("optics", {
    rlnOpticsGroupName: column(({ name, number }) => name || `opticsGroup${number}`),
    rlnOpticsGroup: column(({ number }) => number),
    rlnMicrographOriginalPixelSize: column(({ pixelSize }) => pixelSize),
    rlnVoltage: column(({ voltage }) => voltage),
    rlnSphericalAberration: column(({ sphericalAberration }) => sphericalAberration),
    rlnAmplitudeContrast: column(({ amplitudeContrast }) => amplitudeContrast),
    rlnImagePixelSize: column(({ pixelSize }) => pixelSize),
    rlnImageSize: column(() => boxSize),
    rlnImageDimensionality: column(() => 2),
  });
}

/** Defocus, phase plate, envelope and scale of each image. */
export function ctfColumns(ctfs: readonly CTF[]): Record<string, string[]> {
  return {
    rlnDefocusU: ctfs.map(({ defocusU }) => decimal(defocusU)),
    rlnDefocusV: ctfs.map(({ defocusV }) => decimal(defocusV)),
    rlnDefocusAngle: ctfs.map(({ defocusAngle }) => decimal(defocusAngle)),
    rlnPhaseShift: ctfs.map(({ phaseShift }) => decimal(phaseShift)),
    rlnCtfBfactor: ctfs.map(({ bFactor }) => decimal(bFactor)),
    rlnCtfScalefactor: ctfs.map(({ scale }) => decimal(scale)),
  };
}

/** Angles in degrees, origin = -shift in A, the posterior weight, and the responsibility if known. */
export function poseColumns(
  poses: readonly Pose[],
  pixelSize: number,
): Record<string, string[]> {
  const angles = poses.map(({ rotation }) => eulerFromRotation(rotation));
  return {
    rlnAngleRot: angles.map(({ rot }) => decimal(rot)),
    rlnAngleTilt: angles.map(({ tilt }) => decimal(tilt)),
    rlnAnglePsi: angles.map(({ psi }) => decimal(psi)),
    rlnOriginXAngst: poses.map(({ shift }) => decimal(0 - shift[0] * pixelSize)),
    rlnOriginYAngst: poses.map(({ shift }) => decimal(0 - shift[1] * pixelSize)),
    rlnMaxValueProbDistribution: poses.map(({ probability }) => decimal(probability)),
    ...poses.some(({ responsibility }) => responsibility !== undefined) && {
      vitreousResponsibility: poses.map(({ responsibility = 1 }) => decimal(responsibility)),
    },
  };
}

/** What formatParticles puts in a table. */
export interface NewParticles extends Pick<ParticleStack, "count" | "boxSize" | "pixelSize"> {
  /** The CTF of image i. */
  ctf(i: number): CTF;
  /** rlnImageName of each: "000001@particles.mrcs". */
  readonly names: readonly string[];
  /** rlnMicrographName of each. */
  readonly micrographNames?: readonly string[];
  /** Written as angles, origins and rlnMaxValueProbDistribution. */
  readonly poses?: readonly Pose[];
  /** Further columns by name. */
  readonly columns?: Readonly<Record<string, readonly string[]>>;
  /** Groups are named with this and their number. */
  readonly opticsName?: string;
}

/**
 * data_optics, one group for each different voltage, Cs and Q0, and data_particles of new images.
 *
 * @throws {RangeError} if names or poses are not one for each image
 */
export function formatParticles(
  {
    count,
    boxSize,
    pixelSize,
    ctf,
    names,
    micrographNames,
    poses,
    columns,
    opticsName = "opticsGroup",
  }: NewParticles,
): STARFile {
  checkCount("image names", names.length, count);
  checkCount("micrograph names", micrographNames?.length ?? count, count);
  checkCount("poses", poses?.length ?? count, count);
  const ctfs = Array.from({ length: count }, (_, i) => ctf(i));
  const groups = new Map<string, OpticsGroup>();
  const groupOf = ctfs.map(({ voltage, sphericalAberration, amplitudeContrast }) => {
    const key = `${voltage} ${sphericalAberration} ${amplitudeContrast}`;
    const number = groups.get(key)?.number ?? groups.size + 1;
    groups.set(key, {
      number,
      name: `${opticsName}${number}`,
      voltage,
      sphericalAberration,
      amplitudeContrast,
      pixelSize,
      boxSize,
    });
    return number;
  });
  const particles = blockOfColumns("particles", {
    rlnImageName: names,
    ...micrographNames && { rlnMicrographName: micrographNames },
    rlnOpticsGroup: groupOf.map(String),
    ...ctfColumns(ctfs),
    ...poses && poseColumns(poses, pixelSize),
    ...columns,
  });
  return {
    name: "particles.star",
    blocks: [opticsBlock([...groups.values()], boxSize), particles],
  };
}

/** A particle table and N of its images. */
type SizedTable =
  & Pick<
    ParticleTable,
    "star" | "particles" | "optics" | "groups" | "groupOf" | "count" | "pixelSize" | "ctf"
  >
  & Pick<ParticleStack, "boxSize">;

/** What RELION wants to know of every group. */
const WANTED = [
  "rlnOpticsGroupName",
  "rlnVoltage",
  "rlnSphericalAberration",
  "rlnAmplitudeContrast",
  "rlnImagePixelSize",
  "rlnImageSize",
  "rlnImageDimensionality",
];

/** data_optics with every column RELION wants; groups no image refers to get those of the first in use. */
function completeOptics(
  { optics, groups, boxSize }: Pick<SizedTable, "optics" | "groups" | "boxSize">,
): STARBlock {
  const made = opticsBlock(groups, boxSize);
  if (optics === undefined) return made;
  const place = new Map(groups.map(({ number }, i) => [number, i]));
  const rows = Array.from(optics.numbers("rlnOpticsGroup"), (number) => place.get(number) ?? 0);
  const added = WANTED.filter((column) => !optics.has(column))
    .map((column) => [column, rows.map((row) => made.value(row, column))] as const);
  return {
    ...withColumns(optics, { set: Object.fromEntries(added) }),
    name: "optics",
    kind: "loop",
  };
}

/** Origins in A, where the table has them in pixels. */
function originColumns(particles: STARBlock, pixelSize: number): Record<string, string[]> {
  return Object.fromEntries(
    ["X", "Y"].filter((axis) =>
      particles.has(`rlnOrigin${axis}`) && !particles.has(`rlnOrigin${axis}Angst`)
    ).map((axis) => [
      `rlnOrigin${axis}Angst`,
      Array.from(particles.numbers(`rlnOrigin${axis}`), (x) => decimal(x * pixelSize)),
    ]),
  );
}

/**
 * A particle table in the form of RELION 3.1 and later: a table of RELION <= 3.0 gets data_optics, and
 * origins in A instead of pixels; what RELION wants to know of a group is added where it is missing. All
 * other columns and blocks are kept as they were; the particles' is named data_particles.
 *
 * @param poses if they are to change: angles, origins (A) and rlnMaxValueProbDistribution, and of poses with
 * a scale rlnCtfScalefactor, the table's times that
 * @param imageNames rlnImageName of each, if they are to change
 * @throws {RangeError} if poses or names are not one for each image
 */
export function asRelion31(
  table: SizedTable,
  { poses, imageNames }: { poses?: readonly Pose[]; imageNames?: readonly string[] } = {},
): STARFile {
  const { star, particles, optics, groups, groupOf, count, pixelSize } = table;
  checkCount("poses", poses?.length ?? count, count);
  checkCount("image names", imageNames?.length ?? count, count);
  const scaled = poses?.some(({ scale }) => scale !== undefined);
  const block = withColumns(particles, {
    set: {
      ...scaled && {
        rlnCtfScalefactor: poses!.map(({ scale = 1 }, i) => decimal(scale * table.ctf(i).scale)),
      },
      ...poses ? poseColumns(poses, pixelSize) : originColumns(particles, pixelSize),
      ...imageNames && { rlnImageName: imageNames },
      ...!optics && {
        rlnOpticsGroup: Array.from(groupOf, (group) => String(groups[group].number)),
      },
    },
    drop: ["rlnOriginX", "rlnOriginY"],
  });
  const first = completeOptics(table);
  const blocks = star.blocks.map((old) =>
    old === particles ? { ...block, name: "particles" } : old === optics ? first : old
  );
  return { name: star.name, blocks: optics ? blocks : [first, ...blocks] };
}

/** The table of a particle set with new poses, in the form of RELION 3.1 and later; see asRelion31(). */
export function withPoses(
  table: SizedTable,
  poses: readonly Pose[],
  options: { imageNames?: readonly string[] } = {},
): STARFile {
  return asRelion31(table, { ...options, poses });
}
