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

/** A rule that turns gradients into steps. */
export interface Optimizer<S extends OptimizerState = OptimizerState> {
  /** Its name in the registry. */
  readonly name: string;
  /** Its numbers as functions of the iteration; their values go into the trace. */
  readonly hyperparameters: Readonly<Record<string, Schedule>>;
  /** Images a minibatch, where the method wants its own number. */
  readonly batchSize?: number;
  /** Whether minibatches are to come back, the same images once an epoch: the objective has blocks. */
  readonly blocks?: boolean;
  /** The state before the first iteration. */
  init(voxels: Float32Array): S;
  /**
   * One iteration. May evaluate the objective anywhere and any number of times; brings its state up to
   * date and returns the change of V. Does not change `voxels`.
   *
   * @param t iteration, from 0
   */
  step(voxels: Float32Array, state: S, objective: Objective, t: number): Promise<Float32Array>;
}
