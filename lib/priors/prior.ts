/**
 * What is believed of a density before any image: a penalty that is a sum over voxels. One of your own
 * goes wherever a prior is taken; see examples/custom_prior.ts.
 */
export interface Prior {
  /** Its name, in the registry if it is one of those. */
  readonly name: string;
  /** In symbols. */
  readonly formula: string;
  /**
   * Adds scale * d(-log p)/dV to the gradient.
   *
   * @param voxels V, any length
   * @param gradient of the same length, added to
   * @param scale on a work grid (N/M)^3 / K
   * @returns scale * (-log p(V)), nats, without its constant
   */
  accumulate(voxels: Float32Array, gradient: Float32Array, scale: number): number;
  /** Its name and numbers: what tells it from another when a run is resumed. */
  toJSON(): { readonly name: string } & Readonly<Record<string, unknown>>;
}
