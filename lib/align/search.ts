import { angleBetween, type Rotation, rotationFromQuaternion } from "../rotation.ts";
import type { Volume } from "../volume.ts";
import { frequencyMatrix, type Motion } from "./refine.ts";
import { createScorer } from "./score.ts";

/**
 * Rotations that fill SO(3) evenly: a super-Fibonacci spiral of quaternions (Alexa, CVPR 2022), with
 * phi = sqrt 2 and psi the root of psi^4 = psi + 4.
 *
 * @param spacing mean distance of neighbours, rad; 8 pi^2 / spacing^3 rotations
 */
export function rotationGrid(spacing: number): Rotation[] {
  const count = Math.ceil(8 * Math.PI ** 2 / spacing ** 3), psi = 1.533751168755204288118041;
  return Array.from({ length: count }, (_, i) => {
    const s = i + 0.5, r = Math.sqrt(s / count), q = Math.sqrt(1 - s / count);
    const alpha = 2 * Math.PI * s / Math.SQRT2, beta = 2 * Math.PI * s / psi;
    return rotationFromQuaternion(
      q * Math.cos(beta),
      r * Math.sin(alpha),
      r * Math.cos(alpha),
      q * Math.sin(beta),
    );
  });
}

/**
 * The most promising motions of a map onto a reference, found by trying all rotations, both hands and
 * all shifts up to 3/16 of the box per axis at low frequency; see createScorer() for what is maximized.
 *
 * @param map the one that moves; on the same grid as the reference
 * @param shells last shell compared
 * @param spacing of the rotations, rad
 * @param keep motions returned of each hand, no two closer than the spacing, best first; the map's own hand first
 */
export function search(
  map: Volume,
  reference: Volume,
  { shells, spacing, keep }: { shells: number; spacing: number; keep: number },
): Motion[] {
  const scorer = createScorer(map, reference, shells), rotations = rotationGrid(spacing);
  return [false, true].flatMap((mirrored) => {
    const scored = rotations.map((rotation) => {
      const { score, shift } = scorer.score(frequencyMatrix({ rotation, mirrored }));
      return { score, motion: { rotation, shift, mirrored } };
    });
    scored.sort((a, b) => b.score - a.score);
    const kept: Motion[] = [];
    for (const { motion } of scored) {
      if (kept.length === keep) break;
      if (kept.some((other) => angleBetween(other.rotation, motion.rotation) < spacing)) continue;
      kept.push(motion);
    }
    return kept;
  });
}
