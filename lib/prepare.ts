/** Width of the edge over which images fade to zero at the inscribed circle, px. */
const EDGE = 2;

/** What an image is multiplied by: 1 inside, 0 from the inscribed circle on, linear over two pixels. */
export function circularWindow(boxSize: number): Float32Array {
  return Float32Array.from({ length: boxSize * boxSize }, (_, i) => {
    const x = i % boxSize - boxSize / 2, y = Math.floor(i / boxSize) - boxSize / 2;
    return Math.min(1, Math.max(0, (boxSize / 2 - Math.hypot(x, y)) / EDGE));
  });
}

const powers = new Map<number, number>();

/** Mean of the window's square: the power that white noise of sigma = 1 keeps in every coefficient. */
export function windowPower(boxSize: number): number {
  const known = powers.get(boxSize);
  if (known !== undefined) return known;
  const power = circularWindow(boxSize).reduce((sum, w) => sum + w * w, 0) / (boxSize * boxSize);
  powers.set(boxSize, power);
  return power;
}

/** Background of one image, measured outside the inscribed circle. */
export interface Background {
  /** Mean of the corners. */
  readonly mean: number;
  /** sigma, standard deviation of the noise. */
  readonly deviation: number;
}

/** Pixels outside the inscribed circle, where there is no particle. */
export function cornersOf(boxSize: number): Uint32Array {
  const corners: number[] = [];
  for (let i = 0; i < boxSize * boxSize; i++) {
    const x = i % boxSize - boxSize / 2, y = Math.floor(i / boxSize) - boxSize / 2;
    if (x * x + y * y > boxSize * boxSize / 4) corners.push(i);
  }
  return Uint32Array.from(corners);
}

/** The window and the pixels outside the inscribed circle, of the last box that was asked for. */
let regions: { boxSize: number; window: Float32Array; corners: Uint32Array } | undefined;

function regionsOf(boxSize: number) {
  if (regions?.boxSize === boxSize) return regions;
  return regions = { boxSize, window: circularWindow(boxSize), corners: cornersOf(boxSize) };
}

/**
 * Brings images to sigma = 1, in place: (d - mean) / sigma with mean and sigma of the corners outside
 * the inscribed circle (Punjani & Brubaker, Sec. 4), then fades them out at that circle, where only
 * noise is lost, so that they can be turned without their corners coming along.
 *
 * @param images [count, N, N]
 * @param nameOf what to call an image in an error
 * @returns the background of each image
 * @throws {RangeError} if the corners of an image are constant.
 */
export function normalize(
  images: Float32Array,
  boxSize: number,
  nameOf: (image: number) => string = (i) => `image ${i + 1}`,
): Background[] {
  const size = boxSize * boxSize, { window, corners } = regionsOf(boxSize);
  return Array.from({ length: images.length / size }, (_, image) => {
    const pixels = images.subarray(image * size, (image + 1) * size);
    let sum = 0, squares = 0;
    for (const i of corners) sum += pixels[i];
    const mean = sum / corners.length;
    for (const i of corners) squares += (pixels[i] - mean) ** 2;
    const deviation = Math.sqrt(squares / corners.length);
    if (!(deviation > 1e-6 * Math.abs(mean) && deviation > 1e-30)) {
      throw new RangeError(
        `Cannot use ${nameOf(image)}: its corners are constant (${mean}), ` +
          "wanted background noise there; images must not be masked",
      );
    }
    const scale = 1 / deviation;
    for (let i = 0; i < size; i++) pixels[i] = window[i] * (pixels[i] - mean) * scale;
    return { mean, deviation };
  });
}
