import type { Backend, Session } from "../backend.ts";
import { likelihood } from "../likelihood.ts";
import { createOrder } from "../minibatch.ts";
import type { ParticleStack } from "../particles.ts";
import type { Plan } from "../plan.ts";
import { normalize } from "../prepare.ts";
import { resample } from "../resample.ts";
import type { Volume } from "../volume.ts";
import { mean } from "./statistics.ts";

/** What held-out likelihoods are seen against, mean -log p of the held-out images, nats an image. */
export interface Landmarks {
  /** Of a density of zero: who ends above it has diverged. */
  readonly empty: number;
  /** Of the true density; null if it is not known. */
  readonly truth: number | null;
}

/** Measures the landmarks of a plan's held-out images. */
export async function measureLandmarks(
  particles: ParticleStack,
  { backend, plan, truth }: { backend: Backend; plan: Plan; truth: Volume | null },
): Promise<Landmarks> {
  const { problem, heldOut, seed } = plan;
  await using session: Session = await backend.open(problem);
  const indices = createOrder({ count: particles.count, heldOut, batchSize: 1, seed }).heldOut;
  const pixels = await particles.read(indices);
  normalize(pixels, particles.boxSize, (i) => `image ${indices[i] + 1}`);
  const images = session.createImages(heldOut);
  await images.set(0, pixels, Array.from(indices, (i) => particles.ctf(i)));
  const which = Uint32Array.from(indices, (_, i) => i);
  const test = async (voxels: Float32Array) => {
    const options = { gradient: false };
    const found = await likelihood(session, images, which, voxels, options);
    return mean([...found.negativeLogLikelihood]);
  };
  return {
    empty: await test(new Float32Array(problem.workBox ** 3)),
    truth: truth && await test(resample(truth, problem.workBox).voxels),
  };
}
