/**
 * A density on a cubic grid.
 *
 * Voxels are stored as [z, y, x], x fastest; the origin (rotation centre) is voxel (N/2, N/2, N/2).
 */
export interface Volume {
  /** N, voxels per edge; even. */
  readonly boxSize: number;
  /** Edge of one voxel, in A. */
  readonly pixelSize: number;
  /** Density, [N, N, N] as [z, y, x]. */
  readonly voxels: Float32Array;
}

/**
 * Makes a volume, empty unless voxels are given.
 *
 * @throws {RangeError} if the box is odd or not positive, or the voxels do not fill it.
 */
export function createVolume(
  { boxSize, pixelSize, voxels = new Float32Array(boxSize ** 3) }: {
    boxSize: number;
    pixelSize: number;
    voxels?: Float32Array;
  },
): Volume {
  if (!Number.isInteger(boxSize) || boxSize < 2 || boxSize % 2 !== 0) {
    throw new RangeError(`Cannot make a volume: box ${boxSize}, wanted an even number of voxels`);
  }
  if (!(pixelSize > 0)) {
    throw new RangeError(`Cannot make a volume: pixel size ${pixelSize}, wanted A > 0`);
  }
  if (voxels.length !== boxSize ** 3) {
    throw new RangeError(
      `Cannot make a volume: ${voxels.length} voxels, wanted ${boxSize}^3 = ${boxSize ** 3}`,
    );
  }
  return { boxSize, pixelSize, voxels };
}
