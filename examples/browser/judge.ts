/**
 * A worker that lays a map on the truth and compares them, so that the page stays awake meanwhile.
 *
 * @module
 */
import type { Volume } from "../../mod.ts";

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
  postMessage(answer: Verdict | { readonly error: string }): void;
};

async function judge({ map, truth }: Question): Promise<Verdict> {
  const { library } = await import("./library.ts");
  const [found, wanted] = [map, truth].map((volume) => library.resample(volume, VOXELS));
  const { aligned, alignment, resolutionHalf } = library.evaluate(found, wanted, SEARCH);
  return { aligned, mirrored: alignment.mirrored, resolution: resolutionHalf };
}

// set before anything is waited for: a message that nobody listens to is lost
channel.onmessage = ({ data }) => {
  judge(data).catch((error) => ({ error: error.message })).then((answer) =>
    channel.postMessage(answer)
  );
};
