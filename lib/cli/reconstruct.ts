import { type BackendName, chooseBackend, createBackend } from "../backends.ts";
import type { Checkpoint } from "../checkpoint.ts";
import type { Sign } from "../checks/check.ts";
import { requireDiameter } from "../checks/particles.ts";
import { readVolume } from "../formats/mrc.ts";
import { writeVolume } from "../formats/mrc_write.ts";
import type { ParticleFile } from "../formats/particle_file.ts";
import { march } from "../march.ts";
import { planHalves } from "../halves.ts";
import { mirror } from "../mirror.ts";
import { VERSION } from "../version.ts";
import { defineCommand } from "./command.ts";
import { examineParticles, findingLines } from "./examine.ts";
import { follow } from "./follow.ts";
import { describeAgreement, describeHalves, reconstructHalves } from "./halves.ts";
import { INTERRUPTED, watchInterrupt } from "./interrupt.ts";
import { methodOf } from "./method.ts";
import { text } from "./option.ts";
import { openControl } from "./control.ts";
import { openLiveView, requireServing } from "./live_view.ts";
import { diagnose } from "../diagnosis.ts";
import { describeStarts, recordStarts } from "./starts.ts";
import { describeNoise, recordNoise } from "./noise_text.ts";
import { openOutputDirectory } from "./output_directory.ts";
import { openParticleSet, PARTICLES } from "./particle_options.ts";
import { describePlan, describeStage, planEvent } from "./plan_text.ts";
import { createProgress, formatDuration } from "./progress.ts";
import { writeReport } from "./report.ts";
import { resizing, shiftsOver } from "./resizing.ts";
import { checkReconstructOptions, reconstructOptions } from "./reconstruct_options.ts";
import { forgetRun, readCheckpoint, writeCheckpoint, writeJSON } from "./run_directory.ts";

/** `reconstruct`: the main job. */
export const reconstruct = defineCommand({
  description:
    "Find the density behind particle images of unknown orientation, from a random start. " +
    "Writes map.mrc, its other hand map_mirrored.mrc, poses.star (the best pose of each image and its posterior weight; of a .cs also poses.cs), " +
    "trace.jsonl, run.json, checkpoint and report.html to a folder. Ctrl-C saves; --resume goes on to the same bits. " +
    "The hand of the map is not determined by the images.",
  arguments: {
    particles: text({
      value: "PARTICLES",
      summary: `${PARTICLES}; poses in it are ignored`,
      required: true,
    }),
  },
  options: reconstructOptions,
  config: true,
  examples: [
    { does: "a first map, without tuning", line: "particles.star --out run" },
    {
      does: "cryoSPARC's particles, from its project folder",
      line: "J24/particles.cs --passthrough J24/passthrough_particles.cs --out run",
    },
    { does: "the same with a page to watch it", line: "particles.star --out run --watch" },
    {
      does: "the paper's way: SGD within 10 % of Nyquist",
      line: "particles.star --out run --max-frequency 0.1 --optimizer sgd",
    },
  ],

  check: (values) => checkReconstructOptions(values),

  async run({ particles: path, out: outPath, resume, overwrite, json, ...values }, io) {
    if (values.watch) await requireServing(values.port);
    using file: ParticleFile = await openParticleSet(path, values, io);
    const { cropped, resized, pixelSize, perPixel } = resizing(file, values);
    if (values.maxResolution !== undefined && values.maxResolution < 2 * pixelSize) {
      throw new RangeError(
        `Cannot use --max-resolution ${values.maxResolution}: wanted no finer than Nyquist, ` +
          `${2 * pixelSize} A`,
      );
    }
    requireDiameter(values.diameter, cropped);
    const initial = values.init === "spheres" ? "spheres" : await readVolume(values.init);
    const out = await openOutputDirectory(outPath, { overwrite, resume });
    const { particles: examined, findings, maskRadius } = await examineParticles(cropped, {
      ...{ sign: values.contrast as Sign, diameter: values.diameter, io },
    });
    const particles = resized(examined);
    const checkpoint: Checkpoint | undefined = resume ? await readCheckpoint(out) : undefined;
    const choice = values.backend === "auto" ? await chooseBackend() : undefined;
    await using backend = await createBackend(
      choice?.name ?? values.backend as BackendName,
      values.threads === undefined ? {} : { threads: values.threads },
    );

    using interrupt = watchInterrupt(io);
    const loading = createProgress({
      label: "Loading",
      total: particles.count,
      unit: "images",
      io,
    });
    const where = choice === undefined
      ? backend.description
      : `${backend.description}; ${choice.reason}`;
    const { setting, method, shiftExtent } = methodOf(values, {
      ...{ particles, pixelSize, perPixel, maskRadius },
    });
    const { stages } = method;
    const forHalves = { ...method, startResolution: values.halvesFrom };
    // what a march decides on its way changes neither whether halves can be made, nor from where
    const halvesFirst = values.halves
      ? planHalves(particles, backend, {
        ...forHalves,
        stages: stages.filter((stage) => !stage.optional),
        ...shiftExtent !== "auto" && { shiftExtent },
      })
      : undefined;
    const estimates: number[] = [];
    let measuring: ReturnType<typeof createProgress> | undefined;
    await using run = await march(particles, {
      backend,
      initial,
      resume: checkpoint,
      ...method,
      shiftExtent,
      starts: values.starts,
      decided: (words) => io.report(words),
      planned(plan, secondsPerEpoch, plans) {
        const stage = (checkpoint?.stage ?? 0) + estimates.length;
        estimates.push(secondsPerEpoch);
        if (estimates.length > 1) {
          const event = planEvent("stage", plan, { secondsPerEpoch, stage, backend: where });
          io.report(describeStage(plan, secondsPerEpoch, stage), event);
          return;
        }
        const lines = describePlan(plan, secondsPerEpoch, where);
        if (stages.length > 1) {
          const flop = plans.reduce((sum, { flop }) => sum + flop, 0);
          const all = secondsPerEpoch * plan.epochs * flop / plan.flop;
          lines.push(
            `stages       ${plans.length}, to ${
              plans[plans.length - 1].resolution.toFixed(1)
            } A, ` +
              `${formatDuration(all)} in all or less; this is stage ${stage + 1}`,
          );
        }
        if (halvesFirst) lines.push(describeHalves(halvesFirst));
        lines.splice(1, 0, ...findingLines(findings));
        const event = planEvent("plan", plan, { secondsPerEpoch, stage, backend: where });
        io.report(lines.join("\n"), event);
      },
      loading(done) {
        // later stages load the same images again, at other frequencies
        if (estimates.length === 1) loading.update(done);
      },
      scaling(done) {
        measuring ??= createProgress({
          ...{ label: "Comparing scales of", total: particles.count, unit: "images", io },
        });
        measuring.update(done);
        if (done < particles.count) return;
        measuring.done();
        measuring = undefined;
      },
      signal: interrupt.signal,
    });
    loading.done();
    if (!resume) await forgetRun(out); // now that nothing stands against this run
    const about = {
      version: VERSION,
      particles: path,
      setting,
      checks: findings,
      machine: {
        system: `${Deno.build.os} ${Deno.build.arch}`,
        cores: navigator.hardwareConcurrency,
        deno: Deno.version.deno,
        v8: Deno.version.v8,
        backend: backend.description,
      },
    };
    const stagesOf = () =>
      run.plans.map((plan) => ({
        ...plan.config,
        epochs: plan.epochs,
        iterations: plan.iterations,
        quadraturePoints: plan.points,
      }));
    writeJSON(out.file("run.json"), {
      ...about,
      stages: stagesOf(),
      outcome: { finished: false },
    });
    using control = openControl(out.path, interrupt, io);
    await using view = values.watch
      ? await openLiveView(out.path, { port: values.port, places: values, io })
      : undefined;

    const { test, stopped, lost } = await follow(run, out, {
      every: values.checkpointEvery,
      interrupted: () => control.requested(),
      saveWanted: () => control.saveWanted(),
      io,
    });
    const saved = run.checkpoint();
    writeCheckpoint(out, saved);
    const map = run.map();
    await writeVolume(out.file("map.mrc"), map);
    await writeVolume(out.file("map_mirrored.mrc"), mirror(map));
    const outcome = {
      finished: !stopped,
      iterations: run.iteration,
      gradients: saved.gradients + (saved.before?.gradients ?? 0),
      forwards: saved.forwards + (saved.before?.forwards ?? 0),
      seconds: saved.seconds + (saved.before?.seconds ?? 0),
      heldOutNLL: test ?? null,
    };
    const shares = stopped ? [] : Array.from(await run.shares(), (v) => Number(v.toPrecision(4)));
    const starts = await recordStarts(run, out);
    const record = {
      ...about,
      stages: stagesOf(),
      noise: recordNoise(run.noise(), run.plan, { scales: run.scales() }),
      ...starts.length > 0 && { starts },
      outcome,
      ...!stopped && { posterior: { shares } },
    };
    writeJSON(out.file("run.json"), record);
    if (stopped) {
      await writeReport(out.path, values);
      await view?.finish(
        "The run was stopped and is saved; the same command with --resume goes on.",
      );
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
    await file.writePoses(out.file("poses"), shiftsOver(poses, perPixel));
    const noise = recordNoise(run.noise(), run.plan, { poses, scales: run.scales() });
    const noiseLines = describeNoise(noise, run.plan, particles.count);
    const { resolution: finestDone } = run.plan;
    const gain = await run.test(0) - (test ?? await run.test());
    const warnings = diagnose({ map, poses, gain, maskRadius, dropped: lost }, finestDone);
    const judged = { ...record, noise, outcome: { ...outcome, gain, warnings } };
    writeJSON(out.file("run.json"), judged);
    const halvesPlan = halvesFirst &&
      planHalves(particles, backend, { ...forHalves, ...run.course() });
    await run[Symbol.asyncDispose](); // its memory is wanted by the halves
    const halves = halvesPlan && await reconstructHalves(halvesPlan, out, {
      ...{ backend, map, maskRadius, seed: values.seed, interrupt: control, io },
    });
    if (halves) writeJSON(out.file("run.json"), { ...judged, halves });
    else if (halvesPlan) {
      io.report("The map is whole; the same command with --resume makes its halves.");
      return INTERRUPTED;
    }
    await writeReport(out.path, values);
    await view?.finish(`The run is done; this page is kept in ${out.file("report.html")}.`);
    io.print(
      json
        ? JSON.stringify({ map: out.file("map.mrc"), ...judged.outcome, ...halves && { halves } })
        : [
          `${out.file("map.mrc")}: ${particles.boxSize}^3 voxels of ${pixelSize} A`,
          ...test === undefined ? [] : [`held-out NLL ${test.toFixed(3)} nats per image`],
          `${outcome.gradients} image gradients in ${outcome.seconds.toFixed(1)} s`,
          ...noiseLines,
          ...describeStarts(starts),
          ...warnings.map((words) => `warning: ${words}`),
          ...halves ? [describeAgreement(halves, finestDone)] : [],
        ].join("\n"),
    );
  },
});
