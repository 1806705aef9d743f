import type { LoadProgress } from "./image_source.ts";
import type { Plan } from "./plan.ts";
import type { Reconstruction, ReconstructOptions } from "./reconstruction.ts";
import type { Scales } from "./scales.ts";
import type { StartMap } from "./starts.ts";

/** What a stage of a march does its own way. */
export type Stage =
  & Pick<
    ReconstructOptions,
    | "maxResolution"
    | "epochs"
    | "optimizer"
    | "hyperparameters"
    | "temperShare"
    | "temperIterations"
    | "workBox"
    | "firstMinibatch"
    | "outlierScope"
    | "batchSize"
    | "shiftStep"
  >
  & {
    /** Gone into only if the stage before it found something: see march(). */
    readonly optional?: boolean;
  };

/** Ways to treat the images' scales. */
export const SCALE_CHOICES: readonly ["auto", "on", "off"] = ["auto", "on", "off"];
/** A way to treat them; see MarchOptions. */
export type ScaleChoice = "auto" | "on" | "off";

/** How a march goes. */
export interface MarchOptions extends Omit<ReconstructOptions, "planned" | "shiftExtent"> {
  /** Radius of the disc of shifts, px; auto: as the first stage's map says; default 0. */
  readonly shiftExtent?: number | "auto";
  /** Random starts that go through the first stage; the likeliest goes on; default 1. */
  readonly starts?: number;
  /** Whether images are given scales of their own; auto: as held-out images say; default off. */
  readonly scales?: ScaleChoice;
  /** Called while scales are estimated. */
  readonly scaling?: LoadProgress;
  /** Called at the start of each stage with its plan, the seconds an epoch may take, and all plans. */
  planned?: (plan: Plan, secondsPerEpoch: number, plans: readonly Plan[]) => void;
  /** Called with what the march decides from what it has measured, in words. */
  decided?: (words: string) => void;
  /** The stages in order; each option of a stage stands for the march's own. */
  readonly stages: readonly Stage[];
}

/** A run in several stages. */
export interface March extends Reconstruction {
  /** The stage it is in, from 0. */
  readonly stage: number;
  /** Plans of all stages that it is sure to go through. */
  readonly plans: readonly Plan[];
  /** Iterations of those stages. */
  readonly iterations: number;
  /** What it has gone through so far, each stage once, as options of a march that decides nothing. */
  course(): Course;
  /** Scales of the images as the present stage has them; none if they have none of their own. */
  scales(): Scales | undefined;
  /** Where several starts came to in the first stage, the one that goes on among them; none if there was one. */
  starts(): readonly StartMap[];
}

/** A march that has nothing to decide. */
export interface Course {
  /** The stages. */
  readonly stages: readonly Stage[];
  /** Radius of the disc of shifts, px. */
  readonly shiftExtent: number;
  /** Standard deviation of shifts, px. */
  readonly shiftSigma?: number;
  /** Scales of the images, if they have scales of their own. */
  readonly imageScales?: Scales;
}
