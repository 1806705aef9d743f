/**
 * What a particle STAR file says about its images, before any image file is looked at.
 */
import type { CTF } from "../ctf.ts";
import type { Pose } from "../particles.ts";
import { rotationFromEuler } from "../rotation.ts";
import { groupImages, hasPixelSize, type Optics, readGroups } from "./optics.ts";
import type { STARFile } from "./star.ts";
import type { STARBlock } from "./star_block.ts";

/** Particles of RELION <= 3.0 (one table), 3.1, 4 or 5 (data_optics and data_particles). */
export interface ParticleTable extends Optics {
  /** All blocks, as read. */
  readonly star: STARFile;
  /** The block with rlnImageName. */
  readonly particles: STARBlock;
  /** data_optics, or the block that stands for it; none before RELION 3.1. */
  readonly optics: STARBlock | undefined;
  /** K, number of images. */
  readonly count: number;
  /** A, of all images. */
  readonly pixelSize: number;
  /** The CTF of image i. rlnPhaseShift, rlnCtfBfactor, rlnCtfScalefactor are 0, 0, 1 if not given. */
  ctf(i: number): CTF;
  /** Whether all three angles are given. */
  readonly hasPoses: boolean;
  /** Where each particle was seen from, if all three angles are given; made when first asked for. */
  readonly poses: readonly Pose[] | undefined;
}

/**
 * The block with the particles: data_particles, or else the only one with rlnImageName.
 *
 * @throws {SyntaxError} if there is none, or several
 */
export function findParticles({ name, blocks }: STARFile): STARBlock {
  const candidates = blocks.filter((block) => block.has("rlnImageName"));
  const block = candidates.find(({ name }) => name === "particles") ?? candidates[0];
  const titles = (list: readonly STARBlock[]) => list.map(({ name }) => `data_${name}`).join(", ");
  if (block === undefined) {
    throw new SyntaxError(
      `Cannot use ${name}: no rlnImageName in ${titles(blocks)}, wanted a table of particles`,
    );
  }
  if (candidates.length > 1 && block.name !== "particles") {
    throw new SyntaxError(
      `Cannot use ${name}: rlnImageName in ${titles(candidates)}, wanted one table of particles`,
    );
  }
  return block;
}

const OPTICS = ["rlnVoltage", "rlnSphericalAberration", "rlnAmplitudeContrast"];
const DEFOCUS = ["rlnDefocusU", "rlnDefocusV", "rlnDefocusAngle"];

/** Throws one error that names every column that is missing. */
function checkColumns(name: string, particles: STARBlock, optics: STARBlock | undefined): void {
  const missing = (block: STARBlock, columns: readonly string[], other?: STARBlock): string[] => {
    const absent = columns.filter((column) => !block.has(column) && !other?.has(column));
    return absent.length ? [`no ${absent.join(", ")} in data_${block.name}`] : [];
  };
  const sized = hasPixelSize(particles) || (optics !== undefined && hasPixelSize(optics));
  const found = optics
    ? [
      ...missing(optics, ["rlnOpticsGroup"]),
      ...missing(optics, sized ? OPTICS : [...OPTICS, "rlnImagePixelSize"], particles),
      ...missing(particles, ["rlnOpticsGroup", ...DEFOCUS]),
    ]
    : missing(particles, [
      ...OPTICS,
      ...DEFOCUS,
      ...sized ? [] : ["rlnDetectorPixelSize", "rlnMagnification"],
    ]);
  if (found.length) {
    throw new SyntaxError(
      `Cannot use ${name}: ${found.join(" and ")}, wanted the CTF and pixel size of every image`,
    );
  }
}

/** data_optics, or a block without that name that says what optics groups are. */
function findOptics({ blocks }: STARFile, particles: STARBlock): STARBlock | undefined {
  return blocks.find(({ name }) => name === "optics") ??
    blocks.find((block) =>
      block !== particles && block.has("rlnOpticsGroup") && block.has("rlnVoltage") &&
      particles.has("rlnOpticsGroup")
    );
}

/** Columns that are read as numbers where they are there. */
const NUMBERS = [
  ...OPTICS,
  ...DEFOCUS,
  ...["rlnOpticsGroup", "rlnImagePixelSize", "rlnPixelSize", "rlnDetectorPixelSize"],
  ...["rlnMagnification", "rlnPhaseShift", "rlnCtfBfactor", "rlnCtfScalefactor", "rlnAngleRot"],
  ...["rlnAngleTilt", "rlnAnglePsi", "rlnOriginX", "rlnOriginY", "rlnOriginXAngst"],
  ...["rlnOriginYAngst", "rlnMaxValueProbDistribution"],
];

/** The block with these columns read already, all of them row by row. */
function withNumbers(block: STARBlock): STARBlock {
  const columns = NUMBERS.filter((column) => block.has(column)), read = block.numbersOf(columns);
  const known = new Map(columns.map((column, i) => [column, read[i]]));
  return { ...block, numbers: (column) => known.get(column) ?? block.numbers(column) };
}

/**
 * Poses as a function of the image, if rlnAngleRot, rlnAngleTilt and rlnAnglePsi are there. The shift is
 * minus rlnOriginX/YAngst (A, over the pixel size), or minus rlnOriginX/Y (px), or 0.
 */
function readPoses(
  particles: STARBlock,
  pixelSize: number,
): ((i: number) => Pose) | undefined {
  const angles = ["rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi"];
  if (!angles.every((column) => particles.has(column))) return undefined;
  const [rot, tilt, psi] = angles.map((column) => particles.numbers(column));
  const origin = (axis: "X" | "Y"): Float64Array => {
    const angstrom = `rlnOrigin${axis}Angst`, pixels = `rlnOrigin${axis}`;
    if (particles.has(angstrom)) return particles.numbers(angstrom).map((a) => a / pixelSize);
    return particles.has(pixels) ? particles.numbers(pixels) : new Float64Array(rot.length);
  };
  const x = origin("X"), y = origin("Y");
  const probability = particles.has("rlnMaxValueProbDistribution")
    ? particles.numbers("rlnMaxValueProbDistribution")
    : new Float64Array(rot.length).fill(1);
  return (i) => ({
    rotation: rotationFromEuler({ rot: rot[i], tilt: tilt[i], psi: psi[i] }),
    // 0 - x, because -x would make a shift of -0 of an origin of 0.
    shift: [0 - x[i], 0 - y[i]],
    probability: probability[i],
  });
}

/**
 * Interprets a STAR file as particles.
 *
 * @throws {SyntaxError} if there is no table of particles, columns are missing (all are named), or a value
 * is no number; {RangeError} for values that cannot be used, as in optics.ts, or no particles at all
 */
export function readParticleTable(star: STARFile): ParticleTable {
  const block = findParticles(star), optics = findOptics(star, block);
  checkColumns(star.name, block, optics);
  const count = block.rowCount;
  if (count === 0) {
    throw new RangeError(`Cannot use ${star.name}: 0 particles in data_${block.name}, wanted some`);
  }
  const particles = withNumbers(block);
  const { groups, groupOf } = optics
    ? readGroups(star.name, optics, particles)
    : groupImages(star.name, particles);
  const pixelSize = groups[0].pixelSize;
  const [u, v, angle] = DEFOCUS.map((column) => particles.numbers(column));
  const optional = (column: string, otherwise: number) =>
    particles.has(column) ? particles.numbers(column) : new Float64Array(count).fill(otherwise);
  const phaseShift = optional("rlnPhaseShift", 0);
  const bFactor = optional("rlnCtfBfactor", 0);
  const scale = optional("rlnCtfScalefactor", 1);
  const pose = readPoses(particles, pixelSize);
  let poses: readonly Pose[] | undefined;
  return {
    star,
    particles: block,
    optics,
    groups,
    groupOf,
    count,
    pixelSize,
    ctf(i) {
      const { voltage, sphericalAberration, amplitudeContrast } = groups[groupOf[i]];
      return {
        defocusU: u[i],
        defocusV: v[i],
        defocusAngle: angle[i],
        voltage,
        sphericalAberration,
        amplitudeContrast,
        phaseShift: phaseShift[i],
        bFactor: bFactor[i],
        scale: scale[i],
      };
    },
    hasPoses: pose !== undefined,
    get poses() {
      return poses ??= pose && Array.from({ length: count }, (_, i) => pose(i));
    },
  };
}
