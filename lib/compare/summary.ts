/**
 * What a comparison found: `summary.json`, the one thing that reports, figures and tracking read. Paths
 * are relative to the folder it lies in. Iteration by iteration it is in the traces.
 */
export interface ComparisonSummary {
  /** Of this format. */
  readonly version: 1;
  /** Version of vitreous that ran it. */
  readonly vitreous: string;
  /** What was reconstructed. */
  readonly problem: ProblemSummary;
  /** paper: one band, no mask, no tempering; robust: the same soft mask and tempered start for all. */
  readonly setting: "paper" | "robust";
  /** What every method was given. */
  readonly budget: {
    /** evals: image gradients; seconds: of iterations. */
    readonly unit: "evals" | "seconds";
    /** Image gradients, or seconds, a run. */
    readonly amount: number;
    /** Image gradients as passes over the images. */
    readonly epochs: number;
  };
  /** Seeds of the start, the order of images and the held-out set. */
  readonly seeds: readonly number[];
  /** Machine and backend, in words: "cpu: 2 threads, relaxed SIMD". */
  readonly backend: string;
  /** In the order asked for. */
  readonly methods: readonly MethodSummary[];
}

/** The data of a comparison. */
export interface ProblemSummary {
  /** "paper-synthetic-small", or the name of the STAR file. */
  readonly name: string;
  /** Images in all, the held-out ones among them. */
  readonly count: number;
  readonly heldOut: number;
  /** N, px. */
  readonly boxSize: number;
  /** A. */
  readonly pixelSize: number;
  /** r, Fourier pixels. */
  readonly radius: number;
  /** J I S, points of the quadrature. */
  readonly points: number;
  /** Signal to noise power, where it is known. */
  readonly snr: number | null;
  /** The true map, [N, N, N], if there is one. */
  readonly truth: string | null;
  /** Mean -log p of the held-out images under the true map, nats an image, by seed; null if unknown. */
  readonly truthTest: readonly (number | null)[];
}

/** One method of a comparison. */
export interface MethodSummary {
  readonly name: string;
  /** optimizer: of the registry; baseline: projection matching, batch EM; external: RELION. */
  readonly kind: "optimizer" | "baseline" | "external";
  /** Its numbers as formulas: { learningRate: "0.6 (1 + 0.01 t)^-0.75" }. */
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** How its rate was chosen, if it was. */
  readonly tuning: TuningSummary | null;
  /** Bytes of optimizer state beside the map. */
  readonly stateBytes: number;
  /** One a seed, in the order of seeds. */
  readonly runs: readonly RunSummary[];
}

/** How a rate was chosen: every method had the same budget. */
export interface TuningSummary {
  /** The hyperparameter that was tuned. */
  readonly parameter: string;
  /** Image gradients spent in all. */
  readonly gradients: number;
  /** What was tried; `test` is null if the run diverged. */
  readonly candidates: readonly { readonly value: number; readonly test: number | null }[];
  readonly chosen: number;
  /** Whether the chosen value is the smallest or largest that was tried. */
  readonly atEdge: boolean;
}

/** One run of one method. */
export interface RunSummary {
  readonly seed: number;
  /** missing: not begun; interrupted: begun, not ended. */
  readonly status: "done" | "diverged" | "interrupted" | "missing";
  /** Why it diverged, in words. */
  readonly reason: string | null;
  readonly iterations: number;
  /** Image-gradient evaluations, Figure 3's x axis. */
  readonly gradients: number;
  /** Evaluations of the likelihood alone, in images, measuring left out. */
  readonly forwards: number;
  /** Floating-point operations of all evaluations, measuring left out; 0 where nobody counts. */
  readonly flop: number;
  /** Seconds of iterations, measuring left out. */
  readonly seconds: number;
  /** Share of these seconds spent in the optimizer itself, not in the objective; null if not measured. */
  readonly overhead: number | null;
  /** Held-out -log p at the end, nats an image. */
  readonly test: number | null;
  /** FSC 0.5 against the truth, A; null without a truth. */
  readonly resolution: number | null;
  /** Real-space correlation with the truth within the band; null without a truth. */
  readonly correlation: number | null;
  /** trace.jsonl, lines of TraceRecord. */
  readonly trace: string | null;
  /** Maps kept on the way and at the end, in the images' box, aligned to the truth if there is one. */
  readonly maps: readonly { readonly gradients: number; readonly file: string }[];
}
