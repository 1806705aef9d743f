import type { ImageStore, Session } from "./backend.ts";
import type { ParticleStack } from "./particles.ts";
import { createCornerSpectrum } from "./corner_spectrum.ts";
import { createPowerSum, type PowerSum } from "./power.ts";
import { normalize } from "./prepare.ts";

/** Images read at a time while loading: few, so that reading and transforming overlap. */
const BLOCK = 64;
/** Images whose power is measured: enough to know it to a few percent. */
const POWER_IMAGES = 500;
/** Images whose corners are: 100 tell the noise of a frequency to 4 %. */
const CORNER_IMAGES = 100;

/** Reports how far loading has come, in images. */
export type LoadProgress = (done: number, total: number) => void;

/** Prepared images of a stack, by index; all kept with the backend, or read when they are needed. */
export interface ImageSource {
  /** Whether all images are kept. */
  readonly resident: boolean;
  /** Power of a sample of the images, for scaleToPower(). */
  readonly power: PowerSum;
  /** sigma^2 of the noise by shell, from the corners of some images; if asked for. */
  readonly corners?: Float64Array;
  /** A store and the places in it of the images asked for, valid until the next call. */
  select(indices: Uint32Array): Promise<{ images: ImageStore; which: ArrayLike<number> }>;
}

/**
 * Reads, checks and prepares the images of a stack.
 *
 * @param budget bytes that images kept with the backend may take; beyond it they are read from the
 * stack for every minibatch
 * @throws {RangeError} on images that cannot be used.
 */
export async function loadImages(
  particles: ParticleStack,
  session: Session,
  {
    bytesPerImage,
    budget,
    largestSelection,
    power: measurePower = true,
    corners = false,
    progress,
    signal,
  }: {
    bytesPerImage: number;
    budget: number;
    /** Most images that select() will be asked for. */
    largestSelection: number;
    /** Whether the power is to be measured, for scaleToPower(); it is 0 otherwise. */
    power?: boolean;
    /** Whether the noise is to be measured. */
    corners?: boolean;
    progress?: LoadProgress;
    signal?: AbortSignal;
  },
): Promise<ImageSource> {
  const { band, pixelSize } = session.problem, { count } = particles;
  const resident = count * bytesPerImage <= budget;
  const store = session.createImages(resident ? count : largestSelection);
  const power = createPowerSum(band, pixelSize);
  const every = Math.max(1, Math.ceil(count / POWER_IMAGES));
  const size = band.boxSize ** 2;

  const spectrum = corners ? createCornerSpectrum(band.boxSize) : undefined;
  const seldom = every * Math.ceil(count / (every * CORNER_IMAGES));

  /** @param measured whether some of the images are to be measured */
  const prepare = async (indices: ArrayLike<number>, measured = false) => {
    const pixels = await particles.read(indices), raw = measured && spectrum && pixels.slice();
    const backgrounds = normalize(pixels, band.boxSize, (i) => `image ${indices[i] + 1}`);
    for (let i = 0; raw && i < indices.length; i++) {
      if (indices[i] % seldom !== 0) continue;
      spectrum.add(raw.subarray(i * size, (i + 1) * size), [backgrounds[i]]);
    }
    return { pixels, ctfs: Array.from(indices, (i) => particles.ctf(i)) };
  };

  if (resident) {
    let transforming: Promise<void> = Promise.resolve();
    for (let from = 0; from < count; from += BLOCK) {
      signal?.throwIfAborted();
      const length = Math.min(BLOCK, count - from);
      const { pixels, ctfs } = await prepare(
        Uint32Array.from({ length }, (_, i) => from + i),
        true,
      );
      await transforming;
      transforming = store.set(from, pixels, ctfs);
      transforming.catch(() => {}); // heard of at the next block, if loading gets there
      for (let i = 0; i < length; i++) {
        if (measurePower && (from + i) % every === 0) {
          power.add(pixels.subarray(i * size, (i + 1) * size), [ctfs[i]]);
        }
      }
      progress?.(from + length, count);
    }
    await transforming;
  } else if (measurePower || corners) {
    const sample = Uint32Array.from({ length: Math.ceil(count / every) }, (_, i) => i * every);
    for (let from = 0; from < sample.length; from += BLOCK) {
      signal?.throwIfAborted();
      const { pixels, ctfs } = await prepare(sample.subarray(from, from + BLOCK), true);
      if (measurePower) power.add(pixels, ctfs);
      progress?.(Math.min(sample.length, from + BLOCK), sample.length);
    }
  }
  const consecutive = Uint32Array.from({ length: largestSelection }, (_, i) => i);
  return {
    resident,
    power,
    ...spectrum && { corners: spectrum.variance() },
    async select(indices) {
      if (resident) return { images: store, which: indices };
      const { pixels, ctfs } = await prepare(indices);
      await store.set(0, pixels, ctfs);
      return { images: store, which: consecutive.subarray(0, indices.length) };
    },
  };
}
