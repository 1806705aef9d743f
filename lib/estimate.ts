import type { Session } from "./backend.ts";
import { randomSpheres } from "./initial.ts";
import { likelihood } from "./likelihood.ts";
import type { ParticleStack } from "./particles.ts";
import type { Plan } from "./plan.ts";
import { createRandom } from "./random.ts";

/** Images that are timed; fewer where points are refined, as each takes longer. */
const FEW = 16, FEW_REFINED = 8;
/** Power of a slice where points are refined, over the noise's: scores differ by 10 nats from pose to pose. */
const SHARP = 100;

/**
 * Seconds one pass over the images would take, from a few made-up ones. Their posteriors are broad, as
 * they are at the start of a run; later ones are cheaper. Where points are refined, which a run does when
 * it knows most orientations, they are sharp.
 */
export async function estimateEpoch(
  plan: Plan,
  session: Session,
  particles: ParticleStack,
): Promise<number> {
  const { boxSize, count } = particles, refined = (plan.problem.coarse?.length ?? 0) > 0;
  const few = Math.min(refined ? FEW_REFINED : FEW, plan.batchSize);
  const random = createRandom(plan.seed, "estimate");
  const images = session.createImages(few);
  const noise = Float32Array.from({ length: few * boxSize ** 2 }, () => random.normal());
  await images.set(0, noise, new Array(few).fill(particles.ctf(0)));
  const spheres = randomSpheres(plan.problem.workBox, random);
  let height = 1e-3;
  if (refined) {
    const P = await (await session.project(spheres)).download();
    const power = P.reduce((sum, v) => sum + v * v, 0) / (P.length / 2 / plan.problem.band.count);
    height = Math.sqrt(SHARP / power);
  }
  const voxels = spheres.map((v) => height * v);
  const which = Uint32Array.from({ length: few }, (_, i) => i);
  if (!refined) await likelihood(session, images, which, voxels); // kernels are compiled
  const start = performance.now();
  const slices = await session.project(voxels);
  const sliced = performance.now();
  const { gradient } = await session.marginalize(slices, images, which);
  const marginalized = performance.now();
  await session.backproject(gradient!);
  const fixed = sliced - start + performance.now() - marginalized;
  const trained = count - plan.heldOut;
  return ((marginalized - sliced) / few + fixed / plan.batchSize) * trained / 1000;
}
