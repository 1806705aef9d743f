import type { ParticleStack } from "./particles.ts";
import { cornersOf } from "./prepare.ts";

/** What one pass over the pixels says of each image that was looked at, [images]. */
export interface ImageSurvey {
  /** Their places in the stack. */
  readonly which: Uint32Array;
  /** Mean of the corners outside the inscribed circle. */
  readonly mean: Float64Array;
  /** Standard deviation of the corners. */
  readonly deviation: Float64Array;
  /** Share of the pixels that have the image's largest or its least value, whichever is more. */
  readonly extreme: Float64Array;
  /** Images with the same pixels as an earlier one, with that one. */
  readonly duplicates: readonly (readonly [image: number, earlier: number])[];
  /** Images that cannot be read, with what the stack says; none of the above holds for them (NaN). */
  readonly unusable: readonly { readonly image: number; readonly message: string }[];
}

/** Images read at a time. */
const BLOCK = 64;

/** FNV-1a over 32-bit words, and the same from the other end: 64 bits, as text. */
function hash(words: Uint32Array): string {
  let a = 0x811c9dc5, b = 0x9747b28c;
  for (let i = 0, j = words.length - 1; j >= 0; i++, j--) {
    a = Math.imul(a ^ words[i], 0x01000193);
    b = Math.imul(b ^ words[j], 0x5bd1e995);
    b ^= b >>> 15;
  }
  return `${a >>> 0} ${b >>> 0}`;
}

/**
 * Looks at every pixel once, of all images or of evenly spread ones.
 *
 * @param most images that are looked at
 */
export async function surveyImages(
  particles: ParticleStack,
  { most = 10000, progress }: { most?: number; progress?: (done: number, total: number) => void } =
    {},
): Promise<ImageSurvey> {
  const { boxSize: n, count } = particles, size = n * n, used = Math.min(most, count);
  const which = Uint32Array.from({ length: used }, (_, j) => Math.floor(j * count / used));
  const corners = cornersOf(n);
  const mean = new Float64Array(used).fill(NaN), deviation = mean.slice(), extreme = mean.slice();
  const first = new Map<string, number>();
  const duplicates: [number, number][] = [], unusable: { image: number; message: string }[] = [];

  const look = (j: number, pixels: Float32Array) => {
    let low = Infinity, high = -Infinity, atLow = 0, atHigh = 0;
    for (let i = 0; i < size; i++) {
      const v = pixels[i];
      if (v < low) low = v, atLow = 0;
      if (v > high) high = v, atHigh = 0;
      if (v === low) atLow++;
      if (v === high) atHigh++;
    }
    let sum = 0, squares = 0;
    for (const i of corners) sum += pixels[i];
    const middle = sum / corners.length;
    for (const i of corners) squares += (pixels[i] - middle) ** 2;
    mean[j] = middle, deviation[j] = Math.sqrt(squares / corners.length);
    extreme[j] = Math.max(atLow, atHigh) / size;
    const key = hash(new Uint32Array(pixels.buffer, pixels.byteOffset, size));
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, which[j]);
    else duplicates.push([which[j], earlier]);
  };

  for (let from = 0; from < used; from += BLOCK) {
    const block = which.subarray(from, from + BLOCK);
    const pixels = await readOrNot(particles, block);
    for (let i = 0; i < block.length; i++) {
      const one = pixels instanceof Float32Array
        ? pixels.subarray(i * size, (i + 1) * size)
        : await readOrNot(particles, [block[i]]);
      if (one instanceof Float32Array) look(from + i, one);
      else unusable.push({ image: block[i], message: one.message });
    }
    progress?.(from + block.length, used);
  }
  return { which, mean, deviation, extreme, duplicates, unusable };
}

/** Pixels, or why an image among them cannot be used. */
async function readOrNot(
  particles: ParticleStack,
  which: ArrayLike<number>,
): Promise<Float32Array | RangeError> {
  try {
    return await particles.read(which);
  } catch (error) {
    if (error instanceof RangeError) return error;
    throw error;
  }
}
