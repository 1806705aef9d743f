import type { Start } from "./checkpoint.ts";
import { resample } from "./resample.ts";
import { createVolume, type Volume } from "./volume.ts";

/** What one of several starts came to. */
export interface StartMap {
  /** Of its spheres. */
  readonly seed: number;
  /** Mean -log p of the held-out images, nats an image. */
  readonly test: number;
  /** Whether it is the one that goes on: the likeliest. */
  readonly chosen: boolean;
  /** The density in the images' box. */
  readonly map: Volume;
}

/** Several random starts, of which the likeliest goes on. */
export interface Starts {
  /** What they have come to so far. */
  readonly done: readonly Start[];
  /** Seed of the spheres of each, from 0. */
  seedOf(start: number): number;
  /** Keeps what a start came to. */
  keep(start: Start): void;
  /** The likeliest, its density and what it knows of the noise; undefined if there was but one start. */
  best(): { map: Volume; noise: Float64Array } | undefined;
  /** How they compare, when all are done. */
  words(): string;
  /** All of them as maps. */
  maps(): StartMap[];
}

/**
 * The starts of a march.
 *
 * @param done those that a resumed march has been through
 * @param boxSize N of the images
 * @param pixelSize theirs, A
 * @throws {RangeError} if their number makes no sense.
 */
export function createStarts(
  { count, seed, done: before = [], boxSize, pixelSize }: {
    count: number;
    seed: number;
    done?: readonly Start[];
    boxSize: number;
    pixelSize: number;
  },
): Starts {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot march: ${count} starts, wanted a positive integer`);
  }
  const done = [...before];
  const likeliest = () => done.reduce((best, start) => start.test < best.test ? start : best);
  const mapOf = ({ voxels }: Start): Volume => {
    const workBox = Math.round(Math.cbrt(voxels.length));
    const coarse = { boxSize: workBox, pixelSize: pixelSize * boxSize / workBox, voxels };
    return resample(createVolume(coarse), boxSize);
  };
  return {
    done,
    seedOf: (start) => seed + start,
    keep(start) {
      done.push(start);
    },
    best() {
      if (count === 1) return undefined;
      const best = likeliest();
      return { map: mapOf(best), noise: Float64Array.from(best.noise) };
    },
    words() {
      const best = likeliest(), others = done.filter((start) => start !== best);
      return `starts       ${count}: seed ${best.seed} is the likeliest, the others ` +
        `${others.map(({ test }) => (test - best.test).toFixed(1)).join(", ")} nats an image less`;
    },
    maps: () =>
      done.map((start) => ({
        seed: start.seed,
        test: start.test,
        chosen: start === likeliest(),
        map: mapOf(start),
      })),
  };
}
