/**
 * The Fourier coefficients that enter the likelihood: 0 < |k| < radius, one of each Friedel pair.
 *
 * k is in Fourier pixels, i.e. cycles per box. The mean (k = 0) is left out: images have none.
 */
export interface Band {
  /** N, pixels per image edge. */
  readonly boxSize: number;
  /** r, in Fourier pixels; r = N * pixelSize / resolution = (fraction of Nyquist) * N / 2. */
  readonly radius: number;
  /** n, number of coefficients. */
  readonly count: number;
  /** (kx, ky) of each, [n, 2]; kx > 0, or kx = 0 and ky > 0; ordered by ky, then kx. */
  readonly k: Int32Array;
}

/** Each coefficient of the half disc stands for itself and its Friedel mate: Omega = 2. */
export const FRIEDEL = 2;

/**
 * The band of an N x N image up to a radius.
 *
 * @throws {RangeError} if the radius is beyond Nyquist or leaves no coefficient.
 */
export function createBand(boxSize: number, radius: number): Band {
  if (!(radius > 1) || radius > boxSize / 2) {
    throw new RangeError(
      `Cannot make a band: radius ${radius} Fourier pixels, wanted more than 1 and at most ` +
        `${boxSize / 2} (Nyquist of box ${boxSize})`,
    );
  }
  const k: number[] = [];
  const reach = Math.ceil(radius);
  for (let y = -reach; y <= reach; y++) {
    for (let x = 0; x <= reach; x++) {
      if ((x > 0 || y > 0) && x * x + y * y < radius * radius) k.push(x, y);
    }
  }
  return { boxSize, radius, count: k.length / 2, k: Int32Array.from(k) };
}

/** Radius in Fourier pixels of a resolution in A. */
export function radiusOfResolution(
  boxSize: number,
  pixelSize: number,
  resolution: number,
): number {
  return boxSize * pixelSize / resolution;
}

/**
 * M, edge of the work grid that holds a band: 2 ceil(1.25 r) + 4, at most N. The density keeps its
 * field of view on M^3 coarser voxels, M/2 > r leaving room beyond the band.
 */
export function workBoxOf(band: Band): number {
  return Math.min(band.boxSize, 2 * Math.ceil(1.25 * band.radius) + 4);
}

/**
 * Where each coefficient's mirror image in ky is found, [n]: that of (kx, ky) is at (kx, -ky), or, on
 * kx = 0, at (kx, ky) itself, conjugated.
 */
export function mirrorOf({ count, k }: Band): Int32Array {
  const place = new Map<string, number>();
  for (let i = 0; i < count; i++) place.set(`${k[2 * i]},${k[2 * i + 1]}`, i);
  return Int32Array.from(
    { length: count },
    (_, i) => k[2 * i] === 0 ? i : place.get(`${k[2 * i]},${-k[2 * i + 1]}`)!,
  );
}
