import type { CTF } from "../ctf.ts";
import type { ParticleStack } from "../particles.ts";
import { createPhantom, type PhantomName } from "../phantom.ts";
import type { PlanOptions } from "../plan_options.ts";
import { simulate, type Simulation } from "../simulate.ts";
import type { Volume } from "../volume.ts";

/** A data set by its recipe: anybody can make the same. */
export interface NamedProblem {
  readonly description: string;
  readonly phantom: PhantomName;
  /** K. */
  readonly count: number;
  /** N, px. */
  readonly boxSize: number;
  /** A. */
  readonly pixelSize: number;
  /** Variance of the images without noise over that of the noise. */
  readonly snr: number;
  /** r, Fourier pixels. */
  readonly radius: number;
  /** In the short form of parsePrior(). */
  readonly prior: string;
  /** Of the images. */
  readonly seed: number;
}

/**
 * The problems by name. The paper's synthetic set: 50,000 images of 128^2 of a hand-crafted density of
 * "strong cylindrical shape", no shifts, 10 % of Nyquist (r = 6.4), lambda = 1e-4 for both sides of the
 * prior (Punjani & Brubaker, Sec. 4). Its SNR and pixel size are not in the paper. The small sister is the
 * same density in the same field of view in the same band, r = 6.4; at equal SNR an image of 64^2 holds a
 * quarter of the signal of one of 128^2, as the noise of a coefficient is the same and the pixels are fewer.
 */
export const problems = {
  "paper-synthetic": {
    description: "the paper's synthetic set: 50,000 images of 128 x 128 px",
    phantom: "cylinder",
    count: 50000,
    boxSize: 128,
    pixelSize: 2.8,
    snr: 0.05,
    radius: 6.4,
    prior: "sparse:1e-4,1e-4",
    seed: 0,
  },
  "paper-synthetic-small": {
    description: "its small sister: 2,000 images of 64 x 64 px",
    phantom: "cylinder",
    count: 2000,
    boxSize: 64,
    pixelSize: 5.6,
    snr: 0.05,
    radius: 6.4,
    prior: "sparse:1e-4,1e-4",
    seed: 0,
  },
} satisfies Record<string, NamedProblem>;

/** Name of a problem. */
export type ProblemName = keyof typeof problems;

/** Images of unknown orientation and what a comparison needs to know of them. */
export interface ComparisonProblem {
  /** A name of `problems`, or a file's. */
  readonly name: string;
  readonly particles: ParticleStack;
  /** On the scale of the images. */
  readonly truth: Volume | null;
  readonly snr: number | null;
  /** Band, prior, shifts and held-out images, the same for all methods. */
  readonly options: Pick<
    PlanOptions,
    "maxResolution" | "prior" | "shiftExtent" | "shiftSigma" | "heldOut"
  >;
}

/** The images of a named problem, made one by one. */
export function simulationOf(
  { phantom, boxSize, pixelSize, snr, seed }: NamedProblem,
  count: number,
): Simulation {
  return simulate({ map: createPhantom(phantom, { boxSize, pixelSize }), count, snr, seed });
}

/** A simulation as a stack: images are made when they are read, the same each time. */
export function simulatedStack({ truth, count, particle, image }: Simulation): ParticleStack {
  const { boxSize, pixelSize } = truth, size = boxSize * boxSize;
  const ctfs: (CTF | undefined)[] = new Array(count);
  return {
    count,
    boxSize,
    pixelSize,
    ctf: (i) => ctfs[i] ??= particle(i).ctf,
    read(indices) {
      const out = new Float32Array(indices.length * size);
      for (let j = 0; j < indices.length; j++) out.set(image(indices[j]), j * size);
      return Promise.resolve(out);
    },
  };
}

/** What a named problem is, with images from somewhere. */
export function namedProblem(
  name: ProblemName,
  particles: ParticleStack,
  truth: Volume,
): ComparisonProblem {
  const { boxSize, pixelSize, radius, prior, snr } = problems[name];
  const maxResolution = boxSize * pixelSize / radius;
  return { name, particles, truth, snr, options: { maxResolution, prior } };
}
