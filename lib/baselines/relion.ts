import type { Band } from "../band.ts";
import { shiftStepOf } from "../quadrature/quadrature.ts";

/** em: 3D classification with one class, batch EM; sgd: the descent of RELION's initial models. */
export type RelionMethod = "em" | "sgd";

/** What RELION 3.1's relion_refine is asked to do. */
export interface RelionJob {
  readonly method: RelionMethod;
  /** N and r. */
  readonly band: Band;
  /** A. */
  readonly pixelSize: number;
  /** Images in particles.star. */
  readonly images: number;
  /** Passes over the images. */
  readonly iterations: number;
  /** Diameter of the mask on images and maps, A; RELION has no run without. */
  readonly particleDiameter: number;
  /** Radius of the disc of shifts, px. */
  readonly shiftExtent: number;
  readonly seed: number;
  readonly threads: number;
}

/** Files that an exported set consists of. */
export const RELION_FILES = {
  particles: "particles.star",
  heldOut: "held_out.star",
  stack: "particles.mrcs",
  start: "start.mrc",
  script: "relion.sh",
} as const;

/** Images of a minibatch of SGD, as the optimizers have it and as RELION begins. */
const SUBSET = 100;

/** Iterations of SGD that cost as much as the passes over all images. */
function sgdIterations({ images, iterations }: RelionJob): number {
  return Math.max(6, Math.round(iterations * images / SUBSET));
}

/** RELION's HEALPix order whose spacing, 60 degrees / 2^order, is next to atan(1/r). */
export function healpixOrder(radius: number): number {
  const step = Math.atan(1 / radius) * 180 / Math.PI;
  return Math.max(0, Math.round(Math.log2(60 / step)));
}

/**
 * The words after relion_refine, to be run in the folder of the files; it writes METHOD/run_it*.
 *
 * Both begin with our start and see no detail finer than the band. Without `--ctf_corrected_ref` the
 * first iteration would compare images with projections that no CTF was applied to: the truth itself
 * would be lost. Poses are searched in full, without adaptive oversampling, which would multiply shifts by
 * four; where there are none their step is small, as each iteration moves all poses by up to half a step.
 * There is no `--norm --scale`, the images being normalized and the particles alike in our model too.
 *
 * EM has poses about as dense as our quadrature's, and T = 4 as in RELION's own interface. SGD has that
 * interface's 15 degrees for initial models, and its proportions of 50, 200 and 50 iterations; RELION
 * would begin it with images in random poses, `--denovo_3dref`.
 */
export function relionArguments(job: RelionJob): string[] {
  const { method, band, pixelSize, shiftExtent } = job;
  const rounded = (x: number) => String(Number(x.toFixed(3)));
  const resolution = rounded(band.boxSize * pixelSize / band.radius);
  const step = shiftExtent > 0 ? shiftStepOf(band) : 0.01;
  const total = sgdIterations(job), end = Math.round(total / 6);
  // deno-fmt-ignore
  const own = method === "em"
    ? [
      "--iter", String(job.iterations), "--tau2_fudge", "4",
      "--ini_high", resolution, "--strict_highres_exp", resolution,
      "--healpix_order", String(healpixOrder(band.radius)), "--pad", "2", "--pool", "30",
    ]
    : [
      "--sgd",
      "--sgd_ini_iter", String(end), "--sgd_inbetween_iter", String(total - 2 * end), "--sgd_fin_iter", String(end),
      "--sgd_ini_resol", resolution, "--sgd_fin_resol", resolution,
      "--sgd_ini_subset", String(SUBSET), "--sgd_fin_subset", String(SUBSET),
      "--sgd_write_iter", String(Math.max(1, Math.round(total / 10))),
      "--healpix_order", "2", "--pad", "1", "--pool", "3",
    ];
  // deno-fmt-ignore
  return [
    "--i", RELION_FILES.particles, "--ref", RELION_FILES.start, "--o", `${method}/run`,
    "--K", "1", "--sym", "C1", "--ctf", "--ctf_corrected_ref", ...own,
    "--oversampling", "0", "--offset_range", String(shiftExtent), "--offset_step", rounded(step),
    "--particle_diameter", rounded(job.particleDiameter), "--flatten_solvent", "--zero_mask",
    "--dont_combine_weights_via_disc", "--preread_images",
    // with seed 0 RELION does not shuffle
    "--random_seed", String(job.seed + 1), "--j", String(job.threads),
  ];
}

/** Image gradients after an iteration: images compared with all poses. */
export function relionGradients(job: RelionJob, iteration: number): number {
  return iteration * (job.method === "em" ? job.images : Math.min(SUBSET, job.images));
}

/** A shell script that runs RELION in the folder it lies in. */
export function relionScript(jobs: readonly RelionJob[]): string {
  const lines = jobs.flatMap((job) => [
    "",
    job.method === "em"
      ? `# batch EM, ${job.iterations} iterations`
      : `# SGD, ${sgdIterations(job)} minibatches of ${SUBSET}`,
    `mkdir -p ${job.method}`,
    ["relion_refine", ...relionArguments(job)].join(" "),
  ]);
  return ["#!/bin/sh", 'set -e; cd "$(dirname "$0")"', ...lines, ""].join("\n");
}

/** A map that RELION left. */
export interface RelionMap {
  /** Iteration, from 1; 0 is the start. */
  readonly iteration: number;
  readonly file: string;
}

/** The maps among the files of an output folder, in order. */
export function relionMaps(files: Iterable<string>): RelionMap[] {
  return [...files].flatMap((file) => {
    const found = /^run_it(\d+)_class001\.mrc$/.exec(file);
    return found ? [{ iteration: Number(found[1]), file }] : [];
  }).sort((a, b) => a.iteration - b.iteration);
}

/** What RELION says went wrong: its line that begins with ERROR and the one after, or its last line. */
export function relionFailure(output: string): string {
  const lines = output.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
  const at = lines.findIndex((line) => line.startsWith("ERROR"));
  if (at < 0) return lines.at(-1) ?? "nothing said";
  return lines.slice(at, at + 2).map((line) => line.replace(/^ERROR:?\s*/, "")).filter(Boolean)
    .join(" ");
}
