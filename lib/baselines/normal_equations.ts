import type { Session } from "../backend.ts";
import { conjugateGradient } from "../conjugate_gradient.ts";
import { backprojectWeight } from "../diagonal.ts";
import type { Rotation } from "../rotation.ts";
import { shellMeans, shellsOf } from "../shells.ts";
import { norm } from "../vector.ts";
import { applyGain, frequencies } from "./fourier_gain.ts";

/** What images put into slices, added up: one for each antipodal pair of directions, [J/2, n, 2]. */
export interface SliceSums {
  /** X = sum_i sum q Omega c d at turned frequencies. */
  readonly numerator: Float64Array;
  /** W = sum_i sum q Omega c^2, the same for real and imaginary part. */
  readonly weight: Float64Array;
}

/** Share of a shell's mean added to the preconditioner, against coefficients that are seldom seen. */
const DAMPING = 0.1;

/**
 * Fourier reconstruction as least squares: the density within |k| < r + 1/2 that solves
 *
 *     (P* W P + F^-1 (1/tau^2) F) V = P* X,
 *
 * the M-step of EM and the Wiener filter of weighted back-projection alike. By conjugate gradients,
 * preconditioned by the back-projected weight plus the prior in Fourier space, where the matrix is nearly
 * diagonal; from the last map, so that an early end is nearer the solution than that was.
 *
 * @param session at whose slices the sums were taken; its next step has to be project()
 * @param voxels the last map, [M, M, M]
 * @param prior 1/tau^2, [M, M, M] as [kz, ky, kx]
 * @param grid Q, rotation of the quadrature when the sums were taken
 * @param iterations conjugate gradients; 20 leave 1e-3 of the map where 5 leave 1e-1
 */
export async function solveNormalEquations(
  session: Session,
  { numerator, weight }: SliceSums,
  voxels: Float32Array,
  { prior, grid, iterations = 20 }: {
    prior: Float64Array;
    grid?: Rotation;
    iterations?: number;
  },
): Promise<Float32Array> {
  const { problem } = session, { workBox: m, band } = problem;
  const inside = frequencies(m).map((k) => k < band.radius + 0.5 ? 1 : 0);
  const seen = backprojectWeight(weight, problem, { grid, imageCount: 1 }).values;
  const shells = shellsOf(m), means = shellMeans(seen, m);
  const root = inside.map((isIn, i) => {
    const h = seen[i] + prior[i] + DAMPING * means[shells[i]];
    return isIn && h > 0 ? 1 / Math.sqrt(h) : 0;
  });

  /** (P* W P + F^-1 (1/tau^2) F) v - P* right */
  const residual = async (v: Float64Array, right?: Float64Array) => {
    const slices = await (await session.project(Float32Array.from(v), grid)).download();
    const weighed = slices.map((p, i) => weight[i] * p - (right ? right[i] : 0));
    const seen = await session.backproject(await session.upload(weighed));
    return applyGain(v, prior).map((own, i) => own + seen[i]);
  };
  const start = applyGain(voxels, inside);
  const toGo = (await residual(start, numerator)).map((v) => -v);
  // Rounding leaves a little where the root is 0; with 1 for its curvature it stays little.
  const outside = root.map((r) => r === 0 ? 1 : 0);
  const { solution } = await conjugateGradient(
    async (y) => {
      // float32 slices hold a direction of length 1 better than one of any length
      const length = norm(y), unit = y.map((v) => v / length), rest = applyGain(unit, outside);
      const image = applyGain(await residual(applyGain(unit, root)), root);
      return image.map((v, i) => length * (v + rest[i]));
    },
    applyGain(toGo, root),
    { iterations },
  );
  return Float32Array.from(applyGain(solution, root), (d, i) => start[i] + d);
}
