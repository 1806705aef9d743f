import { transformed } from "../align.ts";
import { compare } from "../align/refine.ts";
import { taper } from "../align/score.ts";
import { createTarget, type Target } from "../align/target.ts";
import { softSphere } from "../mask.ts";
import { lowPass, resample } from "../resample.ts";
import type { Rotation } from "../rotation.ts";
import { createSpectrum, type Spectrum } from "../spectrum.ts";
import { createVolume, type Volume } from "../volume.ts";
import { classesOf, type ElementClass } from "./classes.ts";
import { type Frame, isCyclic, motionOf, nearestSetting } from "./frame.ts";
import type { PointGroup } from "./groups.ts";
import { type RefinedFrame, refineFrame } from "./refine.ts";
import { type Chance, searchFrames } from "./search.ts";

/** How a map agrees with its copies under a class of rotations. */
export interface ClassFit extends ElementClass {
  /**
   * Correlation of the map with its copy under each of the elements, -1 to 1: the FSC of the shells
   * searched, weighed as in the search, see createScorer().
   */
  readonly correlations: Float64Array;
  /** Their mean. */
  readonly correlation: number;
  /** The same in frames of any orientation. */
  readonly chance: Chance;
  /** (correlation - typical) / deviation. */
  readonly excess: number;
}

/** Where a group's axes lie in a map, and how well they fit. */
export interface SymmetryFit {
  /** The one looked for. */
  readonly group: PointGroup;
  /** On the map's own grid. */
  readonly frame: Frame;
  /** In the order of classesOf(). */
  readonly classes: readonly ClassFit[];
  /** The one with the least excess. */
  readonly weakest: ClassFit;
  /** Last shell of `correlation`, Fourier px. */
  readonly searched: number;
  /** Last shell that the axes were refined to, Fourier px. */
  readonly refined: number;
}

/** Choices in a search for axes. */
export interface FindSymmetryOptions {
  /** Radius, A, of the sphere about the molecule outside of which the map is ignored; by default it touches the box. */
  maskRadius?: number;
  /** Finest detail used, A; by default as far as the copies agree, 16 Fourier px at most. */
  resolution?: number;
}

/** Shells of the exhaustive search, and shells that fix axes to 0.01 degrees in a clean map. */
const SEARCHED = 8, ENOUGH = 16;

/** Frames refined at the shells of the search, and those of them that go on. */
const KEPT = 12, FINALISTS = 3;

/** Marching goes on while the mean FSC of the shells it has just added is above this. */
const AGREEMENT = 0.1;

/** Each radius of a march over the one before. */
const GROWTH = 1.4;

/** Elements refined on: more of a large group would add time but little certainty. */
const ELEMENTS = 8;

/** Least edge of the grid searched, unless the map's own is less, and edge of the mask, px. */
const GRID = 48, EDGE = 4;

/** A window of 4 errs by 1e-3 at the edge of the grid, which is beyond the shells used: far less than noise. */
const spectrumOf = (map: Volume) => createSpectrum(map, { width: 4 });

/** The centre of what stands out of the mean, squared so that noise counts little; px from the origin. */
function centreOfMass({ boxSize: n, voxels }: Volume): Float64Array {
  const mean = voxels.reduce((sum, v) => sum + v, 0) / n ** 3, moment = new Float64Array(3);
  let total = 0;
  voxels.forEach((v, i) => {
    const weight = Math.max(0, v - mean) ** 2;
    total += weight;
    moment[0] += weight * (i % n - n / 2);
    moment[1] += weight * (Math.floor(i / n) % n - n / 2);
    moment[2] += weight * (Math.floor(i / n ** 2) - n / 2);
  });
  return moment.map((m) => m / total);
}

/** Every so-manyth, so that about `most` are left. */
function thinned<T>(list: readonly T[], most: number): T[] {
  const stride = Math.max(1, list.length / most);
  return Array.from(
    { length: Math.min(most, list.length) },
    (_, i) => list[Math.floor(i * stride)],
  );
}

/** Refines frames with growing radius, the best few of them beyond the first. */
function march(
  spectrum: Spectrum,
  target: Target,
  elements: readonly Rotation[],
  frames: readonly Frame[],
  shells: number,
): RefinedFrame {
  let room = FINALISTS;
  for (;;) {
    const all = frames.map((frame) => refineFrame(spectrum, target, elements, frame, shells));
    all.sort((a, b) => b.evidence - a.evidence);
    const [best] = all;
    const fresh = best.curve.subarray(Math.floor(shells / GROWTH) + 1);
    const agreement = fresh.reduce((sum, c) => sum + c, 0) / fresh.length;
    if (shells === target.shells || agreement < AGREEMENT) return best;
    frames = all.slice(0, room).map(({ frame }) => frame);
    room = 1;
    shells = Math.min(target.shells, Math.ceil(shells * GROWTH));
  }
}

/** How a class fits. */
function measure(
  spectrum: Spectrum,
  target: Target,
  frame: Frame,
  { elements }: ElementClass,
  shells: number,
): Float64Array {
  const count = target.starts[shells + 1];
  const moved = { real: new Float64Array(count), imaginary: new Float64Array(count) };
  return Float64Array.from(elements, ({ rotation }) => {
    const { curve } = compare(spectrum, target, motionOf(frame, rotation), shells, moved);
    let sum = 0, total = 0;
    for (let s = 1; s <= shells; s++) {
      const weight = (target.starts[s + 1] - target.starts[s]) * taper(s, shells);
      sum += weight * curve[s], total += weight;
    }
    return sum / total;
  });
}

/**
 * Finds the axes of a point group in a map of any orientation and centre, by how well the map agrees
 * with its copies turned about them; all directions are tried at low frequency, the best are refined
 * together with their common centre and marched to higher frequency. Whether the group fits at all is
 * for the caller to see: `weakest`.
 *
 * Of the settings that are equally good the one is taken that turns the map least. Along the axis of a
 * Cn the centre is the map's own origin.
 *
 * @throws {RangeError} if the map is constant or not finite, the box has fewer than 16 voxels, or an
 * option is out of range.
 */
export function findSymmetry(
  map: Volume,
  group: PointGroup,
  { maskRadius, resolution }: FindSymmetryOptions = {},
): SymmetryFit {
  const { boxSize, pixelSize } = map, field = boxSize * pixelSize, last = boxSize / 2 - 1;
  if (last < 7) {
    throw new RangeError(`Cannot find axes: a box of ${boxSize} voxels, wanted 16 or more`);
  }
  if (!map.voxels.every(Number.isFinite) || map.voxels.every((v) => v === map.voxels[0])) {
    throw new RangeError("Cannot find axes: the map is constant or not finite, wanted a density");
  }
  if (maskRadius !== undefined && !(maskRadius > 0 && maskRadius <= field / 2)) {
    throw new RangeError(
      `Cannot find axes: mask radius ${maskRadius} A, wanted above 0, at most ${field / 2}`,
    );
  }
  if (resolution !== undefined && !(resolution >= field / last && resolution <= field / 4)) {
    throw new RangeError(
      `Cannot find axes: resolution ${resolution} A, wanted ${(field / last).toPrecision(4)} ` +
        `to ${(field / 4).toPrecision(4)}`,
    );
  }
  const limit = Math.min(last, resolution === undefined ? ENOUGH : Math.floor(field / resolution));
  const shells = Math.min(limit, SEARCHED), grid = Math.min(boxSize, Math.max(GRID, 2 * limit + 2));
  const small = resample(map, grid);
  const mask = softSphere(grid, {
    radius: maskRadius === undefined ? 0.5 - EDGE / grid : maskRadius / field,
    width: EDGE,
  });
  /** The map about a centre, within the mask. */
  const about = (centre: Float64Array): Volume => {
    const still = {
      boxSize: grid,
      mirrored: false,
      rotation: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
      shift: centre.map((c) => -c),
    };
    const { voxels } = transformed(small, still);
    return createVolume({ ...small, voxels: voxels.map((v, i) => v * mask[i]) });
  };

  let centre = centreOfMass(lowPass(small, shells));
  const classes = classesOf(group);
  const elements = thinned(classes.flatMap(({ elements }) => elements), ELEMENTS)
    .map(({ rotation }) => rotation);
  const first = about(centre);
  const { frames, chances } = searchFrames(first, group, classes, { shells, keep: KEPT });
  const rough = march(spectrumOf(first), createTarget(first, limit), elements, frames, shells);
  // Again with the mask about the centre found.
  centre = centre.map((c, i) => c + rough.frame.centre[i]);
  const second = about(centre), refined = rough.curve.length - 1;
  const spectrum = spectrumOf(second), target = createTarget(second, limit);
  const start = { rotation: rough.frame.rotation, centre: new Float64Array(3) };
  const { frame } = refineFrame(spectrum, target, elements, start, refined);
  const fits = classes.map((one, i): ClassFit => {
    const correlations = measure(spectrum, target, frame, one, shells), chance = chances[i];
    const correlation = correlations.reduce((sum, c) => sum + c, 0) / correlations.length;
    // Deviations below 1e-6 are rounding: the map of a ball.
    const excess = (correlation - chance.typical) / Math.max(chance.deviation, 1e-6);
    return { ...one, correlations, correlation, chance, excess };
  });
  const { rotation, centre: rest } = frame;
  const found = centre.map((c, i) => (c + rest[i]) * boxSize / grid);
  if (isCyclic(group)) {
    const axis = [2, 5, 8].map((i) => rotation[i]);
    const along = axis.reduce((sum, a, i) => sum + a * found[i], 0);
    axis.forEach((a, i) => found[i] -= a * along);
  }
  return {
    group,
    frame: nearestSetting(group, { rotation, centre: found }),
    classes: fits,
    weakest: fits.reduce((least, fit) => fit.excess < least.excess ? fit : least),
    searched: shells,
    refined,
  };
}
