/**
 * The images of a particle set, checked against what its table says of them.
 */
import {
  findOutside,
  type ImageDirectories,
  type ImageNames,
  openImageFiles,
  outsideNote,
  requireFiles,
} from "./image_files.ts";
import { type Optics, titleOf } from "./optics.ts";

/** Refuses an image that is constant or has a pixel that is not finite. */
function checkImage(pixels: Float32Array, boxSize: number, title: () => string): void {
  const [first] = pixels;
  let constant = true;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i];
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `Cannot use ${title()}: pixel (${i % boxSize}, ${Math.floor(i / boxSize)}) is ${value}, ` +
          `wanted finite numbers`,
      );
    }
    if (value !== first) constant = false;
  }
  if (constant) {
    throw new RangeError(`Cannot use ${title()}: all pixels are ${first}, wanted an image`);
  }
}

/** Images that can be read, of one size. */
export interface ParticleImages extends Disposable {
  /** N, pixels per edge. */
  readonly boxSize: number;
  /** Files outside the data's folders, in words. */
  readonly notes: readonly string[];
  /** Pixels of images, [indices, N, N] in the order asked. */
  read(indices: ArrayLike<number>): Promise<Float32Array>;
}

/**
 * Finds and opens the images of a table: all is checked but the pixels.
 *
 * @param boxColumn what the table calls the box of a group, for messages
 * @param negative 1 for each image whose stored sign is to be changed, [K]; none unless given
 * @throws {RangeError} {Deno.errors.NotFound} as requireFiles and openImageFiles, and if boxes differ;
 * read() refuses an image that is constant or not finite
 */
export function openParticleImages({ path, names, optics, boxColumn, directories, negative }: {
  path: string;
  names: ImageNames;
  optics: Optics;
  boxColumn: string;
  directories: ImageDirectories;
  negative?: Uint8Array;
}): ParticleImages {
  const { groups, groupOf } = optics, count = groupOf.length;
  const paths = requireFiles(path, names.files, directories);
  const outside = findOutside(path, paths, directories);
  const files = openImageFiles(path, names, paths);
  const { fileOf, sectionOf } = names;
  try {
    const boxOf = (i: number) => files.boxSizes[fileOf[i]];
    for (let i = 0; i < count; i++) {
      const group = groups[groupOf[i]];
      if (boxOf(i) !== boxOf(0)) {
        throw new RangeError(
          `Cannot use ${path}: box ${boxOf(0)} px in ${paths[fileOf[0]]}, ` +
            `${titleOf(groups[groupOf[0]])}, and ${boxOf(i)} px in ${paths[fileOf[i]]}, ` +
            `${titleOf(group)}, wanted one size`,
        );
      }
      if (group.boxSize !== undefined && group.boxSize !== boxOf(i)) {
        throw new RangeError(
          `Cannot use ${path}: ${titleOf(group)} has ${boxColumn} ${group.boxSize}, ` +
            `but images in ${paths[fileOf[i]]} are ${boxOf(i)} px, wanted the same`,
        );
      }
    }
    const boxSize = boxOf(0), area = boxSize * boxSize;
    const read = (indices: ArrayLike<number>): Float32Array => {
      for (let j = 0; j < indices.length; j++) {
        if (!(Number.isInteger(indices[j]) && indices[j] >= 0 && indices[j] < count)) {
          throw new RangeError(
            `Cannot read image ${indices[j]} of ${path}: wanted 0 to ${count - 1}`,
          );
        }
      }
      const images = files.read(indices);
      for (let j = 0; j < indices.length; j++) {
        const i = indices[j], image = images.subarray(j * area, (j + 1) * area);
        checkImage(
          image,
          boxSize,
          () => `image ${Math.max(1, sectionOf[i])} of ${paths[fileOf[i]]}`,
        );
        if (negative?.[i]) { for (let p = 0; p < area; p++) image[p] = -image[p]; }
      }
      return images;
    };
    return {
      boxSize,
      notes: outside.length === 0 ? [] : [outsideNote(path, outside, paths.length)],
      read: (indices) => new Promise((resolve) => resolve(read(indices))),
      [Symbol.dispose]: () => files[Symbol.dispose](),
    };
  } catch (error) {
    files[Symbol.dispose]();
    throw error;
  }
}
