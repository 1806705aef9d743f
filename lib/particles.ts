import type { CTF } from "./ctf.ts";
import type { Rotation } from "./rotation.ts";

/** Particle images with the CTF each was taken under; pixels are read when asked for. */
export interface ParticleStack {
  /** K, number of images. */
  readonly count: number;
  /** N, pixels per edge; even, the same for all. */
  readonly boxSize: number;
  /** Edge of one pixel, A. */
  readonly pixelSize: number;
  /** Whether read() gives what is stored with its sign changed. */
  readonly inverted?: boolean;
  /** The CTF of image i. */
  ctf(i: number): CTF;
  /** Pixels of the images asked for, [indices, N, N] as [image, y, x], in the order asked. */
  read(indices: ArrayLike<number>): Promise<Float32Array>;
}

/** Where a particle was seen from. */
export interface Pose {
  /** R, image to map; RELION's angles are `eulerFromRotation(R)`. */
  readonly rotation: Rotation;
  /** t = (x, y), displacement of the particle from the image centre, px; RELION's origin is -t. */
  readonly shift: readonly [number, number];
  /** Posterior weight of this pose, 0 to 1; 1 for a known pose. */
  readonly probability: number;
  /** Probability that the image shows the particle at all, 0 to 1, if outliers were allowed for. */
  readonly responsibility?: number;
  /** By which the scale of the image's CTF was multiplied, if it was estimated. */
  readonly scale?: number;
}

/** A stack held in memory, pixels [count, N, N]. */
export function createParticleStack(
  { boxSize, pixelSize, images, ctfs }: {
    boxSize: number;
    pixelSize: number;
    images: Float32Array;
    ctfs: readonly CTF[];
  },
): ParticleStack {
  const size = boxSize * boxSize;
  if (images.length !== ctfs.length * size) {
    throw new RangeError(
      `Cannot make a stack: ${images.length} pixels, wanted ${ctfs.length} x ${boxSize}^2`,
    );
  }
  return {
    count: ctfs.length,
    boxSize,
    pixelSize,
    ctf: (i) => ctfs[i],
    read(indices) {
      const out = new Float32Array(indices.length * size);
      for (let j = 0; j < indices.length; j++) {
        out.set(images.subarray(indices[j] * size, (indices[j] + 1) * size), j * size);
      }
      return Promise.resolve(out);
    },
  };
}
