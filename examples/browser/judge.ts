/**
 * A worker that lays a map on the truth and compares them, so that the page stays awake meanwhile.
 *
 * @module
 */
import type { Volume } from "../../mod.ts";
import { library } from "./library.ts";

/** Voxels an edge that hold what was searched for, to 10 Fourier pixels. */
const VOXELS = 24;

/** A coarser search than evaluate() makes by itself, enough for a map that has no finer detail. */
const SEARCH = { radius: 8, searchRadius: 5, spacing: 18 };

/** What it is asked: a map, and the density it should show. */
export interface Question {
  readonly map: Volume;
  readonly truth: Volume;
}

/** What it answers. */
export interface Verdict {
  /** The map turned, shifted and if need be mirrored onto the truth. */
  readonly aligned: Volume;
  readonly mirrored: boolean;
  /** A, where the FSC falls below 0.5. */
  readonly resolution: number;
}

const channel = globalThis as unknown as {
  onmessage: (event: MessageEvent<Question>) => void;
  postMessage(verdict: Verdict): void;
};

channel.onmessage = ({ data: { map, truth } }) => {
  const { aligned, alignment, resolutionHalf } = library.evaluate(
    library.resample(map, VOXELS),
    library.resample(truth, VOXELS),
    SEARCH,
  );
  channel.postMessage({ aligned, mirrored: alignment.mirrored, resolution: resolutionHalf });
};
