import { backends, createBackend } from "../backend.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { readVolume } from "../formats/mrc.ts";
import { writeVolume } from "../formats/mrc_write.ts";
import { openParticles, type ParticleFile, withPoses } from "../formats/particle_star.ts";
import { writeSTAR } from "../formats/star_write.ts";
import { type March, march } from "../march.ts";
import { optimizers } from "../optimizers/registry.ts";
import { parsePrior, priors } from "../priors/registry.ts";
import { robustRecipe } from "../recipe.ts";
import { parseSchedule, schedules } from "../schedule.ts";
import type { TraceRecord } from "../trace.ts";
import { VERSION } from "../version.ts";
import { defineCommand, flagOf } from "./command.ts";
import { INTERRUPTED, watchInterrupt } from "./interrupt.ts";
import type { IO } from "./io.ts";
import { choice, flag, integer, number, text } from "./option.ts";
import { openOutputDirectory, type OutputDirectory } from "./output_directory.ts";
import { requireRead } from "./permission.ts";
import { describePlan, describeStage } from "./plan_text.ts";
import { createProgress } from "./progress.ts";
import {
  forgetCheckpoint,
  openTrace,
  readCheckpoint,
  writeCheckpoint,
  writeJSON,
} from "./run_directory.ts";

/** Options that ask for a method other than the recipe's. */
const METHOD = ["optimizer", "learningRate", "momentum"] as const;

const SCHEDULE = `a number or one of ${Object.keys(schedules).join(", ")} with its numbers`;

/** Keeps only what was given, so that the defaults stay where they are defined. */
function given<T extends Record<string, unknown>>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/** Runs the loop, writing the trace and a checkpoint now and then; returns the last records. */
async function follow(
  run: March,
  out: OutputDirectory,
  { every, interrupted, io }: {
    every: number;
    interrupted: () => Promise<boolean>;
    io: IO;
  },
): Promise<{ last?: TraceRecord; test?: number; stopped: boolean }> {
  using trace = openTrace(out, run.iteration);
  // stages differ in cost a hundredfold: progress is counted in floating-point operations
  const flop = (stage: number) => run.plans.slice(0, stage).reduce((sum, p) => sum + p.flop, 0);
  const done = () => {
    const { flop: whole, iterations } = run.plan;
    const before = run.plans.slice(0, run.stage).reduce((sum, p) => sum + p.iterations, 0);
    return Math.round((flop(run.stage) + whole * (run.iteration - before) / iterations) / 1e9);
  };
  const progress = createProgress({
    label: "Reconstructing",
    total: Math.round(flop(run.plans.length) / 1e9),
    unit: "Gflop",
    start: done(),
    io,
  });
  let last: TraceRecord | undefined, test: number | undefined, saved = io.now(), stopped = false;
  const words = () =>
    `iteration ${run.iteration} of ${run.iterations}, ${run.plan.resolution.toFixed(0)} A` +
    (test === undefined ? "" : `, held-out NLL ${test.toFixed(3)}`);
  for await (const record of run) {
    trace.write(record);
    last = record;
    test = record.test ?? test;
    progress.update(done(), words());
    if (await interrupted()) {
      stopped = run.iteration < run.iterations;
      break;
    }
    if (io.now() - saved > 1000 * every) {
      writeCheckpoint(out, run.checkpoint());
      saved = io.now();
    }
  }
  progress.done(words());
  return { last, test, stopped };
}

/** `reconstruct`: the main job. */
export const reconstruct = defineCommand({
  description:
    "Find the density behind particle images of unknown orientation, from a random start. " +
    "Writes map.mrc, poses.star (the best pose of each image and its posterior weight), trace.jsonl, " +
    "run.json and checkpoint to a folder. Ctrl-C saves; --resume goes on to the same bits. " +
    "The hand of the map is not determined by the images.",
  arguments: {
    particles: text({
      value: "PARTICLES",
      summary: "particles, .star of any RELION version; poses in it are ignored",
      required: true,
    }),
  },
  options: {
    out: text({ value: "DIR", summary: "folder to write to", required: true }),
    dataDir: text({ value: "DIR", summary: "where image names are looked up first" }),
    maxResolution: number({
      value: "A",
      summary:
        "finest detail that counts, A; unless given, 16 Fourier pixels (robust) or 40 A (paper)",
      above: 0,
    }),
    maxFrequency: number({
      value: "F",
      summary: "the same as a fraction of Nyquist",
      above: 0,
      max: 1,
    }),
    epochs: number({
      value: "E",
      summary:
        "passes over the images; unless given, 12,000 image gradients (robust) or 10 (paper)",
      above: 0,
    }),
    batchSize: integer({ value: "B", summary: "images a minibatch; 100 unless given", min: 1 }),
    heldOut: integer({ value: "H", summary: "images kept to measure with", min: 1, default: 100 }),
    setting: choice(["robust", "paper"], {
      value: "NAME",
      summary:
        "robust: preconditioned steps in a soft mask, a tempered start, resolution marching to " +
        "the finest in stages; paper: one band from start to end, no mask; robust unless --optimizer, " +
        "--learning-rate or --momentum is given",
    }),
    optimizer: choice(Object.keys(optimizers), {
      value: "NAME",
      summary: "the method of the paper setting, momentum unless given",
    }),
    learningRate: text({
      value: "SCHEDULE",
      summary: `in units of 1/L: ${SCHEDULE}, as in annealing:1,0.01,0.75`,
    }),
    momentum: text({ value: "SCHEDULE", summary: "the method's momentum, as in rising:0.9" }),
    prior: text({
      value: "PRIOR",
      summary: `one of ${Object.keys(priors).join(", ")}, as in sparse:1e-4,1e-4`,
      default: "sparse",
    }),
    init: text({ value: "FILE", summary: "spheres, or a map to start from", default: "spheres" }),
    workBox: text({
      value: "M",
      summary: "edge of the grid the density lives on, px, or auto",
      default: "auto",
    }),
    shiftExtent: number({
      value: "PX",
      summary: "how far particles may lie off centre, px",
      min: 0,
      default: 0,
    }),
    shiftSigma: number({
      value: "PX",
      summary: "standard deviation of their offset along x and along y, px; flat unless given",
      above: 0,
    }),
    seed: integer({ value: "N", summary: "seed of everything random", min: 0, default: 0 }),
    backend: choice(["auto", ...Object.keys(backends)], {
      value: "NAME",
      summary: "where the sums are done",
      default: "auto",
    }),
    threads: integer({ value: "N", summary: "threads; all cores unless given", min: 1 }),
    checkpointEvery: number({
      value: "S",
      summary: "seconds between checkpoints",
      above: 0,
      default: 30,
    }),
    resume: flag("go on from the checkpoint in the folder"),
    overwrite: flag("write to a folder that is not empty"),
    json: flag("print the outcome as JSON"),
  },
  config: true,
  examples: [
    { does: "a first map, without tuning", line: "particles.star --out run" },
    {
      does: "the paper's way: SGD within 10 % of Nyquist",
      line: "particles.star --out run --max-frequency 0.1 --optimizer sgd",
    },
  ],

  check(values) {
    const { maxResolution, maxFrequency, workBox, learningRate, momentum, prior } = values;
    const { resume, overwrite, setting } = values;
    for (const name of METHOD) {
      if (setting === "robust" && values[name] !== undefined) {
        throw new RangeError(
          `Cannot use ${flagOf(name)} with --setting robust: wanted --setting paper`,
        );
      }
    }
    if (maxResolution !== undefined && maxFrequency !== undefined) {
      throw new RangeError(
        "Cannot run with both --max-resolution and --max-frequency: wanted one of them",
      );
    }
    if (resume && overwrite) {
      throw new RangeError("Cannot run with both --resume and --overwrite: wanted one of them");
    }
    if (workBox !== "auto" && Number.isNaN(Number(workBox))) {
      throw new RangeError(`Cannot use --work-box ${workBox}: wanted auto or a number`);
    }
    for (const schedule of [learningRate, momentum]) {
      if (schedule !== undefined) parseSchedule(schedule);
    }
    parsePrior(prior);
  },

  async run({ particles: path, out: outPath, dataDir, resume, overwrite, json, ...values }, io) {
    await requireRead(path);
    const workBox = values.workBox === "auto" ? undefined : Number(values.workBox);
    using particles: ParticleFile = await openParticles(path, { dataDirectory: dataDir });
    const initial = values.init === "spheres" ? "spheres" : await readVolume(values.init);
    const out = await openOutputDirectory(outPath, { overwrite, resume });
    const checkpoint: Checkpoint | undefined = resume ? await readCheckpoint(out) : undefined;
    if (!resume) await forgetCheckpoint(out);
    await using backend = await createBackend(
      values.backend as "auto",
      given({ threads: values.threads }),
    );

    using interrupt = watchInterrupt(io);
    const loading = createProgress({
      label: "Loading",
      total: particles.count,
      unit: "images",
      io,
    });
    const setting = values.setting ??
      (METHOD.some((name) => values[name] !== undefined) ? "paper" : "robust");
    const finest = values.maxFrequency === undefined
      ? values.maxResolution
      : 2 * particles.pixelSize / values.maxFrequency;
    const trained = particles.count - values.heldOut;
    const recipe = setting === "robust"
      ? robustRecipe(particles, {
        heldOut: values.heldOut,
        ...given({
          finest,
          batchSize: values.batchSize,
          gradients: values.epochs && values.epochs * trained,
        }),
      })
      : {
        stages: [given({ maxResolution: finest, epochs: values.epochs })],
        heldOut: values.heldOut,
        hyperparameters: given({
          learningRate: values.learningRate,
          momentum: values.momentum,
        }) as Record<string, string>,
        ...given({ optimizer: values.optimizer, batchSize: values.batchSize }),
      };
    const estimates: number[] = [];
    await using run = await march(particles, {
      backend,
      initial,
      resume: checkpoint,
      prior: values.prior,
      shiftExtent: values.shiftExtent,
      seed: values.seed,
      ...recipe,
      ...given({ shiftSigma: values.shiftSigma, workBox }),
      planned(plan, secondsPerEpoch) {
        const stage = (checkpoint?.stage ?? 0) + estimates.length;
        estimates.push(secondsPerEpoch);
        if (estimates.length > 1) {
          io.report(describeStage(plan, secondsPerEpoch, stage));
          return;
        }
        const lines = describePlan(plan, secondsPerEpoch, backend.description);
        if (recipe.stages.length > 1) {
          lines.push(`stages       ${recipe.stages.length}, this is ${stage + 1}`);
        }
        for (const line of lines) io.report(line);
      },
      loading(done) {
        // later stages load the same images again, at other frequencies
        if (estimates.length === 1) loading.update(done);
      },
      signal: interrupt.signal,
    });
    loading.done();

    const { last, test, stopped } = await follow(run, out, {
      every: values.checkpointEvery,
      interrupted: () => interrupt.requested(),
      io,
    });
    writeCheckpoint(out, run.checkpoint());
    await writeVolume(out.file("map.mrc"), run.map());
    const outcome = {
      finished: !stopped,
      iterations: run.iteration,
      gradients: last?.gradients ?? checkpoint?.gradients,
      forwards: last?.forwards ?? checkpoint?.forwards,
      seconds: last?.seconds ?? checkpoint?.seconds,
      heldOutNLL: test ?? null,
    };
    writeJSON(out.file("run.json"), {
      version: VERSION,
      particles: path,
      setting,
      stages: run.plans.map((plan) => ({
        ...plan.config,
        epochs: plan.epochs,
        iterations: plan.iterations,
        quadraturePoints: plan.points,
      })),
      machine: {
        system: `${Deno.build.os} ${Deno.build.arch}`,
        cores: navigator.hardwareConcurrency,
        deno: Deno.version.deno,
        v8: Deno.version.v8,
        backend: backend.description,
      },
      outcome,
    });
    if (stopped) {
      io.report(
        `Saved after ${run.iteration} of ${run.iterations} iterations; ` +
          "the same command with --resume goes on from there.",
      );
      return INTERRUPTED;
    }
    const assigning = createProgress({
      label: "Assigning poses to",
      total: particles.count,
      unit: "images",
      io,
    });
    const poses = await run.poses((done) => assigning.update(done));
    assigning.done();
    await writeSTAR(out.file("poses.star"), withPoses(particles, poses));
    io.print(
      json ? JSON.stringify({ map: out.file("map.mrc"), ...outcome }) : [
        `${out.file("map.mrc")}: ${particles.boxSize}^3 voxels of ${particles.pixelSize} A`,
        ...test === undefined ? [] : [`held-out NLL ${test.toFixed(3)} nats per image`],
        `${outcome.gradients} image gradients in ${outcome.seconds?.toFixed(1)} s`,
      ].join("\n"),
    );
  },
});
