import type { ParticleStack } from "./particles.ts";

/**
 * The same images without their margins: M x M px about the centre, the origin going from pixel N/2 to M/2.
 *
 * @param boxSize M, even, at most N
 * @throws {RangeError} if it is not.
 */
export function cropImages(particles: ParticleStack, boxSize: number): ParticleStack {
  const { boxSize: n, count, pixelSize, inverted } = particles, m = boxSize;
  if (!(Number.isInteger(m / 2) && m >= 2 && m <= n)) {
    throw new RangeError(
      `Cannot crop images to ${m} px: wanted an even number from 2 to their ${n} px`,
    );
  }
  if (m === n) return particles;
  const margin = (n - m) / 2;
  return {
    count,
    boxSize: m,
    pixelSize,
    ...inverted && { inverted },
    ctf: (i) => particles.ctf(i),
    async read(indices) {
      const pixels = await particles.read(indices), out = new Float32Array(indices.length * m * m);
      for (let row = 0; row < indices.length * m; row++) {
        const image = Math.floor(row / m), y = row % m + margin;
        const from = (image * n + y) * n + margin;
        out.set(pixels.subarray(from, from + m), row * m);
      }
      return out;
    },
  };
}
