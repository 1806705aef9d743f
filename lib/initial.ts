import type { Session } from "./backend.ts";
import type { PowerSum } from "./power.ts";
import { createRandom, type Random } from "./random.ts";
import { resample } from "./resample.ts";
import type { Volume } from "./volume.ts";

/**
 * A start without knowledge: the sum of random spheres (Punjani & Brubaker, Fig. 5), their centres
 * uniform in a ball of 0.21 box edges, their radii uniform in 0.05 to 0.15 box edges.
 *
 * @param workBox M
 * @returns [M, M, M]; sharp edges are blurred over one voxel
 */
export function randomSpheres(
  workBox: number,
  random: Random,
  { count = 20 }: { count?: number } = {},
): Float32Array {
  const voxels = new Float32Array(workBox ** 3);
  for (let sphere = 0; sphere < count; sphere++) {
    const c = [random.normal(), random.normal(), random.normal()];
    const stretch = 0.21 * workBox * Math.cbrt(random.uniform()) / Math.hypot(...c);
    const [cx, cy, cz] = c.map((v) => v * stretch);
    const radius = (0.05 + 0.1 * random.uniform()) * workBox;
    const half = workBox / 2, reach = radius + 0.5;
    for (let z = 0, at = 0; z < workBox; z++) {
      for (let y = 0; y < workBox; y++) {
        const off = (y - half - cy) ** 2 + (z - half - cz) ** 2;
        if (off >= reach * reach) {
          at += workBox;
          continue;
        }
        for (let x = 0; x < workBox; x++, at++) {
          const distance = Math.sqrt((x - half - cx) ** 2 + off);
          voxels[at] += Math.min(1, Math.max(0, reach - distance));
        }
      }
    }
  }
  return voxels;
}

/**
 * The factor that gives a density the power the images have beyond their noise:
 *
 *     s^2 sum_k mean_j |P_j(k)|^2 mean_i c_i(k)^2 = sum_k (mean_i |D_i(k)|^2 - noise)
 *
 * @param variance sigma^2 of the noise by shell; default white
 * @throws {RangeError} if the images hold no power above their noise.
 */
export async function scaleToPower(
  voxels: Float32Array,
  session: Session,
  power: PowerSum,
  variance?: ArrayLike<number>,
): Promise<number> {
  const { band, quadrature: { directions } } = session.problem, n = band.count;
  const slices = await (await session.project(voxels)).download();
  const transfer = power.transfer();
  let predicted = 0;
  for (let j = 0; j < directions.count / 2; j++) {
    for (let i = 0; i < n; i++) {
      const at = 2 * (j * n + i);
      const p2 = slices[at] ** 2 + slices[at + 1] ** 2;
      predicted += 2 * directions.weights[j] * p2 * transfer[i];
    }
  }
  const excess = power.excess(variance).reduce((a, b) => a + b, 0);
  if (!(excess > 0)) {
    throw new RangeError(
      `Cannot scale the start: the images hold ${excess.toFixed(3)} sigma^2 of power above their ` +
        `noise up to ${band.radius} Fourier pixels, wanted more than 0; are there particles?`,
    );
  }
  return Math.sqrt(excess / predicted);
}

/** The first density of a run, on the work grid. */
export async function firstDensity(
  initial: "spheres" | Volume,
  session: Session,
  { power, seed, variance }: { power: PowerSum; seed: number; variance?: ArrayLike<number> },
): Promise<Float32Array> {
  const { workBox, band, pixelSize } = session.problem;
  if (initial === "spheres") {
    const voxels = randomSpheres(workBox, createRandom(seed, "spheres"));
    const scale = await scaleToPower(voxels, session, power, variance);
    return voxels.map((v) => v * scale);
  }
  const field = initial.boxSize * initial.pixelSize, wanted = band.boxSize * pixelSize;
  if (Math.abs(field / wanted - 1) > 1e-3) {
    throw new RangeError(
      `Cannot start from the map: it spans ${field.toFixed(1)} A, wanted the images' ` +
        `${wanted.toFixed(1)} A`,
    );
  }
  return resample(initial, workBox).voxels;
}
