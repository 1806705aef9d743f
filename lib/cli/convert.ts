import { convertParticles } from "../formats/convert.ts";
import { realPath } from "../formats/open_file.ts";
import { particleEndings } from "../formats/registry.ts";
import { defineCommand } from "./command.ts";
import { flag, integer, text } from "./option.ts";
import { particleOptions, PARTICLES } from "./particle_options.ts";
import { requireRead, requireWriteBeside } from "./permission.ts";

/** Refuses an output that would replace a file without leave. */
function refuseExisting(input: string, output: string, overwrite: boolean): void {
  let real: string;
  try {
    real = realPath(output);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (real === realPath(input)) {
    throw new RangeError(`Cannot write ${output}: it is what is read, wanted another name`);
  }
  if (!overwrite) {
    throw new Error(`Cannot write ${output}: it is there, wanted another name or --overwrite`);
  }
}

/** `convert`: particle tables from one program's form to another's. */
export const convert = defineCommand({
  description:
    "Convert a particle table: STAR of any RELION version or .cs of cryoSPARC, to STAR of RELION 3.1 " +
    "or to .cs, as the names end. Image names, CTF, poses, half sets and classes are kept; what the " +
    "other form has no place for is said. Images are not touched, and need not be there.",
  arguments: {
    input: text({ value: "IN", summary: PARTICLES, required: true }),
    output: text({ value: "OUT", summary: "file to write, .star or .cs", required: true }),
  },
  options: {
    ...particleOptions,
    box: integer({
      value: "PX",
      summary: "edge of the images, px, where neither the table nor an image says",
      even: true,
      min: 2,
    }),
    overwrite: flag("replace a file that is there"),
    json: flag("print the outcome as JSON"),
  },
  examples: [
    {
      does: "cryoSPARC's particles for RELION",
      line: "J24/particles.cs particles.star --passthrough J24/passthrough_particles.cs",
    },
    { does: "RELION's for cryoSPARC", line: "run_data.star particles.cs" },
    { does: "RELION 3.0's for RELION 3.1 and later", line: "old.star new.star" },
  ],

  check({ input, output, passthrough }) {
    const wanted = (path: string, endings: readonly string[]) => {
      if (endings.some((ending) => path.toLowerCase().endsWith(`.${ending}`))) return;
      throw new RangeError(`Cannot convert ${path}: wanted a name in .${endings.join(", .")}`);
    };
    wanted(input, particleEndings);
    wanted(output, ["star", "cs"]);
    if (passthrough.length > 0 && !input.toLowerCase().endsWith(".cs")) {
      throw new RangeError(`Cannot use --passthrough with ${input}: wanted a .cs of cryoSPARC`);
    }
  },

  async run({ input, output, dataDir, passthrough, box, overwrite, json }, io) {
    for (const path of [input, ...passthrough]) await requireRead(path);
    await requireRead(output);
    await requireWriteBeside(output);
    refuseExisting(input, output, overwrite);
    const { count, notes } = await convertParticles(input, output, {
      dataDirectory: dataDir,
      passthrough,
      boxSize: box,
    });
    if (json) return io.print(JSON.stringify({ input, output, particles: count, notes }, null, 2));
    for (const note of notes) io.report(`Note: ${note}.`);
    io.print(`${output}: ${count} particles`);
  },
});
