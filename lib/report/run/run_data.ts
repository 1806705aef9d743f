import type { Pose } from "../../particles.ts";
import type { TraceRecord } from "../../trace.ts";
import type { Volume } from "../../volume.ts";
import type { ClassAverage } from "./class_average.ts";
import type { RunFacts } from "./facts.ts";

/** What a run has left so far; null is what is not there. */
export interface RunData {
  /** Of its folder. */
  readonly name: string;
  readonly facts: RunFacts;
  readonly trace: readonly TraceRecord[];
  /** The density, in the images' box. */
  readonly map: Volume | null;
  /** Where the map is from, if not from the end of the run: "the checkpoint after 90 iterations". */
  readonly mapOrigin: string | null;
  readonly poses: readonly Pose[] | null;
  /** Averages of images beside projections of the map. */
  readonly classes: readonly ClassAverage[] | null;
  /** FSC against the known density by shell, where there is one. */
  readonly truthFSC: readonly number[] | null;
  /** Why a part is missing, by its name, where there is more to say than that it is. */
  readonly gaps: Readonly<Partial<Record<GapName, string>>>;
}

/** Parts that can be missing for a reason. */
export type GapName = "run" | "trace" | "map" | "poses" | "images";
