/** Displacements of a particle from the image centre. */
export interface Shifts {
  /** S. */
  readonly count: number;
  /** (x, y) of each in px, [S, 2]. */
  readonly points: Float64Array;
  /** Weights, [S]; they sum to 1. */
  readonly weights: Float64Array;
}

/** How far particles may lie off centre. */
export interface ShiftOptions {
  /** Radius of the disc of shifts, px; 0: particles are centred. */
  extent?: number;
  /** Standard deviation of the normal prior, px; infinite: uniform over the disc. */
  sigma?: number;
  /** Grid spacing, px; default 0.1 N / r (within 0.15 nats of a grid twice as fine at r = 6.4). */
  step?: number;
}

/**
 * Uniform grid over the disc |t| <= extent, weighted by a normal of standard deviation sigma and
 * normalised: the truncated normal p(t) of Punjani & Brubaker, Eq. 3.
 *
 * @throws {RangeError} on a negative or infinite extent or a sigma or step that is not positive.
 */
export function createShifts(
  { extent = 0, sigma = Infinity, step = Infinity }: ShiftOptions = {},
): Shifts {
  if (!(extent >= 0 && extent < Infinity) || !(sigma > 0) || !(step > 0)) {
    throw new RangeError(
      `Cannot make shifts: extent ${extent}, sigma ${sigma}, step ${step} px, ` +
        "wanted a finite extent >= 0, sigma > 0, step > 0",
    );
  }
  const reach = Math.floor(extent / step + 1e-9);
  const points: number[] = [], weights: number[] = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const tx = reach ? x * step : 0, ty = reach ? y * step : 0, t2 = tx * tx + ty * ty;
      if (t2 > extent * extent * (1 + 1e-9)) continue;
      points.push(tx, ty);
      weights.push(Math.exp(-t2 / (2 * sigma * sigma)));
    }
  }
  const sum = weights.reduce((a, b) => a + b);
  return {
    count: weights.length,
    points: Float64Array.from(points),
    weights: Float64Array.from(weights, (w) => w / sum),
  };
}
