import type { ImageStore, Session, Slices } from "./backend.ts";
import type { Rotation } from "./rotation.ts";

/**
 * The share of the poses that the posterior of each image is spread over at a temperature: 1 if it is flat,
 * 1 / Z if one pose of Z has it all. With Z points of equal weight it is the effective sample size over Z,
 *
 *     1 / (Z sum q^2) = exp(2 l(T) - l(T/2))
 *
 * l(T) being the log-likelihood at temperature T.
 *
 * @param slices those of the session's last project()
 */
export async function posteriorShares(
  session: Session,
  slices: Slices,
  images: ImageStore,
  which: ArrayLike<number>,
  temperature = 1,
): Promise<Float64Array> {
  const logs = async (temperature: number) =>
    (await session.marginalize(slices, images, which, { temperature, gradient: false }))
      .logLikelihood;
  const whole = await logs(temperature), half = await logs(temperature / 2);
  return whole.map((l, i) => Math.exp(2 * l - half[i]));
}

/**
 * The temperature at which the posterior of the median image is spread over a given share of the poses,
 * see posteriorShares(). Found by bisection; 1 if the posteriors are that broad as they are.
 */
export async function findTemperature(
  session: Session,
  images: ImageStore,
  which: ArrayLike<number>,
  voxels: Float32Array,
  { share, grid }: { share: number; grid?: Rotation },
): Promise<number> {
  const slices = await session.project(voxels, grid);
  const isBroad = async (temperature: number) => {
    const shares = (await posteriorShares(session, slices, images, which, temperature)).sort();
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
