import type { Contrast } from "../contrast.ts";
import type { ImageSurvey } from "../image_survey.ts";
import type { ParticleSize } from "../particle_size.ts";
import type { ParticleStack } from "../particles.ts";

/** What --contrast can be. */
export type Sign = "auto" | "white" | "black";

/** What has been measured, once, for all checks. */
export interface Examination {
  /** The images as given. */
  readonly particles: ParticleStack;
  /** Of every pixel. */
  readonly survey: ImageSurvey;
  /** Of the usable images. */
  readonly contrast: Contrast;
  /** The sign asked for. */
  readonly sign: Sign;
  /** Of the usable images. */
  readonly size: ParticleSize;
  /** A, as the user knows it. */
  readonly diameter?: number;
}

/** What a check has found. */
export interface Finding {
  /** Whose finding. */
  readonly name: string;
  /** ok; a warning goes on; with an error a run cannot begin. */
  readonly level: "ok" | "warning" | "error";
  /** In one line, with the number and what to do about it; of an error "Cannot ...". */
  readonly words: string;
}

/** Looks at what has been measured. */
export type Check = (examination: Examination) => Omit<Finding, "name">;

/** All is well. */
export const ok = (words: string): Omit<Finding, "name"> => ({ level: "ok", words });

/** Something to think about. */
export const warning = (words: string): Omit<Finding, "name"> => ({ level: "warning", words });

/** "image 3", "images 3, 17 and 8 more", counted from 1. */
export function nameImages(images: ArrayLike<number>): string {
  const named = Array.from(images, (i) => i + 1), few = named.slice(0, 3).join(", ");
  const more = named.length > 3 ? ` and ${named.length - 3} more` : "";
  return `image${named.length === 1 ? "" : "s"} ${few}${more}`;
}
