import type { LogEvent } from "./io.ts";
import type { Plan } from "../plan.ts";
import { formatDuration } from "./progress.ts";

/** 1.2 GB, 340 MB, 12 kB */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const) {
    if (bytes >= size) return `${(bytes / size).toPrecision(3)} ${unit}`;
  }
  return `${bytes} bytes`;
}

/** 94,510 */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** A plan for a log: what the result depends on, and what it costs. */
export function planEvent(
  event: "plan" | "stage",
  { config, ...plan }: Plan,
  { secondsPerEpoch, stage, backend }: { secondsPerEpoch: number; stage: number; backend: string },
): LogEvent {
  const { points, iterations, epochs, flop, workBytes, imageBytes, resident } = plan;
  return {
    event,
    stage,
    ...config,
    ...{ points, iterations, epochs, flop, workBytes, imageBytes, resident },
    secondsPerEpoch,
    backend,
  };
}

/** What a run will do, a line for each thing. */
export function describePlan(plan: Plan, secondsPerEpoch: number, backend: string): string[] {
  const { problem: { band, workBox, quadrature, coarse = [], pixelSize }, optimizer } = plan;
  const { directions, angles, shifts } = quadrature;
  const images = plan.config.images as number;
  const workPixel = pixelSize * band.boxSize / workBox;
  const kept = plan.resident ? "kept" : "read again for each minibatch";
  return [
    `images       ${
      formatCount(images)
    } of ${band.boxSize} x ${band.boxSize} px, ${pixelSize} A/px; ` +
    `${plan.heldOut} held out, minibatches of ${plan.batchSize}`,
    `band         to ${plan.resolution.toFixed(1)} A: ${band.radius.toFixed(2)} Fourier pixels, ` +
    `${band.count} coefficients`,
    `quadrature   ${formatCount(plan.points)} points: ${
      formatCount(directions.count)
    } directions ` +
    `(${directions.description}) x ${angles.length} angles x ${shifts.count} ` +
    `shift${shifts.count === 1 ? "" : "s"}`,
    ...coarse.length === 0 ? [] : [
      `cascade      all points at ${
        coarse.map(({ band }) => band.radius.toFixed(1)).join(", then near those kept at ")
      } Fourier pixels, then near those kept`,
    ],
    `work grid    ${workBox}^3 voxels of ${workPixel.toFixed(2)} A`,
    `memory       ${formatBytes(plan.workBytes)} to work in with the scores of ` +
    `${plan.imagesAtOnce} image${plan.imagesAtOnce === 1 ? "" : "s"} at a time, ` +
    `${formatBytes(plan.imageBytes)} of prepared images, ${kept}`,
    `prior        ${plan.prior.name}: ${plan.prior.formula}`,
    `optimizer    ${optimizer.name}: ` +
    Object.entries(optimizer.hyperparameters).map(([name, s]) => `${name} ${s.formula}`).join("; "),
    ...plan.maskRadius === undefined
      ? []
      : [`mask         soft sphere of ${Number(plan.maskRadius.toPrecision(3))} box edges`],
    ...plan.noise === "white" ? [] : [
      "noise        by shell, from the images' corners, then from what the map leaves of the images",
    ],
    ...plan.outlierShare === 0 ? [] : [
      `outliers     ${100 * plan.outlierShare} % of the images expected to show something else`,
    ],
    ...plan.temperShare === 0 ? [] : [
      `temperature  posteriors over ${
        100 * plan.temperShare
      } % of the poses at first, as they are ` +
      `after ${plan.temperIterations} iterations`,
    ],
    `backend      ${backend}`,
    `expected     ${formatCount(plan.iterations)} iterations ` +
    `(${Number(plan.epochs.toPrecision(3))} epochs) at ` +
    `${formatDuration(secondsPerEpoch)} an epoch or less, ` +
    `${formatDuration(secondsPerEpoch * plan.epochs)} in all`,
  ];
}

/** A later stage of a march, in a line. */
export function describeStage(plan: Plan, secondsPerEpoch: number, stage: number): string {
  const { problem: { band, workBox }, iterations, epochs } = plan;
  return `stage ${stage + 1}      to ${plan.resolution.toFixed(1)} A: ` +
    `${band.radius.toFixed(2)} Fourier pixels, ${formatCount(plan.points)} points, ` +
    `${workBox}^3 voxels, ${formatBytes(plan.workBytes)} to work in; ${iterations} iterations, ` +
    `${formatDuration(secondsPerEpoch * epochs)} or less`;
}
