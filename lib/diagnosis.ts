import type { Pose } from "./particles.ts";
import type { Volume } from "./volume.ts";

/** What is known of a run when it is over. */
export interface RunEvidence {
  /** The density found. */
  readonly map: Volume;
  /** Best pose of every image. */
  readonly poses: readonly Pose[];
  /** How much likelier the map makes a held-out image than no map at all, nats. */
  readonly gain: number;
  /** Radius of the mask, box edges. */
  readonly maskRadius: number;
  /** Share of a posterior that the cascade left out, mean of the last minibatch; 0 without one. */
  readonly dropped: number;
}

/** Least gain, nats an image, at which images may be said to see the map. */
const LEAST_GAIN = 1;
/** Equal parts that the half sphere of viewing axes is cut into: rings of equal height, each into sectors. */
const RINGS = 4, SECTORS = 10;
/** Share of the images in one of the 40 parts beyond which views are too few. */
const CROWDED = 0.5;
/** Least volume at half the peak, in spheres of one resolvable element: a point's image has 0.2. */
const LEAST_ELEMENTS = 0.5;
/** Most that may be left out of posteriors. */
const MOST_DROPPED = 0.05;
/** Most images that may be outliers. */
const MOST_OUTLIERS = 0.3;

/** Share of the images that look along the most crowded fortieth of all axes. */
export function crowding(poses: readonly Pose[]): number {
  const counts = new Float64Array(RINGS * SECTORS);
  for (const { rotation } of poses) {
    // the viewing direction is the third column; a view from behind is the same axis
    const sign = rotation[8] < 0 ? -1 : 1;
    const x = sign * rotation[2], y = sign * rotation[5], z = sign * rotation[8];
    const ring = Math.min(RINGS - 1, Math.floor(RINGS * z));
    const sector = Math.floor(SECTORS * (Math.atan2(y, x) / (2 * Math.PI) + 1)) % SECTORS;
    counts[ring * SECTORS + sector]++;
  }
  return Math.max(...counts) / Math.max(1, poses.length);
}

/** Volume where the density is above half its peak, A^3. */
function volumeAtHalf({ voxels, pixelSize }: Volume): number {
  let peak = 0, count = 0;
  for (const v of voxels) peak = Math.max(peak, v);
  for (const v of voxels) if (v > peak / 2) count++;
  return count * pixelSize ** 3;
}

/** Third moment over the second to 3/2 within the mask: of a molecule on a flat background positive. */
function skewness({ voxels, boxSize: n }: Volume, radius: number): number {
  const inside = voxels.filter((_, i) => {
    const x = i % n - n / 2, y = Math.floor(i / n) % n - n / 2, z = Math.floor(i / n / n) - n / 2;
    return x * x + y * y + z * z < (radius * n) ** 2;
  });
  const mean = inside.reduce((a, b) => a + b, 0) / inside.length;
  let second = 0, third = 0;
  for (const v of inside) second += (v - mean) ** 2, third += (v - mean) ** 3;
  return third / inside.length / (second / inside.length) ** 1.5;
}

/**
 * What speaks against a map, in words, each with what was measured and what may help; empty if nothing
 * does. A map that passes may still be wrong: compare several starts.
 *
 * @param resolution A, of the finest detail that entered the likelihood
 */
export function diagnose(
  { map, poses, gain, maskRadius, dropped }: RunEvidence,
  resolution: number,
): string[] {
  const warnings: string[] = [], percent = (share: number) => `${Math.round(100 * share)} %`;
  if (!map.voxels.every(Number.isFinite)) {
    return ["the map has values that are not finite: a smaller learning rate may help"];
  }
  if (gain < LEAST_GAIN) {
    warnings.push(
      `the images do not see the map: it makes a held-out image ${
        gain.toFixed(2)
      } nats likelier than ` +
        `none, wanted ${LEAST_GAIN} or more; are there particles, is the contrast right, ` +
        "is the defocus in A?",
    );
  }
  const crowded = crowding(poses);
  if (crowded > CROWDED) {
    warnings.push(
      `${percent(crowded)} of the images look along one fortieth of all axes, wanted at most ` +
        `${percent(CROWDED)}: orientations have collapsed or are preferred; try --starts 3`,
    );
  }
  const elements = volumeAtHalf(map) / (4 / 3 * Math.PI * (resolution / 2) ** 3);
  if (elements < LEAST_ELEMENTS) {
    warnings.push(
      `the map is a point: above half its peak there is the volume of ${
        elements.toFixed(1)
      } spheres ` +
        `of ${resolution.toFixed(0)} A, wanted ${LEAST_ELEMENTS} or more; try another --seed`,
    );
  }
  const skew = skewness(map, maskRadius);
  if (skew < 0) {
    warnings.push(
      `the map is darker than its surroundings (skewness ${skew.toFixed(2)}, wanted above 0): ` +
        "is the contrast the other one? See --contrast",
    );
  }
  if (dropped > MOST_DROPPED) {
    warnings.push(
      `${percent(dropped)} of the posteriors were left out by the cascade, wanted at most ` +
        `${percent(MOST_DROPPED)}: they are too broad for it; --quadrature exhaustive sums all`,
    );
  }
  const out = poses.filter(({ responsibility }) => (responsibility ?? 1) < 0.5).length;
  if (out > MOST_OUTLIERS * poses.length) {
    warnings.push(
      `${percent(out / poses.length)} of the images are called junk, wanted at most ` +
        `${percent(MOST_OUTLIERS)}: a map that is wrong, or several kinds of particles; ` +
        "--outliers 0 keeps them",
    );
  }
  return warnings;
}
