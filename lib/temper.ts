import type { ImageStore, Session } from "./backend.ts";
import type { Rotation } from "./rotation.ts";

/**
 * The temperature at which the posterior of the median image is spread over a given share of the poses.
 *
 * The share is 1 / (Z sum q^2) with Z points of equal weight: exp(2 l(T) - l(T/2)), l(T) being the
 * log-likelihood at temperature T. Found by bisection; 1 if the posteriors are that broad as they are.
 */
export async function findTemperature(
  session: Session,
  images: ImageStore,
  which: ArrayLike<number>,
  voxels: Float32Array,
  { share, grid }: { share: number; grid?: Rotation },
): Promise<number> {
  const slices = await session.project(voxels, grid);
  const logs = async (temperature: number) =>
    (await session.marginalize(slices, images, which, { temperature, gradient: false }))
      .logLikelihood;
  const isBroad = async (temperature: number) => {
    const whole = await logs(temperature), half = await logs(temperature / 2);
    const shares = whole.map((l, i) => Math.exp(2 * l - half[i])).sort();
    return shares[shares.length >> 1] >= share;
  };
  if (await isBroad(1)) return 1;
  let low = 1, high = 1000;
  for (let i = 0; i < 10; i++) {
    const middle = Math.sqrt(low * high);
    if (await isBroad(middle)) high = middle;
    else low = middle;
  }
  return high;
}
