import type { Objective } from "../objective.ts";
import type { Schedule } from "../schedule.ts";

/** What an optimizer remembers: numbers and typed arrays, so that a run can be saved and resumed. */
export type OptimizerState = {
  [key: string]:
    | number
    | Float32Array
    | Float64Array
    | Float32Array[]
    | Float64Array[];
};

/**
 * A rule that turns gradients into steps. One of your own goes wherever an optimizer is taken; see
 * examples/custom_optimizer.ts.
 */
export interface Optimizer<S extends OptimizerState = OptimizerState> {
  /** Its name, in the registry if it is one of those. */
  readonly name: string;
  /**
   * Its numbers as functions of the iteration; their values go into the trace. With the name they tell
   * it from another when a run is resumed.
   */
  readonly hyperparameters: Readonly<Record<string, Schedule>>;
  /** Images a minibatch, where the method wants its own number. */
  readonly batchSize?: number;
  /** Whether its rates are numbers without unit: 1/L is not measured for it, `unit` is 1. */
  readonly unitless?: boolean;
  /** Whether minibatches are to come back, the same images once an epoch: the objective has blocks. */
  readonly blocks?: boolean;
  /** The state before the first iteration. */
  init(voxels: Float32Array): S;
  /**
   * One iteration. Evaluates the objective once or more, anywhere; brings its state up to date and
   * returns the change of V, [M, M, M]. Does not change `voxels`.
   *
   * @param t iteration, from 0
   */
  step(voxels: Float32Array, state: S, objective: Objective, t: number): Promise<Float32Array>;
}
