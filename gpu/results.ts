import { POSE_TURNS } from "../lib/lattice.ts";
import type { BestPoint } from "../lib/marginalize.ts";
import type { Quadrature } from "../lib/quadrature/quadrature.ts";
import type { Sizes } from "./sizes.ts";

/**
 * The most probable points of images, of what was read.
 *
 * @param best pairs of 32-bit words, the first a score
 * @param evidence as kernels/evidence.wgsl has it, [images, 4]
 */
export type BestOf = (
  best: Float32Array<ArrayBuffer>,
  evidence: Float32Array<ArrayBuffer>,
) => BestPoint[];

const words = ({ buffer, byteOffset, length }: Float32Array<ArrayBuffer>) =>
  new Uint32Array(buffer, byteOffset, length);

/** Reads what kernels/best.wgsl found: positions, the best of each tile. */
export function createBest(s: Sizes): BestOf {
  return (found, evidence) => {
    const positions = words(found);
    return Array.from({ length: evidence.length / 4 }, (_, i) => {
      let best = 2 * i * s.tiles;
      for (let t = 1; t < s.tiles; t++) {
        const next = 2 * (i * s.tiles + t);
        const ahead = found[next] - found[best];
        if (ahead > 0 || (ahead === 0 && positions[next + 1] < positions[best + 1])) best = next;
      }
      const position = positions[best + 1], plane = position % s.lanes;
      const row = Math.floor(position / s.lanes), column = row % s.columns;
      const pose = Math.floor(row / s.columns), angle = Math.floor(column / s.shifts);
      return {
        direction: plane + (pose >= 4 ? s.planes : 0),
        angle: angle + POSE_TURNS[pose % 4] * s.angles,
        shift: column % s.shifts,
        probability: 1 / evidence[4 * i + 3], // the best score is the largest, m
      };
    });
  };
}

/** Reads what kernels/posterior.wgsl found: numbers of points. */
export function createBestListed({ angles, shifts }: Quadrature): BestOf {
  return (found, evidence) => {
    const numbers = words(found);
    return Array.from({ length: evidence.length / 4 }, (_, i) => {
      const number = numbers[2 * i + 1], row = Math.floor(number / angles.length);
      return {
        direction: Math.floor(row / shifts.count),
        angle: number % angles.length,
        shift: row % shifts.count,
        probability: 1 / evidence[4 * i + 3],
      };
    });
  };
}

/** Reads what kernels/narrow.wgsl found: points of each image, and the share that was left out. */
export function refinedOf(found: Float32Array<ArrayBuffer>) {
  const numbers = words(found), length = found.length / 4;
  return {
    dropped: Float64Array.from({ length }, (_, i) => found[4 * i + 2]),
    points: Float64Array.from({ length }, (_, i) => numbers[4 * i]),
  };
}
