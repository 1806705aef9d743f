import { type Ball, createBall } from "../ball.ts";
import type { Objective } from "../objective.ts";

/** The last gradient of every block of images, as Fourier coefficients of a ball. */
export type GradientTable = {
  /** y_j of block j, [coefficients, 2]; empty until the block was seen. */
  table: Float32Array[];
  /** Sum of the y_j. */
  sum: Float64Array;
  /** Blocks seen. */
  seen: number;
};

/** No block seen yet. */
export const emptyTable = (): GradientTable => ({ table: [], sum: new Float64Array(), seen: 0 });

/** What a step of a history method has of the objective. */
export interface BlockGradient {
  /** What the gradient is cut to. */
  readonly ball: Ball;
  /** The block's place in the table. */
  readonly index: number;
  /** y, the gradient of the block's mean -log p. */
  readonly fresh: Float32Array;
  /** The prior's gradient, [M, M, M]. */
  readonly prior: Float32Array;
}

/**
 * Evaluates the objective's block, the gradient cut to the ball |k| < r + 1/2: slices end at r, and what
 * they leave beyond the ball is 0.5 % of the gradient's power. The prior's gradient is not part of the
 * table: it is the same for all blocks, known afresh at every iteration, and not confined to the ball.
 *
 * @throws {TypeError} if the objective has no block or no radius.
 */
export async function blockGradient(
  voxels: Float32Array,
  state: GradientTable,
  objective: Objective,
): Promise<BlockGradient> {
  const { block, radius } = objective;
  if (!block || radius === undefined) {
    throw new TypeError(
      "Cannot keep a table of gradients: the objective has no block or no radius",
    );
  }
  const { gradient, priorGradient: prior } = await objective.evaluate(voxels, {
    priorGradient: true,
  });
  if (!prior) throw new TypeError("Cannot keep a table of gradients: the prior's part is missing");
  const ball = createBall(Math.round(Math.cbrt(voxels.length)), radius);
  const fresh = Float32Array.from(ball.pack(gradient.map((g, i) => g - prior[i])));
  if (state.table.length === 0) {
    state.table = Array.from({ length: block.count }, () => new Float32Array());
    state.sum = new Float64Array(fresh.length);
  }
  return { ball, index: block.index, fresh, prior };
}

/** Puts a block's gradient into the table. */
export function replace(state: GradientTable, index: number, fresh: Float32Array): void {
  const { table, sum } = state, old = table[index];
  if (old.length === 0) state.seen++;
  for (let i = 0; i < sum.length; i++) sum[i] += fresh[i] - (old.length === 0 ? 0 : old[i]);
  table[index] = fresh;
}
