/** What a stage of a run was told to do, as run.json has it. */
export interface StageFacts {
  /** A, of the band. */
  readonly resolution: number | null;
  readonly iterations: number | null;
  /** Passes over the images. */
  readonly epochs: number | null;
  readonly batchSize: number | null;
  readonly quadraturePoints: number | null;
  /** M, edge of the work grid. */
  readonly workBox: number | null;
  readonly optimizer: string | null;
}

/** One more run of the same images from another start. */
export interface StartFacts {
  readonly seed: number;
  /** Nats an image. */
  readonly heldOutNLL: number | null;
  readonly chosen: boolean;
  /** Where its map and the chosen one agree, A. */
  readonly resolutionMutual: number | null;
}

/** What run.json says, each part null or empty where it says nothing. */
export interface RunFacts {
  readonly version: string | null;
  /** The particle file as it was given. */
  readonly particles: string | null;
  readonly setting: string | null;
  /** K, images. */
  readonly images: number | null;
  /** N, px. */
  readonly boxSize: number | null;
  /** A */
  readonly pixelSize: number | null;
  readonly inverted: boolean;
  readonly heldOut: number | null;
  readonly seed: number | null;
  readonly prior: string | null;
  /** Box edges. */
  readonly maskRadius: number | null;
  /** px, of the last stage: the first may have been gone through without shifts. */
  readonly shiftExtent: number | null;
  /** px, likewise. */
  readonly shiftSigma: number | null;
  readonly temperShare: number | null;
  readonly stages: readonly StageFacts[];
  readonly machine: { readonly backend: string | null; readonly system: string | null };
  /** null while nothing is known of how it ended. */
  readonly outcome: {
    readonly finished: boolean;
    readonly iterations: number | null;
    readonly gradients: number | null;
    readonly seconds: number | null;
    readonly heldOutNLL: number | null;
    readonly warnings: readonly string[];
  } | null;
  readonly checks: readonly {
    readonly name: string;
    readonly words: string;
    readonly level: "ok" | "warning";
  }[];
  /** Of the noise; radius in Fourier pixels, variance relative to white noise of sigma = 1. */
  readonly noise: {
    readonly radius: readonly number[];
    readonly variance: readonly number[];
    readonly scale: { readonly mean: number; readonly deviation: number } | null;
    /** Share that was allowed for; how many were found, and which where that is known. */
    readonly outliers: {
      readonly share: number;
      readonly count: number | null;
      readonly images: readonly number[];
    } | null;
  } | null;
  /** Fourier shell correlation of half maps by shell, and with phases beyond a shell randomised. */
  readonly halves: {
    readonly fsc: readonly number[];
    readonly corrected: readonly number[];
    /** A */
    readonly resolution143: number | null;
    /** A: coarser than this they agree because they began alike. */
    readonly startResolution: number | null;
  } | null;
  readonly starts: readonly StartFacts[];
  /** Share of all poses that the posterior of each held-out image is spread over. */
  readonly posteriorShares: readonly number[];
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value as Fields : {};
const listOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];
const numberOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
const textOf = (value: unknown): string | null => typeof value === "string" ? value : null;
const numbersOf = (value: unknown): number[] => {
  const numbers = listOf(value).map(numberOf);
  return numbers.includes(null) ? [] : numbers as number[];
};

function noiseOf(value: unknown): RunFacts["noise"] {
  const { radius, variance, scale, outliers } = fieldsOf(value);
  const { mean, deviation } = fieldsOf(scale), { share, images } = fieldsOf(outliers);
  const radii = numbersOf(radius), variances = numbersOf(variance);
  const curve = radii.length === variances.length ? radii : [];
  const scales = numbersOf([mean, deviation]), outlying = numberOf(share);
  if (curve.length === 0 && scales.length === 0 && outlying === null) return null;
  return {
    radius: curve,
    variance: curve.length > 0 ? variances : [],
    scale: scales.length > 0 ? { mean: scales[0], deviation: scales[1] } : null,
    outliers: outlying === null ? null : {
      share: outlying,
      count: Array.isArray(images) ? images.length : numberOf(images),
      images: numbersOf(images),
    },
  };
}

function stageOf(value: unknown): StageFacts {
  const stage = fieldsOf(value);
  return {
    resolution: numberOf(stage.resolution),
    iterations: numberOf(stage.iterations),
    epochs: numberOf(stage.epochs),
    batchSize: numberOf(stage.batchSize),
    quadraturePoints: numberOf(stage.quadraturePoints),
    workBox: numberOf(stage.workBox),
    optimizer: textOf(stage.optimizer),
  };
}

/**
 * The parts of run.json that a report shows. What is absent or not of its type counts as not said: other
 * versions write other keys, and a page that says less is better than none.
 */
export function factsOf(content: unknown): RunFacts {
  const run = fieldsOf(content), stages = listOf(run.stages);
  const first = fieldsOf(stages[0]), last = fieldsOf(stages.at(-1));
  const machine = fieldsOf(run.machine), halves = fieldsOf(run.halves);
  const outcome = fieldsOf(run.outcome), fsc = numbersOf(halves.fsc);
  return {
    version: textOf(run.version),
    particles: textOf(run.particles),
    setting: textOf(run.setting),
    images: numberOf(first.images),
    boxSize: numberOf(first.boxSize),
    pixelSize: numberOf(first.pixelSize),
    inverted: first.inverted === true,
    heldOut: numberOf(first.heldOut),
    seed: numberOf(first.seed),
    prior: textOf(fieldsOf(first.prior).name),
    maskRadius: numberOf(first.maskRadius),
    shiftExtent: numberOf(last.shiftExtent),
    shiftSigma: numberOf(last.shiftSigma),
    temperShare: numberOf(first.temperShare),
    stages: stages.map(stageOf),
    machine: { backend: textOf(machine.backend), system: textOf(machine.system) },
    outcome: typeof outcome.finished !== "boolean" ? null : {
      finished: outcome.finished,
      iterations: numberOf(outcome.iterations),
      gradients: numberOf(outcome.gradients),
      seconds: numberOf(outcome.seconds),
      heldOutNLL: numberOf(outcome.heldOutNLL),
      warnings: listOf(outcome.warnings).filter((w) => typeof w === "string"),
    },
    checks: listOf(run.checks).flatMap((value) => {
      const { name, words, level } = fieldsOf(value);
      if (typeof name !== "string" || typeof words !== "string") return [];
      return [{ name, words, level: level === "ok" ? "ok" as const : "warning" as const }];
    }),
    noise: noiseOf(run.noise),
    halves: fsc.length < 2 ? null : {
      fsc,
      corrected: numbersOf(halves.corrected),
      resolution143: numberOf(halves.resolution143),
      startResolution: numberOf(halves.startResolution),
    },
    starts: listOf(run.starts).flatMap((value) => {
      const { seed, heldOutNLL, chosen, resolutionMutual } = fieldsOf(value);
      if (typeof seed !== "number") return [];
      return [{
        seed,
        heldOutNLL: numberOf(heldOutNLL),
        chosen: chosen === true,
        resolutionMutual: numberOf(resolutionMutual),
      }];
    }),
    posteriorShares: numbersOf(fieldsOf(run.posterior).shares),
  };
}
