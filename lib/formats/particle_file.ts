/**
 * Particles in files, whatever the format.
 */
import type { ParticleStack, Pose } from "../particles.ts";
import type { Optics } from "./optics.ts";

/** An open particle set: what is known of its images, and the images. */
export interface ParticleFile extends ParticleStack, Optics, Disposable {
  /** The file that lists the particles. */
  readonly path: string;
  /** Of each image as rlnImageName: "000001@Extract/stack.mrcs". */
  readonly names: readonly string[];
  /** Whether the file says where each particle was seen from. */
  readonly hasPoses: boolean;
  /** Where each particle was seen from, if the file says; made when first asked for. */
  readonly poses: readonly Pose[] | undefined;
  /** What one should know before the images are read, a line each: files outside the data's folders. */
  readonly notes: readonly string[];
  /**
   * Writes the particles with new poses: STEM.star, and STEM.cs where they came from one.
   *
   * @returns the files written
   * @throws {RangeError} if poses are not one for each image; {Error} if the disk refuses
   */
  writePoses(stem: string, poses: readonly Pose[]): Promise<string[]>;
}

/** Where the images of a file are looked for, and what belongs to it. */
export interface OpenParticlesOptions {
  /** Directory to which image names are relative: where RELION was run, or a cryoSPARC project. */
  readonly projectDirectory?: string;
  /** Searched before all others. */
  readonly dataDirectory?: string;
  /** Passthrough files of a .cs, joined to it on uid. */
  readonly passthrough?: readonly string[];
}
