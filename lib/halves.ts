import type { Backend } from "./backend.ts";
import { radiusOfResolution } from "./band.ts";
import { type Course, type March, march, type MarchOptions, type Stage } from "./march.ts";
import type { ParticleStack } from "./particles.ts";
import { createPlan, type Plan } from "./plan.ts";
import { createRandom } from "./random.ts";
import { lowPass } from "./resample.ts";
import { scaled } from "./scales.ts";
import { subset } from "./subset.ts";
import type { Volume } from "./volume.ts";

/** How the halves are to be reconstructed: as all images were. */
export type HalvesOptions =
  & Omit<
    MarchOptions,
    "backend" | "initial" | "resume" | "planned" | "decided" | "loading" | "signal" | "shiftExtent"
  >
  & {
    /** Radius of the disc of shifts, px; default 0. */
    shiftExtent?: number;
    /** Scales of the images, which both halves keep, as the march has come to; `scales` decides nothing. */
    imageScales?: Course["imageScales"];
    /**
     * Finest detail of the map that both halves begin with, A; default that of the first stage, or twice
     * the finest of a single one.
     */
    startResolution?: number;
  };

/** What halves will do. */
export interface HalvesPlan {
  /** The images of each half, drawn by the seed. */
  readonly halves: readonly [ParticleStack, ParticleStack];
  /** Finest detail of the start, A: what the halves share, and agree in whatever the images say. */
  readonly startResolution: number;
  /** Plans of the stages that either half goes through. */
  readonly plans: readonly Plan[];
  /** Options of march() for one half. */
  readonly options: Omit<HalvesOptions, "startResolution" | "imageScales">;
}

/**
 * Works out how two halves of the images go on from one map, each by itself: through the stages of a
 * march that are finer than the start (the last one if none is), with as many image gradients as the
 * march itself, half as many images held out, no tempering.
 *
 * @throws {RangeError} if half the images are too few for the held-out ones and one minibatch, if the
 * start is no coarser than the end, or as createPlan() does.
 */
export function planHalves(
  particles: ParticleStack,
  backend: Backend,
  { stages, startResolution: wanted, heldOut: allHeldOut = 100, imageScales, ...common }:
    HalvesOptions,
): HalvesPlan {
  const { count } = particles, { seed = 0 } = common;
  const images = imageScales ? scaled(particles, imageScales) : particles;
  const heldOut = Math.max(1, Math.floor(allHeldOut / 2)), half = Math.floor(count / 2);
  const whole = stages.map((own) =>
    createPlan(particles, backend, { ...common, heldOut: allHeldOut, ...own })
  );
  const batchSize = Math.max(...whole.map((plan) => plan.batchSize));
  if (half < heldOut + batchSize) {
    throw new RangeError(
      `Cannot make half maps: ${count} images, wanted at least ${2 * (heldOut + batchSize)} ` +
        `(in either half ${heldOut} held out + a minibatch of ${batchSize})`,
    );
  }
  const end = whole[whole.length - 1].resolution;
  const startResolution = wanted ?? (whole.length > 1 ? whole[0].resolution : 2 * end);
  if (wanted !== undefined && !(wanted > end)) {
    throw new RangeError(
      `Cannot make half maps: they begin with a map to ${wanted} A, wanted one coarser than ` +
        `${end.toFixed(1)} A, where they end`,
    );
  }
  const first = whole.findIndex(({ resolution }) => 1.01 * resolution < startResolution);
  const from = first < 0 ? stages.length - 1 : first;
  const own = stages.slice(from).map((stage, i): Stage => {
    const { iterations, batchSize: size, firstMinibatch } = whole[from + i];
    return {
      ...stage,
      epochs: iterations * size / (half - heldOut),
      firstMinibatch: firstMinibatch - whole[from].firstMinibatch,
      temperShare: 0,
    };
  });
  const order = createRandom(seed, "halves").permutation(count);
  const partOf = (from: number, to: number) => subset(images, order.slice(from, to).sort());
  const halves = [partOf(0, half), partOf(half, 2 * half)] as const;
  const options = { ...common, heldOut, stages: own, scales: "off" as const };
  const plans = own.map((stage) => createPlan(halves[0], backend, { ...options, ...stage }));
  return { halves, startResolution, plans, options };
}

/**
 * Begins the march of one half from a map of all images, of which it is given what is coarser than the
 * start, faded out over the last Fourier pixel before it.
 *
 * @param half 0 or 1
 */
export function marchHalf(
  { halves, options, startResolution }: HalvesPlan,
  half: 0 | 1,
  { map, ...rest }: Pick<MarchOptions, "backend" | "planned" | "loading" | "signal"> & {
    map: Volume;
  },
): Promise<March> {
  const radius = radiusOfResolution(map.boxSize, map.pixelSize, startResolution);
  return march(halves[half], { ...options, ...rest, initial: lowPass(map, radius - 0.5, 1) });
}
