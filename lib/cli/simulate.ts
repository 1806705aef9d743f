import { potentialOfAtoms } from "../atoms/potential.ts";
import { readCIF } from "../formats/cif.ts";
import { readVolume } from "../formats/mrc.ts";
import { createStackWriter, writeVolume } from "../formats/mrc_write.ts";
import { formatParticles } from "../formats/particle_star.ts";
import { readPDB } from "../formats/pdb.ts";
import { writeSTAR } from "../formats/star_write.ts";
import { createPhantom, type PhantomName, phantoms } from "../phantom.ts";
import { regrid } from "../regrid.ts";
import { simulate as createSimulation, type Simulation } from "../simulate.ts";
import type { Volume } from "../volume.ts";
import { defineCommand } from "./command.ts";
import type { IO } from "./io.ts";
import { INTERRUPTED, watchInterrupt } from "./interrupt.ts";
import { choice, flag, integer, number, text } from "./option.ts";
import { openOutputDirectory, type OutputDirectory } from "./output_directory.ts";
import { requireRead } from "./permission.ts";
import { createProgress } from "./progress.ts";

/** Images made between two looks at the clock and at Ctrl-C. */
const CHUNK = 16;

/** Where the density comes from. */
interface Source {
  readonly map?: string;
  readonly phantom?: PhantomName;
  readonly pdb?: string;
  readonly cif?: string;
  readonly model?: number;
  readonly resolution?: number;
  readonly box?: number;
  readonly pixelSize?: number;
}

/** The potential of an atomic model. */
async function readAtoms(
  { pdb, cif, model, resolution, box, pixelSize }: Source,
  io: IO,
): Promise<Volume> {
  const path = pdb ?? cif!;
  await requireRead(path);
  const atoms = await (pdb === undefined ? readCIF : readPDB)(path, { model });
  if (atoms.waters > 0) io.report(`Note: water is left out, ${atoms.waters} of the atoms.`);
  if (atoms.model.isTrace) {
    io.report(
      `Note: ${path} holds alpha carbons only: each of the ${atoms.model.count} stands for the ` +
        "average residue, a cloud of 1.5 A.",
    );
  }
  return potentialOfAtoms(atoms.model, { boxSize: box!, pixelSize: pixelSize!, resolution });
}

/** The density on the grid of the images. */
async function readSource(source: Source, io: IO): Promise<Volume> {
  const { map, phantom, box, pixelSize } = source;
  if (source.pdb !== undefined || source.cif !== undefined) return await readAtoms(source, io);
  if (map === undefined) {
    return createPhantom(phantom!, { boxSize: box!, pixelSize: pixelSize! });
  }
  await requireRead(map);
  const volume = await readVolume(map);
  const wanted = { boxSize: box ?? volume.boxSize, pixelSize: pixelSize ?? volume.pixelSize };
  if (wanted.boxSize === volume.boxSize && wanted.pixelSize === volume.pixelSize) return volume;
  const [had, has] = [volume, wanted].map((grid) => grid.boxSize * grid.pixelSize);
  if (has < had) {
    io.report(`Note: of the ${had} A of ${map}, the ${has} A about the centre are kept.`);
  }
  return regrid(volume, wanted);
}

/** The two tables: particles without poses, and with the true ones. */
async function writeTables(
  out: OutputDirectory,
  { truth: { boxSize, pixelSize }, particle }: Simulation,
  count: number,
): Promise<void> {
  const particles = {
    count,
    boxSize,
    pixelSize,
    ctf: (i: number) => ({ ...particle(i).ctf, scale: 1 }),
    names: Array.from(
      { length: count },
      (_, i) => `${String(i + 1).padStart(6, "0")}@particles.mrcs`,
    ),
  };
  const views = Array.from({ length: count }, (_, i) => particle(i));
  const truth = formatParticles({
    ...particles,
    ctf: (i: number) => views[i].ctf,
    poses: views.map(({ pose }) => pose),
    columns: { vitreousKind: views.map(({ kind }) => kind) },
  });
  await writeSTAR(out.file("truth.star"), truth);
  await writeSTAR(out.file("particles.star"), formatParticles(particles));
}

/** `simulate`: a data set of a known density. */
export const simulate = defineCommand({
  description:
    "Make particle images of a known density, at random orientations under random CTFs, " +
    "with noise of standard deviation 1. Writes particles.mrcs, particles.star (no poses), " +
    "truth.star (poses, amplitudes, what each image shows) and truth.mrc (the density on the scale of the images) to a folder. " +
    "The same seed makes the same images; more images begin with the same ones.",
  arguments: {},
  options: {
    map: text({ value: "FILE", summary: "density to take images of, .mrc" }),
    phantom: choice(Object.keys(phantoms) as PhantomName[], {
      value: "NAME",
      summary: "hand-made density to take images of",
    }),
    pdb: text({ value: "FILE", summary: "atomic model to take images of, .pdb, .pdb.gz" }),
    cif: text({ value: "FILE", summary: "the same as mmCIF, .cif, .cif.gz" }),
    model: integer({
      value: "N",
      summary: "number of the model in the file; the first unless given",
      min: 0,
    }),
    resolution: number({
      value: "A",
      summary: "finest detail of an atomic model's density, A; the pixels' own unless given",
      above: 0,
    }),
    box: integer({
      value: "PX",
      summary: "edge of an image, px, even; with --map: its own unless given",
      even: true,
      min: 8,
      max: 512,
    }),
    pixelSize: number({
      value: "A",
      summary: "edge of a pixel, A; with --map: its own unless given",
      above: 0,
    }),
    count: integer({ value: "K", summary: "number of images", min: 1, required: true }),
    snr: number({
      value: "RATIO",
      summary: "variance of the images without noise, CTF applied, over that of the noise",
      above: 0,
      required: true,
    }),
    shiftSigma: number({
      value: "PX",
      summary: "standard deviation of the particles' shift along x and along y, px",
      min: 0,
      default: 0,
    }),
    noiseDecay: number({
      value: "FACTOR",
      summary: "power of the noise at low frequencies over that at Nyquist; 1 is white",
      min: 1,
      default: 1,
    }),
    junk: number({
      value: "SHARE",
      summary: "share of the images that show nothing, ice, or another particle",
      min: 0,
      max: 1,
      default: 0,
    }),
    amplitudeSpread: number({
      value: "DEV",
      summary: "standard deviation of the log of the images' amplitudes",
      min: 0,
      default: 0,
    }),
    voltage: number({ value: "KV", summary: "acceleration voltage, kV", above: 0, default: 300 }),
    cs: number({ value: "MM", summary: "spherical aberration, mm", min: 0, default: 2.7 }),
    amplitudeContrast: number({
      value: "Q0",
      summary: "amplitude contrast, fraction",
      min: 0,
      max: 1,
      default: 0.1,
    }),
    defocusMin: number({
      value: "A",
      summary: "least defocus, A, positive is underfocus",
      default: 12000,
    }),
    defocusMax: number({ value: "A", summary: "largest defocus, A", default: 35000 }),
    seed: integer({ value: "N", summary: "seed of everything random", min: 0, default: 0 }),
    out: text({ value: "DIR", summary: "folder to write to", required: true }),
    overwrite: flag("write to a folder that is not empty"),
  },
  config: true,
  examples: [
    {
      does: "10,000 images of a phantom",
      line: "--phantom enzyme --box 64 --pixel-size 4 --count 10000 --snr 0.1 --out set",
    },
    {
      does: "images of an atomic model, its density to 6 A",
      line:
        "--pdb model.pdb --resolution 6 --box 96 --pixel-size 2 --count 5000 --snr 0.05 --out set",
    },
    {
      does: "images of a map, resampled to 3 A/px, up to a few pixels off centre",
      line:
        "--map map.mrc --box 96 --pixel-size 3 --count 5000 --snr 0.05 --shift-sigma 2 --out set",
    },
    {
      does: "coloured noise, and every tenth image junk",
      line:
        "--phantom cylinder --box 64 --pixel-size 4 --count 2000 --snr 0.05 --noise-decay 6 --junk 0.1 --out set",
    },
  ],

  check({ map, phantom, pdb, cif, model, resolution, box, pixelSize, ...values }) {
    const { defocusMin, defocusMax } = values;
    const given = Object.entries({ map, phantom, pdb, cif }).filter(([, value]) =>
      value !== undefined
    )
      .map(([name]) => `--${name}`);
    if (given.length !== 1) {
      const found = given.length === 0
        ? "none of --map, --phantom, --pdb and --cif"
        : given.length === 2
        ? `both of ${given.join(" and ")}`
        : `all of ${given.join(", ")}`;
      throw new RangeError(`Cannot run with ${found}: wanted one source of the density`);
    }
    const source = given[0], isAtoms = pdb !== undefined || cif !== undefined;
    if (source !== "--map" && (box === undefined || pixelSize === undefined)) {
      const missing = box === undefined ? "--box PX" : "--pixel-size A";
      const what = isAtoms ? "an atomic model" : "a phantom";
      throw new RangeError(`Cannot run without ${missing}: ${what} has none of its own`);
    }
    if (!isAtoms && (model !== undefined || resolution !== undefined)) {
      const option = model === undefined ? "--resolution" : "--model";
      throw new RangeError(`Cannot use ${option} with ${source}: wanted --pdb or --cif`);
    }
    if (defocusMax < defocusMin) {
      throw new RangeError(
        `Cannot use --defocus-max ${defocusMax}: wanted --defocus-min ${defocusMin} or more`,
      );
    }
  },

  async run({ out: path, overwrite, count, snr, shiftSigma, cs, seed, junk, ...values }, io) {
    const out = await openOutputDirectory(path, { overwrite });
    io.draw("Preparing the density");
    const map = await readSource(values, io);
    const { boxSize, pixelSize } = map;
    const { voltage, amplitudeContrast, defocusMin, defocusMax } = values;
    const { noiseDecay, amplitudeSpread } = values;
    const other: PhantomName = values.phantom === "enzyme" ? "cylinder" : "enzyme";
    const simulation = createSimulation({
      map,
      count,
      snr,
      shiftSigma,
      noiseDecay,
      amplitudeSpread,
      ...junk > 0 && { junk: { share: junk, other: createPhantom(other, { boxSize, pixelSize }) } },
      seed,
      microscope: { voltage, sphericalAberration: cs, amplitudeContrast, defocusMin, defocusMax },
    });
    using interrupt = watchInterrupt(io);
    using stack = await createStackWriter(out.file("particles.mrcs"), { boxSize, pixelSize });
    const progress = createProgress({ label: "Simulating", total: count, unit: "images", io });
    for (const { images } of simulation.chunks(CHUNK)) {
      await stack.append(images);
      progress.update(stack.count);
      if (await interrupt.requested()) break;
    }
    progress.done();
    await stack.close();
    await writeVolume(out.file("truth.mrc"), simulation.truth);
    await writeTables(out, simulation, stack.count);
    io.print(
      `${out.file("particles.star")}: ${stack.count} images, ${boxSize} x ${boxSize} px of ` +
        `${pixelSize} A, SNR ${snr}`,
    );
    if (stack.count === count) return 0;
    io.report(`Stopped after ${stack.count} of ${count} images; they are a complete set.`);
    return INTERRUPTED;
  },
});
