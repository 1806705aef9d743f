/** The best density a run has had, and how hard it brakes since it lost one. */
export interface Guard {
  /** Mean -log p of the held-out images there, nats an image. */
  readonly test: number;
  /** V there, [M, M, M]. */
  readonly voxels: Float32Array;
  /** What steps are multiplied by: halved each time the run steps back. */
  readonly brake: number;
}

/**
 * Rise of the held-out -log p that is taken for a run gone wrong, nats an image. Where all is well steps
 * make it go up and down by 0.5; runs that diverge or collapse rise by tens (bench/NOTES.md).
 */
const MOST_RISE = 2;

/**
 * What a measurement on the held-out images means: the best yet, or near it, or so much worse that the run
 * is to go back to the best and on with half the step.
 */
export function judge(
  before: Guard | undefined,
  { test, voxels }: Pick<Guard, "test" | "voxels">,
): { guard: Guard; back: boolean } {
  if (!before || test < before.test) {
    return { guard: { test, voxels: voxels.slice(), brake: before?.brake ?? 1 }, back: false };
  }
  // what is not a number is no better
  if (test - before.test <= MOST_RISE) return { guard: before, back: false };
  return { guard: { ...before, brake: before.brake / 2 }, back: true };
}
