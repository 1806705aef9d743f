/**
 * A sphere about the origin with a soft edge: 1 up to the radius, then half a cosine down to 0.
 *
 * @param boxSize N, voxels per edge
 * @param radius as a fraction of the box edge, 0 to 0.5
 * @param width of the edge outside the radius, px
 * @returns weights, [N, N, N] as [z, y, x]
 * @throws {RangeError} if the radius or the width is out of range.
 */
export function softSphere(
  boxSize: number,
  { radius, width = 4 }: { radius: number; width?: number },
): Float32Array {
  if (!(radius >= 0 && radius <= 0.5) || !(width >= 0)) {
    throw new RangeError(
      `Cannot make a mask: radius ${radius} box edges and width ${width} px, ` +
        `wanted 0 to 0.5 and 0 or more`,
    );
  }
  const mask = new Float32Array(boxSize ** 3), origin = boxSize / 2;
  for (let z = 0, at = 0; z < boxSize; z++) {
    for (let y = 0; y < boxSize; y++) {
      for (let x = 0; x < boxSize; x++, at++) {
        const r = Math.hypot(x - origin, y - origin, z - origin) - radius * boxSize;
        mask[at] = r <= 0 ? 1 : r >= width ? 0 : 0.5 * (1 + Math.cos(Math.PI * r / width));
      }
    }
  }
  return mask;
}
