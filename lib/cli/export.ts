import { RELION_FILES } from "../baselines/relion.ts";
import { createBackend } from "../backends.ts";
import { readVolume } from "../formats/mrc.ts";
import { defineCommand } from "./command.ts";
import { watchInterrupt } from "./interrupt.ts";
import { flag, integer, number, text } from "./option.ts";
import { openOutputDirectory } from "./output_directory.ts";
import { openParticleSet, particleOptions, PARTICLES } from "./particle_options.ts";
import { createProgress } from "./progress.ts";
import { exportForRelion } from "./relion_files.ts";

/** `export`: the same problem for another program. */
export const exportCommand = defineCommand({
  description:
    "Write the same problem for RELION 3.1: the images, normalized, without those held out to measure " +
    "with, which get a table of their own; the random start that our run of that seed begins with; and " +
    "relion.sh with the command lines for batch EM and for SGD at the same resolution limit, which are " +
    "printed too. RELION works in the folder: it resolves image names from where it is run.",
  arguments: {
    particles: text({
      value: "PARTICLES",
      summary: PARTICLES,
      required: true,
    }),
  },
  options: {
    out: text({ value: "DIR", summary: "folder to write to", required: true }),
    ...particleOptions,
    maxResolution: number({
      value: "A",
      summary: "finest detail that counts, A; 40 unless given",
      above: 0,
    }),
    maxFrequency: number({
      value: "F",
      summary: "the same as a fraction of Nyquist",
      above: 0,
      max: 1,
    }),
    iterations: integer({
      value: "I",
      summary: "passes over the images; SGD takes as many minibatches as cost the same",
      min: 1,
      default: 5,
    }),
    heldOut: integer({ value: "H", summary: "images kept to measure with", min: 1, default: 100 }),
    init: text({ value: "FILE", summary: "spheres, or a map to start from", default: "spheres" }),
    shiftExtent: number({
      value: "PX",
      summary: "how far particles may lie off centre, px",
      min: 0,
      default: 0,
    }),
    mask: number({
      value: "F",
      summary: "radius of RELION's mask, box edges",
      above: 0,
      max: 0.5,
      default: 0.42,
    }),
    seed: integer({ value: "N", summary: "seed of everything random", min: 0, default: 0 }),
    threads: integer({ value: "N", summary: "threads for RELION; all cores unless given", min: 1 }),
    overwrite: flag("write to a folder that is not empty"),
  },
  examples: [
    {
      does: "for RELION beside a run in one band; then sh relion/relion.sh",
      line: "particles.star --max-resolution 50 --seed 1 --out relion",
    },
  ],

  check({ maxResolution, maxFrequency }) {
    if (maxResolution !== undefined && maxFrequency !== undefined) {
      throw new RangeError(
        "Cannot run with both --max-resolution and --max-frequency: wanted one of them",
      );
    }
  },

  async run({ particles: path, out: outPath, overwrite, init, mask, ...options }, io) {
    using particles = await openParticleSet(path, options, io);
    const initial = init === "spheres" ? init : await readVolume(init);
    const out = await openOutputDirectory(outPath, { overwrite });
    await using backend = await createBackend("cpu");
    using interrupt = watchInterrupt(io);
    const total = particles.count;
    const progress = createProgress({ label: "Exporting", total, unit: "images", io });
    const { order, script } = await exportForRelion(particles, out.path, {
      ...options,
      backend,
      initial,
      maskRadius: mask,
      copied: (done) => progress.update(done),
      signal: interrupt.signal,
    });
    progress.done();
    io.report(
      `${out.file(RELION_FILES.particles)}: ${order.train.length} images; ` +
        `${order.heldOut.length} held out in ${RELION_FILES.heldOut}; ` +
        `the start in ${RELION_FILES.start}; to run in ${out.path}:`,
    );
    io.print(script.trimEnd());
  },
});
