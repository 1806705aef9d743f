import type { ParticleStack } from "../particles.ts";
import { FRIEDEL, mirrorOf } from "../band.ts";
import type { Problem } from "../backend.ts";
import { ctfPhase } from "../ctf.ts";
import type { BestPoint } from "../marginalize.ts";
import { normalize } from "../prepare.ts";
import { transferAt, transformImage, turnBand } from "../turn.ts";
import type { Baseline } from "./baseline.ts";
import { type Method, runBaseline } from "./batch_run.ts";
import type { SliceSums } from "./normal_equations.ts";

/**
 * Iterative projection matching: every image gets the one pose whose projection it fits best, by a
 * search through all poses of the quadrature; the density is reconstructed from the images in these
 * poses by Fourier reconstruction with a Wiener filter; and so on. Penczek, Grassucci & Frank,
 * Ultramicroscopy 53:251 (1994).
 *
 * The best pose has the largest posterior weight, e = P.X - |P|^2.C2 / 2 up to the quadrature's weights:
 * the cross-correlation with the projection seen through the CTF, less half that projection's power.
 *
 * Costs one image gradient an image and iteration, as an image is compared with all poses, but half its
 * products: nothing goes back through poses that are not the best. The images are put into the slices by
 * the definition in float64, about 1 ms an image of 64^2. Known weakness: at a low signal the best pose
 * is mostly noise, and taking it for the truth keeps what the start says.
 */
export const projectionMatching: Baseline = (particles, options) =>
  runBaseline(particles, options, byBestPose);

/** Assigns every image to its best pose. */
export const byBestPose: Method = {
  fudge: 1,
  products: 1,
  async add({ session, particles, images, which, indices, slices }, sums) {
    const { logLikelihood, best } = await session.marginalize(slices, images, which, {
      gradient: false,
      best: true,
    });
    await addAtPoses(sums, session.problem, particles, indices, best!);
    return logLikelihood;
  },
};

/**
 * Adds images to slices, each at one pose: X += Omega c d and W += Omega c^2 at turned frequencies.
 * Those of direction j + J/2 go to the slice at its antipode j, P_(-d)(kx, ky) = P_d(kx, -ky).
 *
 * @param indices images of the stack, [B]
 * @param points the pose of each, [B]
 */
export async function addAtPoses(
  { numerator, weight }: SliceSums,
  { band, pixelSize, quadrature }: Problem,
  particles: ParticleStack,
  indices: ArrayLike<number>,
  points: readonly Pick<BestPoint, "direction" | "angle" | "shift">[],
): Promise<void> {
  const { boxSize, count: n, k } = band, { directions, angles, shifts } = quadrature;
  const pixels = await particles.read(indices), size = boxSize ** 2, mirror = mirrorOf(band);
  normalize(pixels, boxSize, (b) => `image ${indices[b] + 1}`);
  points.forEach(({ direction, angle, shift }, b) => {
    const at = turnBand(band, angles[angle]);
    const c = transferAt(ctfPhase(particles.ctf(indices[b])), boxSize, pixelSize, at);
    const D = transformImage(pixels.subarray(b * size, (b + 1) * size), boxSize, at, [
      shifts.points[2 * shift],
      shifts.points[2 * shift + 1],
    ]);
    const half = directions.count / 2, antipode = direction >= half;
    const slice = 2 * n * (antipode ? direction - half : direction);
    for (let i = 0; i < n; i++) {
      const to = slice + 2 * (antipode ? mirror[i] : i);
      const sign = antipode && k[2 * i] === 0 ? -1 : 1;
      numerator[to] += FRIEDEL * c[i] * D[2 * i];
      numerator[to + 1] += sign * FRIEDEL * c[i] * D[2 * i + 1];
      weight[to] += FRIEDEL * c[i] ** 2;
      weight[to + 1] += FRIEDEL * c[i] ** 2;
    }
  });
}
