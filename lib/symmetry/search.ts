import { frequencyMatrix } from "../align/refine.ts";
import type { BestShift } from "../align/correlator.ts";
import { createScorer } from "../align/score.ts";
import { rotationGrid } from "../align/search.ts";
import { solvePositive } from "../cholesky.ts";
import { rotationFromVector } from "../rotation.ts";
import type { Volume } from "../volume.ts";
import type { ElementClass } from "./classes.ts";
import { type Frame, frameDistance, fromZ, isCyclic, motionOf, turned } from "./frame.ts";
import type { PointGroup } from "./groups.ts";

/** Spacing of the axes tried, rad; two turns by pi about neighbours differ by twice as much. */
const AXIS_SPACING = 4 * Math.PI / 180;

/** Spacing of the frames tried, rad, for which the axes' scores are looked up. */
const FRAME_SPACING = 6 * Math.PI / 180;

/** Axes of half a sphere on rings of equal height in angle, about `spacing` apart on each. */
interface Axes {
  /** Unit vectors, z >= 0. */
  readonly points: readonly Float64Array[];
  /** The one near a unit vector or its opposite. */
  indexOf(axis: Float64Array): number;
}

function createAxes(spacing: number): Axes {
  const rings = Math.ceil(Math.PI / 2 / spacing), step = Math.PI / 2 / rings;
  const counts = Array.from(
    { length: rings },
    (_, i) => Math.max(3, Math.round(2 * Math.PI * Math.sin((i + 0.5) * step) / step)),
  );
  const starts = [0];
  for (const count of counts) starts.push(starts.at(-1)! + count);
  const points = counts.flatMap((count, i) => {
    const theta = (i + 0.5) * step, sin = Math.sin(theta);
    return Array.from({ length: count }, (_, j) => {
      const phi = 2 * Math.PI * (j + 0.5) / count;
      return Float64Array.of(sin * Math.cos(phi), sin * Math.sin(phi), Math.cos(theta));
    });
  });
  return {
    points,
    indexOf(axis) {
      let [x, y, z] = axis;
      if (z < 0) x = -x, y = -y, z = -z;
      const ring = Math.min(rings - 1, Math.floor(Math.acos(Math.min(1, z)) / step));
      const turn = Math.atan2(y, x) / (2 * Math.PI), count = counts[ring];
      return starts[ring] + Math.floor((turn - Math.floor(turn)) * count) % count;
    },
  };
}

/** What a class of elements scores in frames that have nothing to do with the map. */
export interface Chance {
  /** Median over frames that fill all orientations. */
  readonly typical: number;
  /** Median distance from it x 1.4826: the standard deviation, whatever few frames stand out. */
  readonly deviation: number;
}

/** What is found by trying all axes. */
export interface Found {
  /** Best first, no two within the spacing of the frames. */
  readonly frames: readonly Frame[];
  /** One of each class given. */
  readonly chances: readonly Chance[];
}

function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1];
}

/**
 * The centre that shifts s of turns R agree upon, (1 - R) c = s, by least squares; along what all turns
 * leave alone it is 0.
 */
function centreOf(turns: readonly { rotation: Float64Array; shift: Float64Array }[]): Float64Array {
  const left = new Float64Array(9), right = new Float64Array(3);
  for (const { rotation, shift } of turns) {
    const a = rotation.map((r, i) => (i % 4 === 0 ? 1 : 0) - r);
    for (let i = 0; i < 3; i++) {
      for (let k = 0; k < 3; k++) {
        right[i] += a[3 * k + i] * shift[k];
        for (let j = 0; j < 3; j++) left[3 * i + j] += a[3 * k + i] * a[3 * k + j];
      }
    }
  }
  const ridge = 1e-9 * (left[0] + left[4] + left[8]);
  for (let i = 0; i < 9; i += 4) left[i] += ridge;
  return solvePositive(left, right);
}

/** Median and deviation of numbers. */
function chanceOf(scores: Float64Array): Chance {
  const typical = median(scores);
  return { typical, deviation: 1.4826 * median(scores.map((score) => Math.abs(score - typical))) };
}

/**
 * The most promising frames of a group in a map, whatever their orientation.
 *
 * The map is compared with itself (lib/align/score.ts) after a turn by each angle of the group about
 * every axis of a grid of half a sphere, each with its best shift. A frame scores the mean of what was
 * found at the axes of its elements: all frames of a grid are looked up, for Cn all axes.
 *
 * @param classes classesOf(group)
 * @param shells last shell compared
 * @param keep frames returned at most
 */
export function searchFrames(
  map: Volume,
  group: PointGroup,
  classes: readonly ElementClass[],
  { shells, keep }: { shells: number; keep: number },
): Found {
  const scorer = createScorer(map, map, shells), axes = createAxes(AXIS_SPACING);
  const tables = new Map<number, BestShift[]>();
  for (const { angle } of classes) {
    if (tables.has(angle)) continue;
    const scores = axes.points.map((axis) => {
      const [x, y, z] = axis.map((a) => a * angle), rotation = rotationFromVector(x, y, z);
      return scorer.score(frequencyMatrix({ rotation, mirrored: false }));
    });
    tables.set(angle, scores);
  }
  const rotations = isCyclic(group) ? axes.points.map(fromZ) : rotationGrid(FRAME_SPACING);
  const total = new Float64Array(rotations.length), there = new Float64Array(3);
  const chances = classes.map(({ angle, elements, count }) => {
    const table = tables.get(angle)!, mean = new Float64Array(rotations.length);
    for (const { axis: [x, y, z] } of elements) {
      rotations.forEach((r, i) => {
        for (let j = 0; j < 3; j++) there[j] = r[3 * j] * x + r[3 * j + 1] * y + r[3 * j + 2] * z;
        mean[i] += table[axes.indexOf(there)].score / elements.length;
      });
    }
    mean.forEach((score, i) => total[i] += count * score);
    return chanceOf(mean);
  });

  const order = Uint32Array.from(rotations.keys()).sort((a, b) => total[b] - total[a]);
  const frames: Frame[] = [];
  for (const at of order) {
    if (frames.length === keep) break;
    const rotation = rotations[at], still = { rotation, centre: new Float64Array(3) };
    if (frames.some((known) => frameDistance(group, known.rotation, rotation) < FRAME_SPACING)) {
      continue;
    }
    const shifts = classes.flatMap(({ angle, elements }) =>
      elements.map((element) => {
        const turn = motionOf(still, element.rotation).rotation;
        const axis = turned(rotation, element.axis), at = axes.indexOf(axis);
        const { shift } = tables.get(angle)![at], point = axes.points[at];
        // The table's axis may be the opposite one: the inverse turn, whose shift s' gives s = -R s'.
        const opposite = point[0] * axis[0] + point[1] * axis[1] + point[2] * axis[2] < 0;
        return { rotation: turn, shift: opposite ? turned(turn, shift).map((s) => -s) : shift };
      })
    );
    frames.push({ rotation, centre: centreOf(shifts) });
  }
  return { frames, chances };
}
