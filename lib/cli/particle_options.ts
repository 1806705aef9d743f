import type { ParticleFile } from "../formats/particle_file.ts";
import { openParticles } from "../formats/registry.ts";
import type { Values } from "./command.ts";
import type { IO } from "./io.ts";
import { text, texts } from "./option.ts";
import { requireRead } from "./permission.ts";

/** What every command that reads particles takes. */
export const particleOptions = {
  dataDir: text({ value: "DIR", summary: "where image names are looked up first" }),
  passthrough: texts({
    value: "FILE",
    summary: "cryoSPARC's passthrough file of a .cs, joined on uid; several: again, or with commas",
  }),
};

/** Kinds of files, for help. */
export const PARTICLES = "particles, .star of any RELION version, .cs or .csg of cryoSPARC";

/** Opens particles; what one should know of their files is reported before a pixel is read. */
export async function openParticleSet(
  path: string,
  { dataDir, passthrough }: Values<typeof particleOptions>,
  io: IO,
): Promise<ParticleFile> {
  for (const file of [path, ...passthrough]) await requireRead(file);
  const particles = await openParticles(path, { dataDirectory: dataDir, passthrough });
  for (const note of particles.notes) io.report(`Note: ${note}.`);
  return particles;
}
