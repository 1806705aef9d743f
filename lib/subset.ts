import { createParticleStack, type ParticleStack } from "./particles.ts";

/** Some images of a stack, in the order given. */
export function subset(particles: ParticleStack, indices: ArrayLike<number>): ParticleStack {
  const { boxSize, pixelSize, inverted } = particles;
  return {
    count: indices.length,
    boxSize,
    pixelSize,
    ...inverted && { inverted },
    ctf: (i) => particles.ctf(indices[i]),
    read: (which) => particles.read(Uint32Array.from(which, (i) => indices[i])),
  };
}

/** The same images, read once and kept. */
export async function keptInMemory(particles: ParticleStack): Promise<ParticleStack> {
  const { count, boxSize, pixelSize } = particles;
  const all = Uint32Array.from({ length: count }, (_, i) => i);
  const ctfs = Array.from(all, (i) => particles.ctf(i));
  return createParticleStack({ boxSize, pixelSize, images: await particles.read(all), ctfs });
}
