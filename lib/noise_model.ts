import type { ImageStore, Session } from "./backend.ts";
import type { ImageSource } from "./image_source.ts";
import { createNoise, LEAST_VARIANCE, shellCount } from "./noise.ts";
import { createOutlierModel, shellSizes, typicalPower } from "./outliers.ts";
import { windowPower } from "./prepare.ts";
import type { Residual } from "./residual.ts";

/**
 * Which images may be outliers: any, or those alone whose power is odd, as long as there is no map that an
 * ordinary image could be expected to agree with.
 */
export type OutlierScope = "odd" | "any";

/** What a run knows of the noise of its images, and of those that are no particles. */
export interface NoiseModel {
  /** sigma^2 by shell, [N/2 + 1]; beyond the band as it was at the start. */
  readonly variance: Float64Array;
  /** For marginalize(): log of pi p_junk(d_i) / (1 - pi); nothing where no outliers are allowed for. */
  outliers(images: ImageStore, which: ArrayLike<number>): Promise<Float64Array | undefined>;
  /** log p(d_i | V) of a density of nothing, the same for all poses, nats, [B]. */
  nothing(images: ImageStore, which: ArrayLike<number>): Promise<Float64Array>;
  /** Moves the variance towards a residual, and tells the session. */
  learn(residual: Residual): Promise<void>;
}

/** Share of a new residual: some four count, 40 iterations. */
const RATE = 0.25;
/** Images that the power of an ordinary one is taken from. */
const TYPICAL_IMAGES = 500;

/**
 * The noise of a run; tells the session.
 *
 * @param variance sigma^2 by shell at the start, [N/2 + 1]
 * @param outlierShare pi
 * @param outlierScope which images may be outliers
 * @param count K, images of the source
 * @param largestSelection most images that it gives at a time
 */
export async function createNoiseModel(
  session: Session,
  source: ImageSource,
  { variance: start, outlierShare, outlierScope, count, largestSelection }: {
    variance: ArrayLike<number>;
    outlierShare: number;
    outlierScope: OutlierScope;
    count: number;
    largestSelection: number;
  },
): Promise<NoiseModel> {
  const { band } = session.problem, shells = shellCount(band);
  const variance = Float64Array.from(start);
  const freedom = shellSizes(band).map((size) => size * windowPower(band.boxSize));
  await session.setNoise(variance);

  /** typicalPower() of some images all over the set. */
  const measure = async () => {
    const every = Math.max(1, Math.ceil(count / TYPICAL_IMAGES)), powers: number[] = [];
    for (let i = 0; i < count; i += every * largestSelection) {
      const length = Math.min(largestSelection, Math.ceil((count - i) / every));
      const indices = Uint32Array.from({ length }, (_, b) => i + b * every);
      const { images, which } = await source.select(indices);
      powers.push(...await images.power(which));
    }
    return typicalPower(powers, band);
  };
  const typical = outlierShare > 0 ? await measure() : undefined;
  return {
    variance,
    async outliers(images, which) {
      if (!typical) return undefined;
      const model = createOutlierModel(band, { variance }, typical);
      const odds = Math.log(outlierShare / (1 - outlierShare)), powers = await images.power(which);
      return Float64Array.from(
        which,
        (_, b) => {
          const power = powers.subarray(b * shells, (b + 1) * shells);
          const allowed = outlierScope === "any" || odds + model.logOddity(power) > 0;
          return allowed ? odds + model.logProbability(power) : -Infinity;
        },
      );
    },
    async nothing(images, which) {
      const { logDeterminant } = createNoise(band, variance), powers = await images.power(which);
      return Float64Array.from(which, (_, b) => {
        let sum = logDeterminant;
        for (let s = 1; s < shells; s++) sum += powers[b * shells + s] / variance[s];
        return -sum;
      });
    },
    async learn({ power, images }) {
      if (!(images > 1)) return; // all of them outliers
      for (let s = 1; s < shells; s++) {
        if (freedom[s] === 0) continue;
        const found = Math.max(LEAST_VARIANCE, power[s] / (images * freedom[s]));
        variance[s] += RATE * (found - variance[s]);
      }
      await session.setNoise(variance);
    },
  };
}
