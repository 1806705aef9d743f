/**
 * What a cryoSPARC particle table says about its images, before any image file is looked at.
 */
import type { CTF } from "../ctf.ts";
import type { Pose } from "../particles.ts";
import { rotationFromVector } from "../rotation.ts";
import type { ImageNames } from "./image_files.ts";
import { checkGroups, type Optics, type OpticsGroup } from "./optics.ts";
import type { NpyTable } from "./npy.ts";

/** Particles of a .cs. */
export interface CSParticles extends Optics {
  /** All columns, as read and joined. */
  readonly table: NpyTable;
  /** K, number of images. */
  readonly count: number;
  /** A, of all images. */
  readonly pixelSize: number;
  /** The images' files and places in them. */
  readonly images: ImageNames;
  /** Of each image as rlnImageName; made when first asked for. */
  readonly names: readonly string[];
  /** 1 for each image whose stored sign is to be changed (blob/sign -1), [K]. */
  readonly negative: Uint8Array;
  /** The CTF of image i. Phase shift, B factor and scale are 0, 0, 1 if not given. */
  ctf(i: number): CTF;
  /** Whether alignments3D/pose is given. */
  readonly hasPoses: boolean;
  /** Where each particle was seen from, if it is given; made when first asked for. */
  readonly poses: readonly Pose[] | undefined;
}

const BLOB = ["blob/path", "blob/idx", "blob/shape", "blob/psize_A"];
const OPTICS = ["ctf/accel_kv", "ctf/cs_mm", "ctf/amp_contrast"];
const DEFOCUS = ["ctf/df1_A", "ctf/df2_A", "ctf/df_angle_rad"];
const DEGREE = Math.PI / 180;

/** The shortest decimal that is this float32: 2.7 for 2.700000047683716. */
export function shortest(x: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return short;
  }
  return x;
}

/** A column of finite numbers, [K, elements]. */
function finite(table: NpyTable, column: string, elements = 1): Float64Array {
  const values = table.numbers(column);
  if (values.length !== table.count * elements) {
    throw new SyntaxError(
      `Cannot use ${table.name}: ${values.length / table.count} numbers a row in ${column}, ` +
        `wanted ${elements}`,
    );
  }
  let bad = 0;
  while (bad < values.length && Number.isFinite(values[bad])) bad++;
  if (bad === values.length) return values;
  throw new RangeError(
    `Cannot use ${table.name}: row ${Math.floor(bad / elements) + 1} has ${column} ${
      values[bad]
    }, ` +
      `wanted a finite number`,
  );
}

/** blob/path, without the ">" in front of paths that are links to imported files, and blob/idx from 0. */
function readImages(table: NpyTable): ImageNames {
  const { values, of } = table.texts("blob/path"), index = finite(table, "blob/idx");
  const paths = values.map((path) => path.replace(/^>/, "")), files = [...new Set(paths)];
  const control = files.find((path) => /\p{Cc}/u.test(path));
  if (control !== undefined) {
    throw new RangeError(
      `Cannot use ${table.name}: blob/path ${
        JSON.stringify(control)
      }, wanted no control characters`,
    );
  }
  const place = new Map(files.map((path, i) => [path, i]));
  const fileAt = paths.map((path) => place.get(path)!), fileOf = of.map((i) => fileAt[i]);
  for (let i = 0; i < table.count; i++) {
    if (
      files[fileOf[i]] !== "" && Number.isInteger(index[i]) && index[i] >= 0 && index[i] < 2 ** 31
    ) {
      continue;
    }
    throw new RangeError(
      `Cannot use ${table.name}: row ${i + 1} has blob/path "${files[fileOf[i]]}" and blob/idx ` +
        `${index[i]}, wanted a file and a number from 0`,
    );
  }
  let names: string[] | undefined;
  return {
    files,
    fileOf,
    sectionOf: Uint32Array.from(index, (i) => i + 1),
    get names() {
      return names ??= Array.from(
        index,
        (index, i) => `${String(index + 1).padStart(6, "0")}@${files[fileOf[i]]}`,
      );
    },
  };
}

/** Groups: one for each different exposure group, voltage, Cs, Q0, pixel size and box. */
function readOptics(table: NpyTable): Optics {
  const [voltage, sphericalAberration, amplitudeContrast] = OPTICS.map((name) =>
    finite(table, name)
  );
  const pixelSize = finite(table, "blob/psize_A"), shape = finite(table, "blob/shape", 2);
  const exposure = table.has("ctf/exp_group_id")
    ? finite(table, "ctf/exp_group_id")
    : new Float64Array(table.count);
  const place = new Map<string, number>(), groups: OpticsGroup[] = [];
  const columns = [exposure, voltage, sphericalAberration, amplitudeContrast, pixelSize];
  const isLikeLast = (i: number) =>
    i > 0 && columns.every((values) => values[i] === values[i - 1]) &&
    shape[2 * i] === shape[2 * i - 2] && shape[2 * i + 1] === shape[2 * i - 1];
  let at = 0;
  const groupOf = Uint32Array.from(voltage, (kV, i) => {
    if (isLikeLast(i)) return at;
    const rows = shape[2 * i], width = shape[2 * i + 1];
    const key = [...columns.map((values) => values[i]), rows, width].join(" ");
    const known = place.get(key);
    if (known !== undefined) return at = known;
    if (rows !== width) {
      throw new RangeError(
        `Cannot use ${table.name}: row ${i + 1} has blob/shape ${rows} x ${width}, ` +
          `wanted square images`,
      );
    }
    at = groups.length;
    place.set(key, at);
    groups.push({
      number: at + 1,
      name: `exposureGroup${exposure[i]}`,
      voltage: shortest(kV),
      sphericalAberration: shortest(sphericalAberration[i]),
      amplitudeContrast: shortest(amplitudeContrast[i]),
      pixelSize: shortest(pixelSize[i]),
      boxSize: rows,
    });
    return at;
  });
  checkGroups(table.name, groups, {
    voltage: "ctf/accel_kv",
    amplitudeContrast: "ctf/amp_contrast",
  });
  return { groups, groupOf };
}

/**
 * Poses as a function of the image: R = exp([alignments3D/pose]x), the transpose of RELION's A; the shift is
 * minus alignments3D/shift, from pixels of alignments3D/psize_A to those of the images.
 */
function readPoses(table: NpyTable, pixelSize: number): ((i: number) => Pose) | undefined {
  if (!table.has("alignments3D/pose")) return undefined;
  const pose = finite(table, "alignments3D/pose", 3);
  const shift = table.has("alignments3D/shift")
    ? finite(table, "alignments3D/shift", 2)
    : new Float64Array(2 * table.count);
  const theirs = table.has("alignments3D/psize_A") ? finite(table, "alignments3D/psize_A") : null;
  return (i) => {
    const scale = theirs === null ? 1 : theirs[i] / pixelSize;
    return {
      rotation: rotationFromVector(pose[3 * i], pose[3 * i + 1], pose[3 * i + 2]),
      // 0 - x, because -x would make a shift of -0 of one of 0.
      shift: [0 - shift[2 * i] * scale, 0 - shift[2 * i + 1] * scale],
      probability: 1,
    };
  };
}

/**
 * Interprets a .cs as particles: blob/* are the images (blob/sign -1: their sign is to be changed), ctf/*
 * their CTF (A, kV, mm, radians; positive is underfocus), alignments3D/* their poses.
 *
 * @throws {SyntaxError} if columns are missing (all are named) or hold something else; {RangeError} for
 * values that cannot be used, or no particles at all
 */
export function readCSParticles(table: NpyTable): CSParticles {
  const { name, count } = table;
  const missing = [...BLOB, ...OPTICS, ...DEFOCUS].filter((column) => !table.has(column));
  if (missing.length) {
    throw new SyntaxError(
      `Cannot use ${name}: no ${missing.join(", ")}, wanted the images and CTF of particles ` +
        `(--passthrough FILE adds the columns of another .cs)`,
    );
  }
  if (count === 0) throw new RangeError(`Cannot use ${name}: 0 particles, wanted some`);
  const images = readImages(table), { groups, groupOf } = readOptics(table);
  const pixelSize = groups[0].pixelSize;
  const [u, v, angle] = DEFOCUS.map((column) => finite(table, column));
  const optional = (column: string, otherwise: number) =>
    table.has(column) ? finite(table, column) : new Float64Array(count).fill(otherwise);
  const phaseShift = optional("ctf/phase_shift_rad", 0);
  const bFactor = optional("ctf/bfactor", 0);
  const scale = optional("ctf/scale", 1);
  const sign = optional("blob/sign", 1);
  const odd = sign.findIndex((value) => Math.abs(value) !== 1);
  if (odd >= 0) {
    throw new RangeError(
      `Cannot use ${name}: row ${odd + 1} has blob/sign ${sign[odd]}, wanted 1 or -1`,
    );
  }
  const pose = readPoses(table, pixelSize);
  let poses: readonly Pose[] | undefined;
  return {
    table,
    count,
    pixelSize,
    images,
    get names() {
      return images.names;
    },
    groups,
    groupOf,
    negative: Uint8Array.from(sign, (value) => value < 0 ? 1 : 0),
    ctf(i) {
      const { voltage, sphericalAberration, amplitudeContrast } = groups[groupOf[i]];
      return {
        defocusU: u[i],
        defocusV: v[i],
        defocusAngle: angle[i] / DEGREE,
        voltage,
        sphericalAberration,
        amplitudeContrast,
        phaseShift: phaseShift[i] / DEGREE,
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
