import type { Effort } from "./likelihood.ts";

/** One line of trace.jsonl: the state of a run after an iteration. */
export interface TraceRecord {
  /** Iteration, from 0. */
  readonly t: number;
  /** Image-gradient evaluations so far. */
  readonly gradients: number;
  /** Evaluations of the likelihood alone so far, in images. */
  readonly forwards: number;
  /** Seconds of iterations so far, without loading. */
  readonly seconds: number;
  /** r, Fourier pixels. */
  readonly radius: number;
  /** f on the minibatch before the step, nats per image. */
  readonly train: number;
  /** Mean -log p of the held-out images after the step, nats per image; null when not measured. */
  readonly test: number | null;
  /** |dV| / |V|. */
  readonly step: number;
  /** sigma^2 by shell of the band, from 0, when it was estimated anew. */
  readonly noise?: readonly number[];
  /** Present and true where the step was taken back, and with it all since the best density. */
  readonly back?: boolean;
  /** Values of the optimizer's schedules at t. */
  readonly hyperparameters: Readonly<Record<string, number>>;
  /** What a coarse-to-fine quadrature did for the minibatch. */
  readonly effort?: Effort;
}
