/**
 * Images from a source of your own. A run asks for the pixels of the images it is about to use, so they
 * may come from a database, over the network or, as here, packed as 16-bit integers with a scale each.
 *
 *     deno run --allow-read examples/own_data.ts
 *
 * @module
 */
import {
  createBackend,
  createPhantom,
  type CTF,
  evaluate,
  type ParticleStack,
  reconstruct,
  simulateParticles,
} from "../mod.ts";

/** What a camera may have left behind: integers, and for each image what one of them is worth. */
interface PackedImages {
  readonly boxSize: number;
  /** [count, N, N] as [image, y, x]. */
  readonly pixels: Int16Array;
  /** One for each image. */
  readonly gains: Float32Array;
  /** A, underfocus; one for each image. */
  readonly defoci: Float32Array;
}

/** The interface that reconstruct() reads from. */
function openPacked(
  { boxSize, pixels, gains, defoci }: PackedImages,
  pixelSize: number,
): ParticleStack {
  const size = boxSize * boxSize;
  return {
    count: gains.length,
    boxSize,
    pixelSize,
    ctf: (i): CTF => ({
      defocusU: defoci[i],
      defocusV: defoci[i],
      defocusAngle: 0,
      voltage: 300,
      sphericalAberration: 2.7,
      amplitudeContrast: 0.1,
      phaseShift: 0,
      bFactor: 0,
      scale: 1,
    }),
    read(indices) {
      const images = Array.from(
        indices,
        (i) => Float32Array.from(pixels.subarray(i * size, (i + 1) * size), (p) => p * gains[i]),
      );
      const out = new Float32Array(images.length * size);
      images.forEach((image, place) => out.set(image, place * size));
      return Promise.resolve(out);
    },
  };
}

/** A simulated set in that form. */
async function pack(particles: ParticleStack): Promise<PackedImages> {
  const { boxSize, count } = particles, size = boxSize * boxSize;
  const pixels = new Int16Array(count * size), gains = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const image = await particles.read([i]);
    gains[i] = image.reduce((most, p) => Math.max(most, Math.abs(p)), 0) / 32767;
    pixels.set(image.map((p) => Math.round(p / gains[i])), i * size);
  }
  const defoci = Float32Array.from({ length: count }, (_, i) => particles.ctf(i).defocusU);
  return { boxSize, pixels, gains, defoci };
}

const map = createPhantom("cylinder", { boxSize: 32, pixelSize: 10 });
const simulated = simulateParticles({ map, count: 600, snr: 0.2 });
const particles = openPacked(await pack(simulated.particles), map.pixelSize);

await using backend = await createBackend("cpu");
await using run = await reconstruct(particles, { backend, maxResolution: 60, epochs: 8 });
for await (const _ of run);
const { resolutionHalf } = evaluate(run.map(), simulated.truth);
console.log(
  `${particles.count} packed images: held-out NLL ${
    (await run.test()).toFixed(2)
  } nats an image, ` +
    `FSC 0.5 at ${resolutionHalf.toFixed(0)} A`,
);
